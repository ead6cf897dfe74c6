"""How far a transfer is, told now and then. Pure.

Rule: a transfer of any length is told in a bounded number of steps, so that events of many servers stay few.
"""

from collections.abc import Callable

STEPS = 20  # of a transfer whose size is known
SMALLEST = 256 * 1024  # bytes; one of unknown size is told whenever it has doubled


class Progress:
    """Counts the bytes of one transfer, and tells (`done`, `size`) when that is worth it; `size` 0 is unknown."""

    def __init__(self, size: int, tell: Callable[[int, int], None]) -> None:
        self._size = size
        self._tell = tell
        self._done = 0
        self._next = max(size // STEPS, 1) if size else SMALLEST

    def add(self, number: int) -> None:
        """Note that so many bytes more have gone."""
        self._done += number
        if self._done >= self._next or (self._size and self._done == self._size):
            self._next = self._done + max(self._size // STEPS, 1) if self._size else self._done * 2
            self._tell(self._done, self._size)
