"""Frames: what the courier says, apart from what commands write.

Rule: output is never changed and never kept waiting, but for what may still become a marker.
"""

from typing import TypeAlias

Piece: TypeAlias = "bytes | tuple[str, ...]"
"""Output as bytes; a frame as its words."""

LONGEST = 4096  # bytes of a frame; more behind a marker without a line end is not a frame


class Framer:
    """Splits one stream into output and frames. A marker is one unguessable word whose first byte it holds once."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._held = b""

    def expect(self, mark: bytes) -> None:
        """Look for another marker from now on."""
        self._mark = mark

    def feed(self, data: bytes) -> list[Piece]:
        """Take what came, in whatever portions; return what is settled, in order."""
        data = self._held + data
        pieces: list[Piece] = []
        settled = search = 0
        while (start := data.find(self._mark, search)) >= 0:
            end = data.find(b"\n", start, start + LONGEST)
            if end >= 0:
                pieces += [data[settled:start], _words(data[start + len(self._mark) : end])]
                settled = search = end + 1
            elif len(data) - start >= LONGEST:
                search = start + 1
            else:
                break
        held = start if start >= 0 else self._beginning(data, search)
        pieces.append(data[settled:held])
        self._held = data[held:]
        return [piece for piece in pieces if piece != b""]

    def rest(self) -> bytes:
        """Give up what was held back: the stream has ended, so it was output."""
        rest, self._held = self._held, b""
        return rest

    def _beginning(self, data: bytes, search: int) -> int:
        """Find where a marker may have begun at the very end."""
        start = data.rfind(self._mark[:1], max(search, len(data) - len(self._mark) + 1))
        return start if start >= 0 and self._mark.startswith(data[start:]) else len(data)


def _words(line: bytes) -> tuple[str, ...]:
    return tuple(line.decode("utf-8", "replace").split())
