"""What a process has said and nobody waited for yet; and when each part of it arrived. Pure.

Rule: only what lasts is kept: of output that nobody waited for, the last part.
"""

import re
from collections import deque

KEEP = 256 * 1024  # characters of unheard output in which a text is looked for


class Unheard:
    """One process's output, since what was heard last."""

    def __init__(self) -> None:
        self._text = ""
        self._gone = 0  # characters that were heard or dropped
        self._arrived: deque[tuple[int, float]] = deque()  # how many characters there were in all, and when

    def take(self, text: str, at: float) -> None:
        """Add what was said; `at` is the time."""
        if text:
            self._text += text
            self._arrived.append((self._gone + len(self._text), at))
            self._drop(len(self._text) - KEEP)

    def hear(self, pattern: re.Pattern[str]) -> tuple[str, float] | None:
        """Look for a text; what was said up to its end, and when its end arrived."""
        found = pattern.search(self._text)
        if found is None:
            return None
        said, end = self._text[: found.end()], self._gone + found.end()
        at = next((when for there, when in self._arrived if there >= end), 0.0)
        self._drop(found.end())
        return said, at

    def _drop(self, count: int) -> None:
        if count > 0:
            self._text = self._text[count:]
            self._gone += count
        while self._arrived and self._arrived[0][0] < self._gone:
            self._arrived.popleft()
