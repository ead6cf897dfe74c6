"""Typos: which names of settings were probably meant to be known ones.

Rule: a plausible name of the user's own is never a typo. So a name must have the known one's words, with a slip in one
that makes no other word: letters swapped, doubled or left out; more only where the word is long.
"""

from collections.abc import Iterable

SHORT, LONG = 6, 10


def meant(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that somebody probably meant to write; `None` for a name of the user's own."""
    names = set(known)
    if name in names:
        return None
    return next((other for other in sorted(names) if _slipped(name, other)), None)


def _slipped(name: str, known: str) -> bool:
    written, right = _words(name), _words(known)
    if "".join(written).lower() == "".join(right):
        return True
    if len(written) != len(right):
        return False
    wrong = [(one, other) for one, other in zip(written, right, strict=True) if one != other]
    return len(wrong) == 1 and _misspelt(*wrong[0], alone=len(right) == 1)


def _words(name: str) -> list[str]:
    return name.replace("-", "_").split("_")


def _misspelt(word: str, right: str, *, alone: bool) -> bool:
    """Tell a slip from another word; beside words that are right (not `alone`), more counts as a slip."""
    if f"{word}s" == right or f"{right}s" == word:
        return not alone
    if _swapped(word, right) or _doubled(word, right):
        return True
    if len(right) < SHORT:
        return len(right) == SHORT - 1 and _left_out(word, right)
    if _distance(word, right) == 1:
        return len(right) > SHORT or not alone or _left_out(word, right)
    return len(right) >= LONG and _distance(word, right) == 2 and word[0] == right[0] and word[-1] == right[-1]


def _swapped(word: str, right: str) -> bool:
    return any(word == right[:at] + right[at + 1] + right[at] + right[at + 2 :] for at in range(len(right) - 1))


def _doubled(word: str, right: str) -> bool:
    return any(word == right[:at] + right[at] + right[at:] for at in range(len(right)))


def _left_out(word: str, right: str) -> bool:
    return any(word == right[:at] + right[at + 1 :] for at in range(1, len(right) - 1))


def _distance(one: str, other: str) -> int:
    """Count the letters to insert, leave out or replace."""
    row = list(range(len(other) + 1))
    for line, letter in enumerate(one, 1):
        above, row = row, [line]
        for column, against in enumerate(other, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (letter != against)))
    return row[-1]
