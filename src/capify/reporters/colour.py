"""Colour: the only module that writes terminal escapes, besides `region`, which moves the cursor.

Rule: every escape that is opened is closed on the same line, and none comes from outside.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Literal, TextIO, TypeAlias


class Style(StrEnum):
    """What a piece of text is, as the number of its colour."""

    TASK = "1"
    GOOD = "32"
    BAD = "1;31"
    CARE = "33"
    FAINT = "2"


BELOW = "\x1b[J"  # clears everything behind the cursor
REST = "\x1b[K"  # clears the rest of a line
ERASE = "\x1b[0K"  # clears the rest of a line; logs of CI systems know their marks by it
HOSTS = ("36", "35", "34", "32", "33", "96", "95", "94")  # the prefixes of servers, in turn
Paint: TypeAlias = Callable[[str, str], str]
"""Takes a colour and a text; gives the text as it is written."""


def plain(_colour: str, text: str) -> str:
    """Write a text without its colour."""
    return text


def ansi(colour: str, text: str) -> str:
    """Write a text in its colour."""
    return f"\x1b[{colour}m{text}\x1b[0m" if text else text


def wanted(
    stream: TextIO, environment: Mapping[str, str], choice: Literal["auto", "always", "never"] = "auto"
) -> bool:
    """Decide whether a stream gets colour: what the user chose, else `NO_COLOR`, else whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    return not environment.get("NO_COLOR") and environment.get("TERM", "dumb") != "dumb" and stream.isatty()
