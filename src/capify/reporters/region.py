"""The region: the lines below the cursor of a terminal, which are drawn again and again.

The cursor rests on an empty line, and the region stands below it. So to take it off is to erase everything behind the
cursor: nothing is counted upwards, and it makes no difference how a terminal has broken the lines anew meanwhile, nor
what anybody else wrote.

Rule: what was written stays written; an erasure begins at the cursor, and never goes back.
Rule: each change is one write, which leaves the cursor visible, lines breaking, and colours as they were.
"""

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO, cast

from capify.reporters.colour import BELOW, REST

SMALLEST: Final = os.terminal_size((30, 8))
_FALLBACKS: Final = str.maketrans({"·": "-", "…": "~", "█": "#", "░": "."})  # for terminals without these signs


class Region:
    """The region of the terminal behind a stream. May be called by any thread."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._lock = threading.RLock()
        self._drawn: tuple[str, ...] = ()
        self._size = SMALLEST

    @property
    def size(self) -> os.terminal_size:
        """Columns and rows of the terminal, as they are now; none of either where nobody knows."""
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self.stream.fileno())
        return os.terminal_size((0, 0))

    @property
    def ours(self) -> bool:
        """Whether we are in the foreground: a shell's other job must not be drawn over."""
        with suppress(OSError, ValueError):
            return os.tcgetpgrp(self.stream.fileno()) == os.getpgrp()
        return True

    def draw(self, text: str, rows: Sequence[str], size: os.terminal_size) -> None:
        """Write a text above the region, and draw these rows in it. Raises `OSError` for a terminal that is gone."""
        with self._lock:
            fitting = tuple(self._spelled(row) for row in rows[: max(size.lines - 2, 0)])
            if text or (fitting, size) != (self._drawn, self._size):
                erasure = BELOW if self._drawn else ""
                self._write(erasure + text + below(fitting))
                self._drawn, self._size = fitting, size

    def clear(self) -> None:
        """Take the region off, until it is drawn again."""
        self.draw("", (), self._size)

    def beside(self, stream: TextIO) -> TextIO:
        """Give a stream to this terminal that takes the region off before anything is written."""
        return cast("TextIO", Beside(stream, self))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Let what others in this process write to the terminal take the region off first, so that it stands alone."""
        before = sys.stdout, sys.stderr
        beside = [self.beside(stream) if _terminal(stream) else stream for stream in before]
        sys.stdout, sys.stderr = beside
        try:
            yield
        finally:
            if [sys.stdout, sys.stderr] == beside:
                sys.stdout, sys.stderr = before

    def _spelled(self, row: str) -> str:
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        try:
            row.encode(encoding)
        except UnicodeEncodeError:
            return row.translate(_FALLBACKS).encode(encoding, "replace").decode(encoding)
        return row

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):
            number = self.stream.fileno()
            if not os.get_blocking(number):  # programs that share our terminal (ssh is one) switch that off
                os.set_blocking(number, True)
        self.stream.write(text)
        self.stream.flush()


class Beside:
    """A stream to the same terminal: what is written to it stands above the region."""

    def __init__(self, stream: TextIO, region: Region) -> None:
        self._stream = stream
        self._region = region

    def __getattr__(self, name: str) -> Any:
        """Be the stream in everything else."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Take the region off, and write."""
        with suppress(OSError, ValueError):
            self._region.clear()
        return self._stream.write(text)

    def writelines(self, lines: Sequence[str]) -> None:
        """Do so once for all."""
        self.write("".join(lines))


def below(rows: Sequence[str]) -> str:
    """Spell how rows are drawn below the cursor, which then stands where it stood, in whatever column that is."""
    if not rows:
        return ""
    # First make room: each step down scrolls where there is none, and keeps the column. Then nothing scrolls any more,
    # and the cursor can be saved. Lines do not break meanwhile: a row that is wider than meant is cut by the terminal.
    room = "\x1bD" * len(rows) + f"\x1b[{len(rows)}A"
    return f"{room}\x1b7\x1b[?7l" + "".join(f"\r\n{row}{REST}" for row in rows) + "\x1b[?7h\x1b8"


def obstacle(out: TextIO, err: TextIO, environment: Mapping[str, str]) -> str:
    """Say why these two streams are no terminal to draw on; empty if they are."""
    for stream, name in ((out, "standard output"), (err, "the progress")):
        if not _terminal(stream):
            return f"{name} is not on a terminal"
    if environment.get("TERM", "dumb") in {"", "dumb", "unknown"}:
        return "this terminal cannot draw: `TERM` says so"
    size = Region(err).size
    if size.columns < SMALLEST.columns or size.lines < SMALLEST.lines:
        return f"this terminal has {size.columns} columns and {size.lines} rows"
    with suppress(OSError, ValueError):
        if os.fstat(out.fileno()).st_rdev != os.fstat(err.fileno()).st_rdev:
            return "standard output and the progress are on different terminals"
    return ""


def _terminal(stream: TextIO | None) -> bool:
    with suppress(OSError, ValueError, AttributeError):
        return stream is not None and stream.isatty()
    return False
