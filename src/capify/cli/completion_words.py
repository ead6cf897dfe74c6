"""What may be typed next: candidates for completion. Pure: a book and what was typed in, words out.

Rule: whatever is wrong with what was typed, there is an answer; the worst one is empty.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from capify.cli.arguments import COLORS, PROGRESS, Arguments, parse
from capify.cli.commands import COMMANDS, SWITCHES, Entry, entry
from capify.cli.completion import SHELLS
from capify.cli.completion_values import Candidate, files, hosts, roles, settings, tasks
from capify.cli.options import BY_LETTER, BY_WORD, OPTIONS, Option
from capify.errors import UsageError
from capify.recipe.book import Book, canonical
from capify.recipe.parameters import choices, parameters
from capify.recipe.tasks import Task

VARIABLES: Final = {
    "HOSTS": "only on these of the declared servers", "ROLES": "only on the declared servers with this role",
    "HOSTFILTER": "as HOSTS", "HOSTROLEFILTER": "as ROLES",
}  # fmt: skip
INVOKE: Final = {"COMMAND": "the command to run on the servers", "SUDO": "1: as root"}
PAIR: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line in the making: what stands before the word at the cursor, and that word up to the cursor."""

    before: tuple[str, ...]
    current: str

    @property
    def arguments(self) -> Arguments:
        """What stands before, as far as it can be understood."""
        for end in range(len(self.before), -1, -1):
            try:
                return parse(self.before[:end], {})
            except UsageError:
                continue
        return Arguments()


def candidates(book: Book | None, typed: Typed) -> list[Candidate]:
    """Give what may stand where the cursor is; `None` is where no recipes can be read."""
    if "--" in typed.before:
        return []
    return [one for one in _all(book, typed) if one.text.startswith(typed.current)]


def _all(book: Book | None, typed: Typed) -> Iterable[Candidate]:
    current, arguments = typed.current, typed.arguments
    awaiting = _awaiting(typed.before[-1]) if typed.before else None
    if awaiting is not None:
        return _values(book, awaiting, current)
    name, equals, value = current.removeprefix("--").partition("=")
    if current.startswith("--") and equals and name in BY_WORD:
        return _behind(f"--{name}=", _values(book, BY_WORD[name], value))
    command = _command(book, arguments)
    if current.startswith("-"):
        return _options(current, command)
    pair = PAIR.fullmatch(current)
    if pair:
        return _behind(f"{pair[1]}=", _value_of_variable(book, pair[1], pair[2]))
    return [*_words(book, arguments, command, current=current), *_variables(current, command)]


def _awaiting(last: str) -> Option | None:
    """The option whose value comes next, if the last word is one without its value."""
    if last.startswith("--"):
        option = BY_WORD.get(last[2:])
        return option if option and option.takes and not option.implied else None
    if not last.startswith("-"):
        return None
    for at, letter in enumerate(last[1:], 2):
        option = BY_LETTER.get(letter)
        if option is None or (option.takes and at < len(last)):
            return None
        if option.takes:
            return option
    return None


def _values(book: Book | None, option: Option, current: str) -> Iterable[Candidate]:
    """Give what an option's value may be."""
    match option.long:
        case "set" | "set-before":
            return settings(book, current)
        case "color":
            return map(Candidate, COLORS)
        case "progress":
            return map(Candidate, PROGRESS)
        case "confirm":
            return _stages(book)
        case "hosts" | "skip-unreachable":
            return hosts(book, current)
        case "on":
            return _terms(book, current)
        case "roles":
            return roles(book, current)
        case "explain":
            return tasks(book, current)
        case "logger":
            return [Candidate("stdout"), Candidate("stderr"), *files(current)]
    return files(current) if option.takes in {"FILE", "FOLDER"} or "FILE" in option.takes else []


def _terms(book: Book | None, current: str) -> list[Candidate]:
    """Give the last term of an expression: `role=web & host=…`."""
    before, term = re.fullmatch(r"(.*[&|!(\s])?(.*)", current, re.DOTALL).groups("")  # type: ignore[union-attr]
    key, equals, value = term.partition("=")
    known = {"role": roles, "host": hosts}
    if equals:
        return _behind(f"{before}{key}=", known[key](book, value)) if key in known else []
    return [Candidate(f"{before}{name}=") for name in known]


