"""What came of it: results of commands, outcomes of servers.

Rule: a status is always there. One that never arrived is a failure, and says so in `note`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from capify.errors import TaskFailed
from capify.machines import Server
from capify.places import here
from capify.wording import ticked

LOST = 255  # the status of a command whose end nobody saw


class Verdict(StrEnum):
    """How one server ended. `unknown` is not ok."""

    OK = "ok"
    FAILED = "failed"
    UNREACHED = "unreached"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """What one command gave on one server.

    `command` is what was run, as shown. `note` says what the status cannot: timed out, stopped, skipped, lost.
    `truncated` is set when more output came than was kept.
    """

    server: Server
    command: str
    status: int
    out: bytes = b""
    err: bytes = b""
    note: str = ""
    truncated: bool = False

    @property
    def ok(self) -> bool:
        """Whether the command ended, and ended well."""
        return self.status == 0 and self.note in {"", "skipped by the operator"}

    @property
    def stdout(self) -> str:
        """Its output as text; bytes that are no UTF-8 are shown as `\\x..`."""
        return self.out.decode("utf-8", "backslashreplace")

    @property
    def stderr(self) -> str:
        """Its complaints as text."""
        return self.err.decode("utf-8", "backslashreplace")

    @property
    def text(self) -> str:
        """Its output without the final line ends: what `capture` returns."""
        return self.stdout.rstrip("\r\n")

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        said = f"exit {self.status}" if self.status < 129 or self.status == LOST else f"signal {self.status - 128}"
        return f"{self.note} ({said})" if self.note else said


class NoResult(TaskFailed, KeyError):
    """A result was asked for of a server that the command did not go to."""


class Results(Mapping[Server, Result]):
    """Every server's result of one command, in the order of the servers."""

    def __init__(self, results: Mapping[Server, Result]) -> None:
        self._results = dict(results)

    def __getitem__(self, server: Server | str) -> Result:
        """Look up by server, or by its name. Raises `NoResult` for one that the command did not go to."""
        for known, result in self._results.items():
            if known.is_called(server):
                return result
        raise NoResult(f"there is no result of `{server}`: the command went to {ticked(self._results)}", place=here())

    def __iter__(self) -> Iterator[Server]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"Results({', '.join(f'{server}: {result.ending}' for server, result in self._results.items())})"

    @property
    def ok(self) -> bool:
        """Whether it ended well everywhere."""
        return all(result.ok for result in self._results.values())

    @property
    def failed(self) -> "Results":
        """The results of the servers where it failed."""
        return self.where(lambda result: not result.ok)

    def where(self, wanted: Callable[[Result], bool]) -> "Results":
        """Keep the servers whose result is wanted."""
        return Results({server: result for server, result in self._results.items() if wanted(result)})


class Answers(Mapping[str, tuple[str, ...]]):
    """What a script answered on one server: lines `name<TAB>value`, a name's values in order. `text` is all of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._values: dict[str, tuple[str, ...]] = {}
        for line in text.splitlines():
            name, tab, value = line.partition("\t")
            if tab:
                self._values[name] = (*self._values.get(name, ()), value)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def one(self, name: str, default: str = "") -> str:
        """The last value of a name."""
        return self._values.get(name, (default,))[-1]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one server ended, and why, in one line."""

    server: Server
    verdict: Verdict
    detail: str = ""
