"""`cap check`: everything about the recipes that can be known without a server; exit status 4 where something is wrong.

Rule: each stage is read into a book of its own, and one that cannot be read is a finding like any other.
"""

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import capify
from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.cli.findings import Finding, of_error
from capify.cli.mentions import Declared, unknown_names
from capify.cli.traps import traps
from capify.cli.typecheck import mypy, type_errors
from capify.errors import CapifyError, CheckFailed, RecipeError
from capify.places import PACKAGE, Place
from capify.recipe.book import Book
from capify.recipe.loader import load
from capify.recipe.request import Request
from capify.reporters.text import harmless
from capify.wording import counted


def show(asked: Asked) -> Answer:
    """Answer `cap [STAGE] check [--json]`: what is wrong in all stages, or in the files of the one that is named."""
    asked.refuse_words("check")
    books, found = _read(asked)
    files = list(dict.fromkeys(file for book in books for file in book.files if not str(file).startswith(PACKAGE)))
    found += [*_warnings(books), *_idle_hooks(books), *_texts(books, files)]
    if books:
        python = [file for file in files if file.suffix == ".py"]
        found += type_errors(python, books[0].root, asked.arguments.environment)
    if asked.read is not None and asked.read.chosen == "named":
        files = [file for file in asked.read.files if file in files]
        found = [one for one in found if one.place.file in set(map(str, files))]
    found = sorted(dict.fromkeys(found), key=lambda one: (one.place.file, one.place.line, one.text))
    status = CheckFailed.status if found else 0
    if asked.arguments.json:
        return Answer(as_json([_plain(one) for one in found]), status=status)
    lines = tuple(harmless(line) for one in found for line in one.lines)
    return Answer(lines, tuple(_remarks(books, files, len(found))), status)


def _read(asked: Asked) -> tuple[list[Book], list[Finding]]:
    """Read every stage: books, and what could not be read."""
    request = replace(asked.request, words=(), reads_stage=False)
    try:
        shared = load(request)
    except RecipeError as error:
        return [], [of_error(error, Place("recipes"))]
    requests = [replace(request, words=(name,), reads_stage=True) for name in shared.stages.names]
    books, found = list[Book](), list[Finding]()
    for one in requests or [replace(request, reads_stage=True)]:
        with _noted(found, shared, one):
            books.append(load(one))
    shared.stage = None  # none was read for it
    return books or [shared], found


class _noted(suppress):  # noqa: N801 - it stands in a `with`, like `suppress`
    """Note what a stage's recipes are refused for."""

    def __init__(self, found: list[Finding], shared: Book, request: Request) -> None:
        super().__init__(CapifyError)
        stage = shared.stages.known.get(request.words[0]) if request.words else None
        self._found, self._otherwise = found, stage.place if stage else Place("recipes")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, CapifyError):
            self._found.append(of_error(error, self._otherwise))
            return True
        return False


def _warnings(books: Iterable[Book]) -> Iterator[Finding]:
    for book in books:
        for warned in book.warnings:
            place, *others = warned.places or (Place("recipes"),)
            also = f" (see also {', '.join(map(str, others))})" if others else ""
            yield Finding(place, f"{warned.text}{also}")


def _idle_hooks(books: Iterable[Book]) -> Iterator[Finding]:
    """Hooks around a task that is never there when they are."""
    fires: dict[tuple[Place, str, str], bool] = {}
    for book in [book for book in books if book.stage is not None or not book.stages]:
        for hook in book.hooks:
            around = (hook.place, str(hook.when), hook.target)
            fires[around] = fires.get(around, False) or hook.target in book.tasks
        for moment in book.moments:
            for name in moment.only:
                at = (moment.place, f"on {moment.moment} of", name)
                fires[at] = fires.get(at, False) or name in book.tasks
    for (place, when, target), fired in fires.items():
        if not fired:
            hint = "declare the task where the hook is, or hang the hook where the task is"
            yield Finding(place, f"the hook {when} `{target}` never fires: no stage that has it has this task", hint)


def _texts(books: list[Book], files: Iterable[Path]) -> Iterator[Finding]:
    """What the texts of Python recipes show."""
    trees = {}
    for file in files:
        with suppress(OSError, SyntaxError, ValueError):  # a finding already, of the stage that reads it
            if file.suffix == ".py":
                text = file.read_text(encoding="utf-8")
                trees[file] = text, ast.parse(text)
    declared = Declared.by(books, [tree for _, tree in trees.values()])
    for file, (text, tree) in trees.items():
        yield from traps(text, str(file), capify.__all__)
        yield from unknown_names(tree, str(file), declared, words=capify.__all__)


def _remarks(books: list[Book], files: list[Path], number: int) -> Iterator[str]:
    stages = [book.stage for book in books if book.stage is not None]
    seen = " and ".join([*([counted(len(stages), "stage")] if stages else []), counted(len(files), "recipe")])
    yield f"checked {seen}: {counted(number, 'thing') if number else 'nothing'} to mend"
    if not mypy():
        yield "mypy is not installed, so types were not checked"


def _plain(found: Finding) -> dict[str, object]:
    return {"file": found.place.file, "line": found.place.line, "text": found.text, "hint": found.hint or None}
