"""A transcript: the whole screen of one invocation or plan, to be compared with what a test says.

Rule: the whole of it. What a test does not mention was not shown, or the test fails.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Self

from capify.events import Event
from capify.testing.sameness import Names


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was shown, and how it ended. `data` is what of `screen` went to standard output, `events` all facts."""

    screen: str
    status: int = 0
    data: str = ""
    events: tuple[Event, ...] = ()

    def shows(self, screen: str) -> Self:
        """Claim the whole screen; indentation in common does not count, nor do times, releases and commits.

        An empty text claims silence.
        """
        __tracebackhide__ = True
        _compare("the screen", screen, self.screen)
        return self

    def prints(self, data: str) -> Self:
        """Claim all that went to standard output: what `cap … > file` would have written."""
        __tracebackhide__ = True
        _compare("standard output", data, self.data)
        return self

    def exits(self, status: int) -> Self:
        """Claim the exit status."""
        __tracebackhide__ = True
        if self.status != status:
            raise AssertionError(f"it exits with {self.status}, not {status}; the screen:\n{self.screen}")
        return self


def _compare(what: str, said: str, shown: str) -> None:
    __tracebackhide__ = True
    expected, actual = Names().plain(_lines(dedent(said))), Names().plain(_lines(shown))
    if expected != actual:
        difference = "\n".join(_difference(expected, actual))
        raise AssertionError(f"{what} differs (- the test, + what was shown):\n{difference}\n\nall of it:\n{shown}")


def _lines(text: str) -> Sequence[str]:
    """Take a text apart; empty lines around it do not count."""
    return text.strip("\n").rstrip().split("\n")


def _difference(expected: list[str], actual: list[str]) -> list[str]:
    return [line for line in difflib.ndiff(expected, actual) if not line.startswith("?")]
