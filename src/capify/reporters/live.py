"""Live: an invocation on a terminal. What happened scrolls up as plain lines; below them stands what goes on now.

Rule: every permanent line is one of `Plain`'s, or says who said the line above it; nothing that `Plain` shows is lost.
Rule: what several servers said to a command is shown when all have said it, the same words once.
Rule: at the end, and while somebody is asked, nothing but permanent lines is on the terminal.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from capify.events import Event, InvocationStarted, OutputLine
from capify.reporters.alike import Voice, headline, spoken
from capify.reporters.board import Board
from capify.reporters.colour import Paint, ansi, plain
from capify.reporters.holding import Holding, Shown
from capify.reporters.plain import NORMAL, Plain
from capify.reporters.region import Region
from capify.reporters.strip import strip
from capify.reporters.text import labels

CALM = 0.05  # seconds between two drawings while lines come in

_GIVEN = ("encoding", "isatty", "fileno")


class Live:
    """Reporter (a `capify.ports.Display`) that draws on the terminal of a region. `verbosity` is 0 or more (`-v`)."""

    def __init__(
        self, region: Region, *, verbosity: int = NORMAL, colour: bool = False, debug: bool = False
    ) -> None:
        self._region = region
        self._lines = Lines(region)
        stream = cast("TextIO", self._lines)
        self._plain = Plain(stream, stream, verbosity=verbosity, colour=colour, debug=debug)
        self._whole = verbosity > NORMAL
        self._paint: Paint = ansi if colour else plain
        self._board = Board()
        self._holding = Holding()
        self._names = labels(())
        self._at = 0.0  # now, as far as anybody has said
        self._drawn = 0.0
        self._visible = False  # nothing is drawn of what is over at once

    def handle(self, event: Event, at: float) -> None:
        """Show one event."""
        self._at = at
        with self._careful():
            self._board.take(event, at)
            if isinstance(event, InvocationStarted):
                self._names = labels(event.servers)
            if not isinstance(event, OutputLine) or self._plain.shows(event):
                for shown in self._holding.take(event):
                    self._show(shown)
            if self._lines.waiting and at - self._drawn >= CALM:
                self._draw()

    def tick(self, at: float) -> None:
        """Draw what goes on, as it is now."""
        self._at, self._visible = at, True
        with self._careful():
            self._draw()

    def rest(self) -> None:
        """Take what goes on off the terminal, until the next tick."""
        self._visible = False
        self._draw()

    def close(self) -> None:
        """Show what is left, and leave the terminal as any program does."""
        for shown in self._holding.release():
            self._show(shown)
        self.rest()

    @contextmanager
    def _careful(self) -> Iterator[None]:
        """Leave the terminal tidy, whatever goes wrong: a reporter that fails is not asked again."""
        try:
            yield
        except BaseException:
            with suppress(OSError, ValueError):
                self._region.draw(self._lines.taken(), (), self._region.size)
            raise

    def _show(self, shown: Shown) -> None:
        if isinstance(shown, list):
            self._tell(shown)
        else:
            self._plain.handle(shown, self._at)

    def _tell(self, found: list[Voice]) -> None:
        said = headline(found, self._names)
        if said:
            self._lines.add(said)
        told = spoken(found, self._names, whole=self._whole)
        width = max((len(one.label) for one in told), default=0)
        for one in told:
            for line in one.lines:
                self._plain.say(line, one.label.ljust(width))
            if one.also:
                self._lines.add(one.also)

    def _draw(self) -> None:
        size = self._region.size
        rows = strip(self._board, size, self._at, paint=self._paint) if self._visible and self._region.ours else []
        self._region.draw(self._lines.taken(), rows, size)
        self._drawn = self._at


class Lines:
    """A stream that keeps what is written to it until it is taken, and is otherwise the terminal."""

    def __init__(self, region: Region) -> None:
        self._stream = region.stream
        self._kept: list[str] = []

    def __getattr__(self, name: str) -> object:
        """Be the terminal in what a sheet asks for."""
        if name in _GIVEN:
            return getattr(self._stream, name)
        raise AttributeError(name)

    @property
    def waiting(self) -> bool:
        """Whether something is kept."""
        return bool(self._kept)

    def add(self, line: str) -> None:
        """Keep a line."""
        self.write(f"{line}\n")

    def write(self, text: str) -> int:
        """Keep a text."""
        self._kept.append(text)
        return len(text)

    def flush(self) -> None:
        """Nothing: it is drawn together with what goes on."""

    def taken(self) -> str:
        """Give what was kept, and keep it no longer."""
        text = "".join(self._kept)
        self._kept.clear()
        return text
