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
SWITCHES: Final = ("why", "json", "all", "man")  # options that belong to single commands


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of `cap` itself.

    `reads` says how much of the recipes it needs (`words`: all of them for a word behind it, otherwise none),
    `switches` which of --why, --json, --all and --man it knows. One that `acts` is an invocation, which warns by
    itself; a `rare` one is only on the long help page.
    """

    name: str
    usage: str
    doc: str
    module: str
    function: str
    reads: Reads = "stage"
    switches: frozenset[str] = frozenset()
    acts: bool = False
    rare: bool = False

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
    """Refuse `--why`, `--json`, `--all` and `--man` where they mean nothing. Raises `UsageError`."""
    for switch in SWITCHES:
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
        "status", "status", "show what is live on every server, and what drifted from it (--json); --all stages",
        "capify.cli.status", "show", switches=frozenset({"json", "all"}), acts=True,
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
        "hosts", "hosts [TASK …]", "show which servers a command line selects, without connecting (--json)",
        "capify.cli.hosts", "show", switches=frozenset({"json"}),
    ),
    Entry(
        "check", "check", "look for mistakes in the recipes of every stage, without connecting (--json)",
        "capify.cli.check", "show", "nothing", frozenset({"json"}),
    ),
    Entry(
        "files", "files", "show which recipes are read, in their order (--json)",
        "capify.cli.files", "show", switches=frozenset({"json"}), rare=True,
    ),
    Entry(
        "multistage:prepare", "multistage:prepare", "write the files of stages that have none yet",
        "capify.cli.prepare", "prepare", "shared", rare=True,
    ),
    Entry(
        "demo", "demo [FOLDER]", "show everything on servers that are thrown away afterwards",
        "capify.cli.demo", "show", "nothing",
    ),
    Entry(
        "invoke", "invoke COMMAND=…", "run one command on the servers; with SUDO=1 as root",
        "capify.cli.oneoff", "invoke", acts=True, rare=True,
    ),
    Entry(
        "console", "console", "Python at a prompt, with the stage's settings, servers and tasks",
        "capify.cli.console", "show", acts=True,
    ),
    Entry(
        "shell", "shell", "Capistrano's prompt: what is typed runs on the servers",
        "capify.cli.prompt", "show", acts=True, rare=True,
    ),
    Entry("ssh", "ssh [HOST]", "log in to a server, where the release is", "capify.cli.login", "show"),
    Entry(
        "replay", "replay [INVOCATION]", "show a recorded invocation again, the last one or by its id or log",
        "capify.cli.replay", "show", "nothing", acts=True, rare=True,
    ),
    Entry(
        "report", "report [INVOCATION] [FILE]", "write an HTML page that tells a recorded invocation",
        "capify.cli.report", "show", "nothing", rare=True,
    ),
    Entry(
        "schema", "schema events", "print the JSON Schema of what --events writes",
        "capify.cli.schema", "show", "nothing", rare=True,
    ),
    Entry(
        "plugins", "plugins", "list what installed packages bring: recipes, readers and others (--json)",
        "capify.cli.plugins", "show", "nothing", frozenset({"json"}), rare=True,
    ),
    Entry(
        "completion", "completion SHELL", "print the script that completes words in bash, zsh or fish",
        "capify.cli.completion", "show", "nothing", rare=True,
    ),
    Entry(
        "help", "help [TASK]", "show this page, or what a task does",
        "capify.cli.help", "show", "words", frozenset({"man"}), rare=True,
    ),
)  # fmt: skip
