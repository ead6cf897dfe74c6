"""The command line as a value. Pure: no recipe is looked at, so no word is known to be a stage or a task yet.

Rule: options and their values are taken away first, wherever they stand; a value is never looked at as a word.
Rule: the place of an option means nothing; only options that repeat keep an order, among themselves.
Rule: what stands behind `--` is a command for the servers, and nothing in it is ours.

A parser of our own, because argparse takes prefixes for options (`--deb`), gives `-T [PATTERN]` the next word whatever
it is, and cannot tell `-vT production` from a value. The table is in options.py.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from capify.cli.options import BY_LETTER, BY_WORD, Option
from capify.errors import UsageError
from capify.wording import suggestion

PAIR: Final = re.compile(r"(_*[A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)  # UPPER-CASE: environment, not an argument
COLORS: Final = ("auto", "always", "never")
PROGRESS: Final = ("auto", "live", "plain")
CAPISTRANO: Final = {"debug-ssh": "debug-commands", "colour": "color", "dryrun": "dry-run", "yes": "confirm"}


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was typed. `words` are stage, tasks and `name=value`, in order; `pairs` are the UPPER-CASE ones.

    `command` is what stands behind `--`.
    """

    words: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    tasks: bool = False
    tool: bool = False
    explain: str | None = None
    dry: bool = False
    asks: bool = False
    confirm: str | None = None
    no_input: bool = False
    on: str | None = None
    hosts: str | None = None
    roles: str | None = None
    skip_unreachable: bool = False
    wait: int | None = None
    allow_unknown_hosts: bool = False
    password: bool = False
    preserve_roles: bool = False
    early: tuple[tuple[str, str | None], ...] = ()
    late: tuple[tuple[str, str | None], ...] = ()
    verbose: int = 0
    quiet: int = 0
    log_to: str | None = None
    events: str | None = None
    progress: str = "auto"
    color: str = "auto"
    debug: bool = False
    why: bool = False
    json: bool = False
    all: bool = False
    man: bool = False
    files: tuple[str, ...] = ()
    with_default: bool = False
    skip_user_file: bool = False
    skip_system_file: bool = False
    help: bool = False
    long_help: bool = False
    version: bool = False

    @property
    def bare(self) -> tuple[str, ...]:
        """The words that are no `name=value`: a stage, perhaps, and tasks."""
        return tuple(word for word in self.words if "=" not in word)

    @property
    def first(self) -> str:
        """The first of the bare words; empty without one."""
        return next(iter(self.bare), "")

    @property
    def verbosity(self) -> int:
        """How much is said: -1 for `-q`, 0, or one more for each `-v`."""
        return max(self.verbose - self.quiet, -1)

    def behind(self, stage: str) -> tuple[str, ...]:
        """Give the words without the one that named the stage."""
        at = self.words.index(stage)
        return (*self.words[:at], *self.words[at + 1 :])


def parse(argv: Sequence[str], environment: Mapping[str, str]) -> Arguments:
    """Take a command line apart. Raises `UsageError` for options that do not exist, lack a value or have one too many.

    `environment` is the process's own; UPPER-CASE pairs come on top of it.
    """
    words: list[str] = []
    given: dict[str, list[str]] = {}
    rest = list(argv)
    for option, text in _taken_apart(rest):
        if option is None:
            words.append(text)
        else:
            given.setdefault(option.name, []).append(text)
            _refuse_second(option, given[option.name])
    if "--" in argv and not any(rest):
        raise UsageError("there is no command behind `--`", hint="`cap STAGE -- uptime` runs `uptime` on its servers")
    pairs = {match[1]: match[2] for word in words if (match := PAIR.fullmatch(word))}
    values = {name: _value(name, texts) for name, texts in given.items()}
    left = tuple(word for word in words if not PAIR.fullmatch(word))
    return Arguments(words=left, command=tuple(rest), pairs=pairs, environment={**environment, **pairs}, **values)


def with_stage(argv: Sequence[str], stage: str) -> list[str]:
    """Give a command line with its first word replaced by this stage."""
    rest = list(argv)
    for option, text in _taken_apart(rest):
        if option is None and "=" not in text:
            at = len(argv) - len(rest) - 1
            return [*argv[:at], stage, *argv[at + 1 :]]
    return list(argv)


