"""A rehearsal: a recipe written as a function, planned and executed against the shipped fakes, all events kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from capify.engine.crew import Crew
from capify.engine.dry import DryRemote
from capify.engine.execute import execute
from capify.engine.loop import Loop
from capify.engine.scene import Invocation
from capify.events import Event, InvocationEnded, InvocationStarted, OutputLine, TaskStarted
from capify.machines import Server
from capify.plan.calls import calls
from capify.plan.planner import Plan, Planner, plan
from capify.plan.selection import Filters, filters_of
from capify.ports import Remote
from capify.recipe.book import Book, opened
from capify.recipe.layers import Layer
from capify.testing.fake import FakeRemote

E = TypeVar("E")


class Deaf:
    """A terminal at which nobody sits, unless answers were laid out."""

    def __init__(self, answers: list[str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    @property
    def interactive(self) -> bool:
        return bool(self.answers)

    def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


@dataclass
class Rehearsal:
    """One project, declared by `recipe`; `runs` executes words of a command line."""

    recipe: Callable[[], None]
    root: Path = field(default_factory=Path.cwd)
    environment: Mapping[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    dry: bool = False
    asks: bool = False
    fakes: dict[str, FakeRemote] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    invocation: Invocation | None = None

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
        return filters_of(self.environment)

    def runs(self, *words: str) -> InvocationEnded:
        planned = self.plans(*words)
        loop = Loop()
        crew = Crew(self._remote, self.events.append, at_once=64)
        planner = Planner(self.book, planned.available)
        terminal = Deaf(self.answers)
        self.invocation = Invocation(
            "abcd", self.book, planner, loop, crew, terminal, self.events.append, dry=self.dry, asks=self.asks
        )
        started = InvocationStarted("abcd", words, None, "none", planned.servers, "deploy", dry=self.dry)
        try:
            return execute(planned, self.invocation, started)
        finally:
            loop.call(crew.close())
            loop.stop()

    def _remote(self, server: Server) -> Remote:
        fake = self.fakes.setdefault(server.name, FakeRemote(server))
        return DryRemote(fake) if self.dry else fake

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
