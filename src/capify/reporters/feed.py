"""The feed: where events come in from every thread, and go out to the reporters in one order.

Rule: one queue, one consumer thread, a total order; the times of events never go backwards along it.
Rule: reporters are taste. One that breaks is dropped with a warning; neither it nor its death stops an invocation.
Rule: displays are drawn by that thread too, while nothing is to be handled; when it is paused, they leave the terminal.
Rule: memory is bounded. Whoever is faster than the reporters waits for them, but never for a consumer that is gone.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Self, TextIO

from capify.events import Event, Interrupting, OutputLine
from capify.ports import Clock, Display, Reporter
from capify.reporters.text import harmless

ROOM = 8 * 1024 * 1024  # characters that may wait, each event counted with what it weighs besides its text
WEIGHT = 256
HURRY = 1.0  # seconds without anything handled after which, once interrupted, nobody waits for the screen
PATIENCE = 5.0  # seconds that closing waits for a screen that takes nothing, once interrupted
BEAT = 0.1  # seconds without an event after which displays are drawn anew
GLANCE = 0.2  # seconds after which a waiting thread looks whether the consumer still lives


class Feed:
    """The one queue in front of the reporters, and the one thread that empties it.

    `err` is where a dropped reporter is mourned (default: standard error).
    """

    def __init__(self, reporters: Sequence[Reporter], clock: Clock, *, err: TextIO | None = None) -> None:
        self._reporters = list(reporters)
        self._clock = clock
        self._err = err
        self._waiting: deque[tuple[Event, float]] = deque()
        self._weight = 0  # of what waits and of what is being handled
        self._emitted = 0
        self._handled = 0
        self._latest = 0.0
        self._paused = 0
        self._resting = False  # the displays are off the terminal, because it is paused
        self._closing = False
        self._hurried = False  # the operator pressed Ctrl-C: a screen that takes nothing must not hold up the undo
        self._stuck = False  # ... and it takes nothing
        # A condition's own lock is reentrant, so that a signal handler may emit while its thread emits.
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._consume, name="capify-reporters", daemon=True)
        self.broken_pipe = False  # whether a reporter ended because nobody reads any more
        self._thread.start()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def emit(self, event: Event) -> None:
        """Take one event, from any thread; waits while too much is waiting. After `close` it does nothing."""
        weight = _weight(event)
        with self._changed:
            self._hurried = self._hurried or isinstance(event, Interrupting)
            if not self._consuming:  # a reporter that emits cannot wait for itself
                self._until(lambda: not self._weight or self._weight + weight <= ROOM or bool(self._paused))
            if self._alive and not self._closing:
                now = self._clock.now()
                self._latest = max(self._latest, now)
                self._waiting.append((event, self._latest))
                self._weight += weight
                self._emitted += 1
                self._changed.notify_all()

    def flush(self) -> None:
        """Wait until every reporter has handled all that was emitted so far."""
        with self._changed:
            goal = self._emitted
            if not self._consuming:
                self._until(lambda: self._handled >= goal)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep the reporters silent for a while, after all that was emitted so far: somebody is asked something.

        Nobody waits for room meanwhile: the thread that asks may itself be the one that has something to say.
        """
        with self._changed:
            self.flush()
            self._paused += 1
            self._changed.notify_all()
            if not self._consuming:
                self._until(lambda: self._resting)
        try:
            yield
        finally:
            with self._changed:
                self._paused -= 1
                self._resting = self._resting and self._paused > 0
                self._changed.notify_all()

    def close(self) -> None:
        """Let the reporters handle what is left, close them, and end the thread. May be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if not self._consuming and self._alive:
            self._thread.join(PATIENCE if self._hurried else None)

    @property
    def _alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def _consuming(self) -> bool:
        return threading.current_thread() is self._thread

    def _until(self, met: Callable[[], bool]) -> None:
        """Wait until it is so, or nobody is left who could make it so; interrupted, not for a screen that is stuck."""
        handled, since = self._handled, time.monotonic()
        while not met() and self._alive and not self._stuck:
            self._changed.wait(GLANCE)
            if self._handled != handled:
                handled, since = self._handled, time.monotonic()
            self._stuck = self._hurried and not self._paused and time.monotonic() - since > HURRY

    def _consume(self) -> None:
        """Handle events one by one until closed and empty, then close the reporters."""
        while act := self._next():
            act()
        self._tell(_shut)

    def _next(self) -> Callable[[], None] | None:
        """Wait for something to do."""
        with self._changed:
            while True:
                paused = self._paused and not self._closing
                if paused and not self._resting:
                    return self._rest
                if self._waiting and not paused:
                    return partial(self._handle, *self._waiting.popleft())
                if self._closing:
                    return None
                beats = not paused and any(isinstance(one, Display) for one in self._reporters)
                if not self._changed.wait(BEAT if beats else None) and beats:
                    return self._tick

    def _handle(self, event: Event, at: float) -> None:
        self._tell(partial(_hand, event, at))
        with self._changed:
            self._handled += 1
            self._stuck = False
            self._weight -= _weight(event)
            self._changed.notify_all()

    def _tick(self) -> None:
        self._tell(partial(_draw, max(self._clock.now(), self._latest)))

    def _rest(self) -> None:
        self._tell(_clear)
        with self._changed:
            self._resting = True
            self._changed.notify_all()

    def _tell(self, act: Callable[[Reporter], None]) -> None:
        """Tell every reporter; drop those that cannot listen."""
        for reporter in tuple(self._reporters):
            try:
                act(reporter)
            except BrokenPipeError:
                self.broken_pipe = True
                self._reporters.remove(reporter)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the consumer must outlive it
                self._reporters.remove(reporter)
                self._mourn(reporter, error)

    def _mourn(self, reporter: Reporter, error: BaseException) -> None:
        said = harmless(f"{type(error).__name__}: {error}")
        name = harmless(getattr(reporter, "title", "")) or f"the reporter `{type(reporter).__name__}`"
        err = self._err or sys.stderr
        with suppress(OSError, ValueError, AttributeError):
            err.write(f"warning: {name} failed and is not used any more: {said}\n")
            err.flush()


def _weight(event: Event) -> int:
    return WEIGHT + (len(event.line) if isinstance(event, OutputLine) else 0)


def _hand(event: Event, at: float, reporter: Reporter) -> None:
    reporter.handle(event, at)


def _draw(at: float, reporter: Reporter) -> None:
    if isinstance(reporter, Display):
        reporter.tick(at)


def _clear(reporter: Reporter) -> None:
    if isinstance(reporter, Display):
        reporter.rest()


def _shut(reporter: Reporter) -> None:
    reporter.close()
