"""Whole lines from chunks of bytes. Pure.

Rule: every byte comes out once, in order; a line is held back until it ends, or grows past a bound.
"""

LONGEST = 16 * 1024 * 1024  # bytes of a line without end that are held back


class Lines:
    """Cuts one stream of one command into lines, without their ends."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[str]:
        """Take a chunk; return the lines that it completes."""
        *whole, rest = chunk.split(b"\n")
        if not whole:
            self._hold(rest)
            return self.flush() if self._size > LONGEST else []
        first = b"".join([*self._held, whole[0]])
        self._held, self._size = [], 0
        self._hold(rest)
        return [_text(line) for line in (first, *whole[1:])]

    def flush(self) -> list[str]:
        """Return what is held back: a half line at the end of the stream."""
        held = b"".join(self._held)
        self._held, self._size = [], 0
        return [_text(held)] if held else []

    def _hold(self, rest: bytes) -> None:
        if rest:
            self._held.append(rest)
            self._size += len(rest)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
