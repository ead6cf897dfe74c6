"""Commands of `cap` itself, as a table. A project's task of the same name wins; `cap :NAME` always means these."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal, cast

from capify.cli.arguments import Arguments
from capify.cli.asked import Command
from capify.errors import UsageError
from capify.recipe.book import Book, canonical

Reads = Literal["nothing", "words", "shared", "stage"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of `cap` itself.

    `reads` says how much of the recipes it needs (`words`: all of them for a word behind it, otherwise none),
    `switches` which of --why and --json it knows.
    """

    name: str
    usage: str
    doc: str
    module: str
    function: str
    reads: Reads = "stage"
    switches: frozenset[str] = frozenset()

    def load(self) -> Command:
        """Import what answers it, and no earlier."""
        return cast("Command", getattr(import_module(self.module), self.function))


def entry(word: str, book: Book | None) -> Entry | None:
    """Find the command that a word means; `None` where the project has a task of that name, or there is none."""
    command = COMMANDS.get(word.removeprefix(":"))
    if command is None or (book is not None and not word.startswith(":") and canonical(word) in book.tasks):
        return None
    return command


def refuse_switches(arguments: Arguments, known: frozenset[str] = frozenset()) -> None:
    """Refuse `--why` and `--json` where they mean nothing. Raises `UsageError`."""
    for switch in ("why", "json"):
        if getattr(arguments, switch) and switch not in known:
            users = " and ".join(f"`cap {one.name}`" for one in COMMANDS.values() if switch in one.switches)
            raise UsageError(f"`--{switch}` means nothing here", hint=f"it belongs to {users}")


def _table(*entries: Entry) -> Mapping[str, Entry]:
    return {one.name: one for one in entries}


COMMANDS: Final = _table(
    Entry(
        "vars", "vars [NAME …]", "show settings: what they are, and where that was said (--why, --json)",
        "capify.cli.variables", "show", switches=frozenset({"why", "json"}),
    ),
    Entry(
        "stages", "stages", "show the stages and their servers, without connecting (--json)",
        "capify.cli.stages", "show", "shared", frozenset({"json"}),
    ),
    Entry(
        "plan", "plan TASK …", "show what would run, where and in which order, without connecting (--json)",
        "capify.cli.planned", "show", switches=frozenset({"json"}),
    ),
    Entry(
        "multistage:prepare", "multistage:prepare", "write the files of stages that have none yet",
        "capify.cli.prepare", "prepare", "shared",
    ),
    Entry(
        "demo", "demo [FOLDER]", "show everything on servers that are thrown away afterwards",
        "capify.cli.demo", "show", "nothing",
    ),
    Entry("help", "help [TASK]", "show this page, or what a task does", "capify.cli.help", "show", "words"),
)  # fmt: skip
