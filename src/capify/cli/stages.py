"""`cap stages`: every stage with its servers, without connecting.

Rule: each stage is read into a book of its own, so that none sees what another declares.
Rule: a stage that cannot be read is still listed, with what is wrong; the exit status tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.cli.purposes import plain_server, purpose
from capify.errors import CapifyError
from capify.machines import Server
from capify.recipe.book import Book, opened
from capify.recipe.loader import load
from capify.recipe.request import Request
from capify.recipe.stages import Stage
from capify.reporters.columns import aligned
from capify.reporters.text import harmless, indented, labels


@dataclass(frozen=True, slots=True)
class Seen:
    """One stage as it was read: its servers, or what is wrong with it."""

    stage: Stage
    default: bool
    servers: tuple[Server, ...] = ()
    error: CapifyError | None = None


def show(asked: Asked) -> Answer:
    """Answer `cap stages [--json]`; exit status 2 when one of them cannot be read."""
    asked.refuse_words("stages")
    book = asked.book
    seen = [_look(book, stage, asked.request) for stage in book.stages.known.values()]
    status = max((one.error.status for one in seen if one.error), default=0)
    if asked.arguments.json:
        return Answer(as_json([_plain(one) for one in seen]), status=status)
    if not seen:
        return Answer(remarks=("this project has no stages", f"  a file in `{book.stages.folder}` makes one"))
    remarks = [line for one in seen if one.error for line in _wrong(one.error)]
    return Answer(tuple(aligned(row for one in seen for row in _rows(one))), tuple(remarks), status)


def _look(book: Book, stage: Stage, request: Request) -> Seen:
    default = stage.name == book.stages.default
    try:
        read = load(replace(request, words=(stage.name,), reads_stage=True))
        with opened(read):
            return Seen(read.stages.known[stage.name], default, read.servers())
    except CapifyError as error:
        return Seen(stage, default, error=error)


def _rows(one: Seen) -> Iterator[tuple[str, ...]]:
    """One row for each server; the stage's own words stand before the first."""
    marks = ", ".join([*(["default"] if one.default else []), *(["protected"] if one.stage.protected else [])])
    names = labels(one.servers)
    servers = [(names[server], purpose(server)) for server in one.servers] or [
        ("(cannot be read)", "") if one.error else ("(no servers)", "")
    ]
    for at, row in enumerate(servers):
        yield (one.stage.name, marks, *row) if at == 0 else ("", "", *row)


def _wrong(error: CapifyError) -> list[str]:
    where = f"{error.place}: " if error.place else ""
    hint = [f"  {harmless(error.hint)}"] if error.hint else []
    return [*indented(f"{where}{error.message}", "cap: ", "  "), *hint]


def _plain(one: Seen) -> dict[str, object]:
    """Give a stage as plain data for JSON."""
    return {
        "name": one.stage.name,
        "place": str(one.stage.place),
        "default": one.default,
        "protected": one.stage.protected,
        "servers": [plain_server(server) for server in one.servers],
        "error": str(one.error) if one.error else None,
    }
