"""A rehearsal: a recipe written as a function, planned and executed against the shipped fakes, all events kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from capify.app import Fittings, perform
from capify.events import Event, InvocationEnded, OutputLine, TaskStarted
from capify.machines import Server
from capify.plan.calls import calls
from capify.plan.planner import Plan, plan
from capify.plan.selection import Filters, filters_of
from capify.ports import Remote
from capify.recipe.book import Book, opened
from capify.recipe.layers import Layer
from capify.testing.fake import FakeRemote
from capify.testing.standins import Kept, Operator

E = TypeVar("E")


@dataclass
class Rehearsal:
    """One project, declared by `recipe`; `runs` executes words of a command line."""

    recipe: Callable[[], None]
    root: Path = field(default_factory=Path.cwd)
    environment: Mapping[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    dry: bool = False
    asks: bool = False
    skips_unreachable: bool = False
    allows_unknown: bool = False
    fakes: dict[str, FakeRemote] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = Book(self.root)
        with opened(self.book), self.book.settings.writing(Layer.SHARED):
            self.recipe()
        for server in self.book.servers():
            self.fakes.setdefault(server.name, FakeRemote(server))

    def __getitem__(self, name: str) -> FakeRemote:
        return self.fakes[name]

    def plans(self, *words: str) -> Plan:
        with opened(self.book):
            return plan(self.book, calls(self.book, words), self.filters)

    @property
    def filters(self) -> Filters:
        return filters_of(self.environment, allows_unknown=self.allows_unknown)

    def runs(self, *words: str) -> InvocationEnded:
        planned, operator = self.plans(*words), Operator(_unseen)
        operator.answers = [("", answer) for answer in self.answers]
        fittings = Fittings(
            (Kept(self.events),), lambda feed: operator.at(feed.paused), "abcd", words, dry=self.dry, asks=self.asks,
            skips_unreachable=self.skips_unreachable, remotes=self._remote,
        )  # fmt: skip
        return perform(self.book, planned, fittings)

    def _remote(self, server: Server) -> Remote:
        return self.fakes.setdefault(server.name, FakeRemote(server))

    def commands(self, name: str) -> list[str]:
        return self.fakes[name].commands

    def seen(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def tasks(self) -> list[str]:
        """The tasks and sequences that started, in order."""
        return [event.task for event in self.seen(TaskStarted)]

    @property
    def output(self) -> list[str]:
        return [f"{event.server} | {event.line}" for event in self.seen(OutputLine)]


def _unseen(line: str) -> None:
    """Show nothing: rehearsals are about events."""