def _taken_apart(rest: list[str]) -> Iterator[tuple[Option | None, str]]:
    """Give options with their values, and `None` with each word; leaves in the list what stands behind `--`."""
    while rest:
        word = rest.pop(0)
        if word == "--":
            return
        if word.startswith("--"):
            yield _long(word, rest)
        elif word.startswith("-") and word != "-":
            yield from _letters(word, rest)
        else:
            yield None, word


def _long(word: str, rest: list[str]) -> tuple[Option, str]:
    name, equals, value = word[2:].partition("=")
    option = BY_WORD.get(name)
    if option is None:
        meant = f"did you mean `--{CAPISTRANO[name]}`?" if name in CAPISTRANO else ""
        known = [f"--{known}" for known in BY_WORD]
        hint = meant or suggestion(f"--{name}", known) or "`cap -h` shows the options"
        raise UsageError(f"there is no option `--{name}`", hint=hint)
    if option.takes:
        return option, value if equals else option.implied or _next(option, f"--{name}", rest)
    if equals:
        raise UsageError(f"`--{name}` takes no value", hint=f"write `--{name}` alone")
    return option, ""


def _letters(word: str, rest: list[str]) -> Iterator[tuple[Option, str]]:
    """Take bundled letters apart: `-vT`, `-ffile.py`, `-vf file.py`."""
    long = word[1:].partition("=")[0]
    if long in BY_WORD:
        raise UsageError(f"there is no option `-{long}`", hint=f"did you mean `--{long}`?")
    for at, letter in enumerate(word[1:], 2):
        option = BY_LETTER.get(letter)
        if option is None:
            raise UsageError(f"there is no option `-{letter}`{_bundled(word)}", hint=_meant(letter, word))
        if option.takes:
            yield option, word[at:] or _next(option, f"-{letter}", rest)
            return
        yield option, ""


def _bundled(word: str) -> str:
    return f" in `{word}`" if len(word) > 2 else ""


def _meant(letter: str, word: str) -> str:
    long = suggestion(f"-{word}", [f"--{known}" for known in BY_WORD]) if len(word) > 3 else ""
    if long:
        return long
    other = BY_LETTER.get(letter.swapcase())
    return f"did you mean `-{other.short}`, {other.doc}?" if other else "`cap -h` shows the options"


def _next(option: Option, typed: str, rest: list[str]) -> str:
    if not rest:
        raise UsageError(f"`{typed}` needs a value: {option.takes}", hint=f"{option.spelled.strip()}: {option.doc}")
    if rest[0].startswith("-") and rest[0] != "-":
        hint = f"if that is the value, write `--{option.long}={rest[0]}`"
        raise UsageError(f"`{typed}` needs a value: {option.takes}; `{rest[0]}` looks like an option", hint=hint)
    return rest.pop(0)


def _refuse_second(option: Option, texts: list[str]) -> None:
    if option.takes and not option.repeats and len(set(texts)) > 1:
        raise UsageError(f"`--{option.long}` is given twice: `{texts[0]}` and `{texts[-1]}`", hint="give it once")


def _value(name: str, texts: list[str]) -> Any:
    match name:
        case "early" | "late":
            return tuple(_setting(text, "-S" if name == "early" else "-s") for text in texts)
        case "files":
            return tuple(_filled(text, "-f") for text in texts)
        case "verbose" | "quiet":
            return len(texts)
        case "color":
            return _one_of(COLORS, texts[-1], "--color")
        case "progress":
            return _one_of(PROGRESS, texts[-1], "--progress")
        case "wait":
            return _seconds(texts[-1], "--wait")
        case "explain" | "confirm" | "log_to" | "events" | "on" | "hosts" | "roles":
            return _filled(texts[-1], f"--{next(o.long for o in BY_WORD.values() if o.name == name)}")
    return True


def _setting(text: str, typed: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not name:
        raise UsageError(f"`{typed} {text}` names no setting", hint=f"write `{typed} name=value`")
    return name, value if equals else None


def _filled(text: str, typed: str) -> str:
    if not text:
        raise UsageError(f"`{typed}` needs a value, and got an empty one")
    return text


def _seconds(text: str, typed: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise UsageError(f"`{typed}={text}`: it is a number of seconds", hint=f"write `{typed}=60`, or `{typed}` alone")
    return int(text)


def _one_of(known: Sequence[str], text: str, typed: str) -> str:
    if text not in known:
        one, other, last = known
        raise UsageError(f"`{typed} {text}`: it is `{one}`, `{other}` or `{last}`", hint=suggestion(text, known))
    return text
