"""How messages are worded: lists, plurals, near names. Pure text, the same everywhere."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def ticked(words: Iterable[object]) -> str:
    """List words in backticks: `a`, `b` and `c`."""
    return listed([f"`{word}`" for word in words])


def listed(words: Sequence[str]) -> str:
    """Join words as a person would: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Say how many: 1 server, 2 servers."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def brief(text: str, most: int = 50) -> str:
    """Shorten a text to one line of a table; what is whole stands elsewhere."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def near(word: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Find the known names nearest to a word, best first."""
    return get_close_matches(word, sorted(set(names)), n=most, cutoff=0.6)


def suggestion(word: str, names: Iterable[str]) -> str:
    """Ask "did you mean ...?", or say nothing."""
    found = near(word, names)
    return f"did you mean {' or '.join(f'`{name}`' for name in found)}?" if found else ""
