"""`cap files`: which recipes are read for a stage, in their order."""

from collections.abc import Iterator
from pathlib import Path

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.cli.listing import stage_remark
from capify.places import short
from capify.recipe.book import Book
from capify.recipe.discovery import STANDARD
from capify.reporters.columns import aligned


def show(asked: Asked) -> Answer:
    """Answer `cap [STAGE] files [--json]`."""
    asked.refuse_words("files")
    rows = list(_rows(asked.book))
    if asked.arguments.json:
        return Answer(as_json([{"file": str(file), "of": what} for file, what in rows]))
    return Answer(tuple(aligned((short(str(file)), what) for file, what in rows)), tuple(stage_remark(asked.book)))


def _rows(book: Book) -> Iterator[tuple[Path, str]]:
    """Each file with whose it is; the stage's own come last, its parents' before them."""
    lineage = book.stages.lineage(book.stage) if book.stage else ()
    stages = {book.stages.known[name].file: name for name in lineage if name in book.stages.known}
    for file in book.files:
        if file.is_relative_to(STANDARD):
            yield file, "standard deployment"
        else:
            yield file, f"stage {stages[file]}" if file in stages else "all stages" if book.stages else ""