def _options(current: str, command: Entry | None) -> Iterator[Candidate]:
    allowed = command.switches if command else frozenset()
    for option in OPTIONS:
        if option.name in SWITCHES and option.name not in allowed:
            continue
        yield Candidate(f"--{option.long}", option.doc)
        if option.short and not current.startswith("--"):
            yield Candidate(f"-{option.short}", option.doc)


def _value_of_variable(book: Book | None, name: str, value: str) -> Iterable[Candidate]:
    if name in {"HOSTS", "HOSTFILTER"}:
        return hosts(book, value)
    return roles(book, value) if name in {"ROLES", "HOSTROLEFILTER"} else ()


def _variables(current: str, command: Entry | None) -> list[Candidate]:
    """Offer variables where one was begun, or is needed: they are many, and seldom meant."""
    invoke = INVOKE if command is not None and command.name == "invoke" else {}
    known: Mapping[str, str] = {**invoke, **(VARIABLES if current[:1].isupper() else {})}
    return [Candidate(f"{name}=", doc) for name, doc in known.items()]


def _command(book: Book | None, arguments: Arguments) -> Entry | None:
    words = _behind_stage(book, arguments)
    return entry(words[0], book) if words else None


def _words(
    book: Book | None, arguments: Arguments, command: Entry | None, *, current: str
) -> Iterable[Candidate]:
    """Give stages, tasks, arguments of the task before, and commands: whatever may stand here."""
    if command is not None:
        return _words_of(command, book, current)
    task, given = _task_before(book, arguments)
    name, equals, _ = current.partition("=")
    if equals:
        known = parameters(task, book.tasks) if task and book else {}
        return _behind(f"{name}=", map(Candidate, choices(known[name]) if name in known else ()))
    found: list[Candidate] = []
    if task is not None and book is not None:
        takes = parameters(task, book.tasks)
        found += [Candidate(f"{name}=", f"of {task.name}") for name in takes if name not in given]
    if not arguments.bare:
        found += _stages(book, current)
    found += tasks(book, current)
    if not _behind_stage(book, arguments):
        found += _commands(book, current)
    return found


def _words_of(command: Entry, book: Book | None, current: str) -> Iterable[Candidate]:
    """Give what a command of `cap` itself takes."""
    takes: Mapping[str, Callable[[], Iterable[Candidate]]] = {
        "vars": lambda: settings(book, current, equals=False),
        "plan": lambda: tasks(book, current),
        "hosts": lambda: tasks(book, current),
        "help": lambda: [*tasks(book, current), *_commands(None, current)],
        "ssh": lambda: hosts(book, current, several=False),
        "completion": lambda: map(Candidate, SHELLS),
        "schema": lambda: (),
        "invoke": lambda: (),
    }
    give = takes.get(command.name)
    return give() if give else files(current) if " " in command.usage else ()


def _stages(book: Book | None, current: str = "") -> list[Candidate]:
    """Give the stages; behind a comma those that are not there yet."""
    if book is None:
        return []
    before, comma, _ = current.rpartition(",")
    there = before.split(",") if comma else []
    if not all(name in book.stages for name in there):
        return []
    left = (stage for stage in book.stages.known.values() if stage.name not in there)
    return [Candidate(f"{before}{comma}{one.name}", "protected stage" if one.protected else "stage") for one in left]


def _commands(book: Book | None, current: str) -> list[Candidate]:
    colon = ":" if current.startswith(":") else ""
    known = (one for one in COMMANDS.values() if colon or entry(one.name, book) is not None)
    return [Candidate(f"{colon}{one.name}", one.doc) for one in known]


def _behind_stage(book: Book | None, arguments: Arguments) -> tuple[str, ...]:
    words = arguments.bare
    named = bool(book and words and all(name in book.stages for name in words[0].split(",")))
    return words[1:] if named else words


def _task_before(book: Book | None, arguments: Arguments) -> tuple[Task | None, frozenset[str]]:
    """The task that arguments typed here would belong to, and the names of those it has already."""
    task, given = None, set[str]()
    for word in arguments.words:
        name, equals, _ = word.partition("=")
        if equals:
            given.add(name)
        else:
            task, given = book.tasks.get(canonical(word)) if book else None, set()
    return task, frozenset(given)


def _behind(prefix: str, found: Iterable[Candidate]) -> list[Candidate]:
    return [Candidate(f"{prefix}{one.text}", one.doc) for one in found]
