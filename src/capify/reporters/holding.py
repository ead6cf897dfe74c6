"""Holding back what several servers say to one command, until all have said it: only then can it be told once. Pure.

Rule: whatever goes in comes out, in its order for each server; what is held back is bounded, and never outlives its
command. What fails, is interrupted, or goes on for ever is not held back.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from capify.events import (
    CommandEnded,
    CommandStarted,
    ConnectionLost,
    Event,
    Interrupting,
    InvocationEnded,
    OutputLine,
    TaskEnded,
    Undoing,
)
from capify.machines import Server
from capify.reporters.alike import Voice, voices

MOST = 256 * 1024  # characters that one command may hold back; beyond them, all is shown as it comes
_WEIGHT = 64  # what a line counts besides its text

Shown: TypeAlias = Event | list[Voice]


@dataclass
class _Exchange:
    """Commands that were sent together, and what has come of them."""

    running: Counter[tuple[Server, str]]
    heard: dict[Server, list[OutputLine]]
    after: list[Event] = field(default_factory=list)
    weight: int = 0


class Holding:
    """Takes events, and gives back what is to be shown now: an event as it is, or the voices of several servers."""

    def __init__(self) -> None:
        self._open: list[_Exchange] = []
        self._fresh: _Exchange | None = None  # nothing happened since it was opened

    def take(self, event: Event) -> Iterator[Shown]:
        """Take one event."""
        if isinstance(event, CommandStarted) and event.servers and not event.lasts:
            yield from self._begin(event)
            yield event
            return
        self._fresh = None
        match event:
            case OutputLine() if exchange := self._of(event.server):
                yield from self._hear(exchange, event)
                return
            case CommandEnded() if exchange := self._of(event.server):
                yield from self._end(exchange, event)
                return
            case ConnectionLost() if exchange := self._of(event.server):
                exchange.after.append(event)
                return
            case TaskEnded() if event.ok:
                pass
            case Interrupting() | Undoing() | TaskEnded() | InvocationEnded():
                yield from self.release()
            case _:
                pass
        yield event

    def release(self) -> Iterator[Shown]:
        """Give back everything; what still comes of the same commands is shown as it comes."""
        for exchange in self._open:
            yield from _told(exchange)
        self._open.clear()

    def _begin(self, event: CommandStarted) -> Iterator[Shown]:
        """Open an exchange, unless one was opened just now: each server has its own spelling, or it is a batch."""
        if self._fresh is None:
            for exchange in [one for one in self._open if not one.heard.keys().isdisjoint(event.servers)]:
                yield from _told(exchange)
                self._open.remove(exchange)
            self._fresh = _Exchange(Counter(), {})
            self._open.append(self._fresh)
        for server in event.servers:
            self._fresh.running[server, event.command] += 1
            self._fresh.heard.setdefault(server, [])

    def _hear(self, exchange: _Exchange, event: OutputLine) -> Iterator[Shown]:
        assert event.server is not None
        exchange.heard[event.server].append(event)
        exchange.weight += len(event.line) + _WEIGHT
        if exchange.weight > MOST:
            yield from _told(exchange)
            self._open.remove(exchange)

    def _end(self, exchange: _Exchange, event: CommandEnded) -> Iterator[Shown]:
        assert event.server is not None
        exchange.after.append(event)
        exchange.running[event.server, event.command] -= 1
        if not any(number > 0 for number in exchange.running.values()):
            yield from _told(exchange)
            self._open.remove(exchange)

    def _of(self, server: Server | None) -> _Exchange | None:
        """Find what a server takes part in; not where it is alone, because then nobody else may say the same."""
        return next((one for one in self._open if server in one.heard and len(one.heard) > 1), None)


def _told(exchange: _Exchange) -> Iterator[Shown]:
    yield voices(exchange.heard)
    yield from exchange.after
