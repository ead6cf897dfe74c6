"""Facts that servers and people noted in records, locks and journals: numbers read strictly, and ages in words.

Rule: pure. What is no number is `None`, and never guessed at.
"""

import re
from collections.abc import Mapping

_COUNT = re.compile(r"0|[1-9][0-9]{0,14}")


def count(text: str) -> int | None:
    """Read a whole number that a server said; `None` for anything else, and for what is too long to be one."""
    return int(text) if _COUNT.fullmatch(text) else None


def ago(facts: Mapping[str, str], now: int | None) -> str:
    """Say how long ago it was `when` these facts became so, behind a comma; nothing where that is not known."""
    when = count(facts.get("when", ""))
    return "" if now is None or when is None else f", {age(now - when)} ago"


def age(seconds: int) -> str:
    """Say how long that is, in the largest unit that fits."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if abs(seconds) >= size:
            number = abs(seconds) // size
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{max(seconds, 0)} s"
