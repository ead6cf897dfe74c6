"""Names that nothing declares: hooks and sequences that could never be right, found when the recipes are loaded.

Rule: another stage may declare what this one lacks, and its file is not executed to find out: its text is searched.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.book import Book
from capify.wording import suggestion


def check_names(book: Book) -> None:
    """Refuse a hook or sequence that names a task which exists in no stage, with its place and the nearest names."""
    for name, place, what in _named(book):
        if name not in book.tasks and not _elsewhere(book, name):
            hint = suggestion(name, book.tasks) or "`cap -T` lists the tasks"
            raise RecipeError(f"{what} names task `{name}`, which no stage declares", place=place, hint=hint)


def _named(book: Book) -> Iterator[tuple[str, Place, str]]:
    for hook in book.hooks:
        yield hook.target, hook.place, "a hook"
        if hook.task:
            yield hook.task, hook.place, f"a hook {hook.when} `{hook.target}`"
    for moment in book.moments:
        if moment.task:
            yield moment.task, moment.place, f"a hook on {moment.moment}"
        for name in (*moment.only, *moment.but):
            yield name, moment.place, f"a hook on {moment.moment}"
    for task in book.tasks.values():
        for step in task.steps:
            yield step, task.place, f"sequence `{task.name}`"


def _elsewhere(book: Book, name: str) -> bool:
    """Whether the recipe of another stage speaks of such a name: the last part of it is what a function is called."""
    last = re.compile(rf"\b{re.escape(name.rpartition(':')[2])}\b")
    return any(last.search(_text(file)) for file in _unread(book))


def _unread(book: Book) -> Iterator[Path]:
    for stage in book.stages.known.values():
        if stage.file is not None and stage.file not in book.files:
            yield stage.file


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
