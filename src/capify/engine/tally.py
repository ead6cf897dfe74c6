"""What one line of a block has given so far, and how long it may take.

Rule: what is kept in memory is bounded by the line's `keep`; everything is passed on to whoever watches.
"""

import asyncio
from collections.abc import Callable

from capify.blocks import Line
from capify.events import Stream
from capify.machines import Server
from capify.outcomes import LOST, Result


class Tally:
    """A result in the making; without an end it is one that was skipped."""

    def __init__(self, server: Server, line: Line, index: int) -> None:
        self.server = server
        self.line = line
        self.index = index
        self.status: int | None = None
        self.note = "skipped"
        self._kept: dict[str, bytearray] = {"out": bytearray(), "err": bytearray()}
        self._truncated = False

    def sent(self) -> None:
        """Note that it may have begun: until its end is seen, it is lost."""
        self.note = "lost"

    def take(self, stream: Stream, data: bytes) -> None:
        """Keep what it wrote, up to the bound."""
        kept = self._kept[stream]
        room = self.line.keep - len(kept)
        kept += data[:room] if room > 0 else b""
        self._truncated = self._truncated or len(data) > room

    def end(self, status: int | None, note: str = "") -> None:
        """Note its end. `None` is the status of what never ran; a note says what the status cannot."""
        self.status = status
        self.note = note or ("skipped" if status is None else "")

    @property
    def ok(self) -> bool:
        """Whether it ended, and ended well."""
        return self.status == 0 and not self.note

    def result(self) -> Result:
        """Make the result of what is known now."""
        status = LOST if self.status is None else self.status
        out, err = (bytes(self._kept[name]) for name in ("out", "err"))
        return Result(self.server, self.line.shown, status, out, err, self.note, self._truncated)


class Deadlines:
    """The bounds in time of a running line: in all, and since it last wrote. They count from its begin."""

    def __init__(self, line: Line, expired: Callable[[str], None]) -> None:
        self._line = line
        self._expired = expired
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._heard = 0.0

    def begin(self) -> None:
        """Start counting."""
        self.heard()
        if self._line.timeout:
            note = f"timed out after {self._line.timeout:g} s"
            self._timers.append(self._loop.call_later(self._line.timeout, self._expired, note))
        if self._line.silence:
            self._listen(self._line.silence)

    def heard(self) -> None:
        """Note that it wrote something."""
        self._heard = self._loop.time()

    def end(self) -> None:
        """Stop counting."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _listen(self, seconds: float) -> None:
        self._timers.append(self._loop.call_later(seconds, self._check_silence))

    def _check_silence(self) -> None:
        left = self._heard + self._line.silence - self._loop.time()
        if left > 0:
            self._timers.pop()
            self._listen(left)
        else:
            self._expired(f"silent for {self._line.silence:g} s")
