"""The strip: a board as rows for a region, fitted to a terminal's width and height. Pure.

Rule: no row is wider than the terminal, and never are there more rows than half of it.
Rule: no row is wider than 59 columns on any terminal. One that becomes narrower breaks wider rows anew, and some would
scroll away, where they cannot be taken off any more.
Rule: of more servers than fit, those are shown that matter: failed, then the longest at work; the others are counted.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import combining, east_asian_width

from capify.reporters.board import CONNECTED, CONNECTING, DONE, FAILED, RUNNING, WAITING, Board, Doing, Standing
from capify.reporters.colour import Paint, Style
from capify.reporters.colour import plain as unpainted
from capify.reporters.columns import ELLIPSIS
from capify.reporters.text import duration, harmless

ORDER: Final = (FAILED, RUNNING, CONNECTING, WAITING, CONNECTED, DONE)  # what matters first
WIDEST: Final = 59  # columns of a row
BAR: Final = 10  # columns of a bar
TIME: Final = 7  # columns of a time, which stands at their right
_COLOURS: Final = {
    FAILED: Style.BAD, DONE: Style.GOOD, CONNECTED: Style.GOOD, WAITING: Style.FAINT, CONNECTING: Style.FAINT,
}  # fmt: skip
_UNITS: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    time: str
    text: str
    state: str
    said: str = ""


def strip(board: Board, size: os.terminal_size, at: float, *, paint: Paint = unpainted) -> list[str]:
    """Draw what goes on; `at` is now. Nothing where nothing does, or where there is no room for it."""
    places = list(board.places)
    width, most = min(size.columns - 1, WIDEST), size.lines // 2 - 1
    if board.quiet or not places or most < 3 or width < 20:
        return []
    shown = chosen(places, most - 1)
    rows = [_Row(name, _time(place, at), _text(place), place.state, _said(place)) for name, place in shown]
    lines = [paint(Style.TASK, fitted(_headline(board, places, at), width)), *_set(rows, width, paint)]
    left = Counter(place.state for _, place in places) - Counter(row.state for row in rows)
    if left:
        rest = f"{ELLIPSIS} and {left.total()} more: {_counts(left)}"
        lines.append(paint(Style.FAINT, fitted(f"  {rest}", width)))
    return lines


def chosen(places: Sequence[tuple[str, Standing]], most: int) -> list[tuple[str, Standing]]:
    """Choose whom to show, in the order of the servers; of too many one row less, for what is said of the others."""
    if len(places) <= most:
        return list(places)
    ranked = sorted(range(len(places)), key=lambda index: (ORDER.index(places[index][1].state), places[index][1].since))
    return [places[index] for index in sorted(ranked[: most - 1])]


def fitted(text: str, width: int) -> str:
    """Cut a text to a number of columns; some characters take two, and some none."""
    text = harmless(text.replace("\t", " "))
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[: min(len(text) - 1, width - 1)]
    return text.rstrip() + ELLIPSIS if width > 0 else ""


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def bar(done: int, size: int) -> str:
    """Draw how far a transfer is; of one whose size nobody knows, how much has come."""
    if not size:
        return amount(done)
    share = min(done / size, 1.0)
    full = int(share * BAR)
    return f"{'█' * full}{'░' * (BAR - full)} {int(share * 100):>3} %"


def amount(number: int) -> str:
    """Say how many bytes these are."""
    return next((f"{number / unit:.1f} {name}" for unit, name in _UNITS if number >= unit), f"{number} B")


def _set(rows: Sequence[_Row], width: int, paint: Paint) -> list[str]:
    """Set rows below each other: names get a third of the width at most, and text what is left."""
    room = min(max((columns(row.name) for row in rows), default=0), max(width // 3, 8))
    lines = []
    for row in rows:
        name = fitted(row.name, room)
        head = "  " + name + " " * (room - columns(name)) + row.time.rjust(TIME) + "  "
        text = _told(row, width - columns(head))
        colour = _COLOURS.get(row.state)
        lines.append(head + (paint(colour, text) if colour else text))
    return lines


def _told(row: _Row, room: int) -> str:
    """Say what is done and what was said last, which gets half of the room if it needs it."""
    if not row.said:
        return fitted(row.text, room)
    said = f" | {row.said}"
    return fitted(fitted(row.text, max(room - columns(said), room // 2)) + said, room)


def _headline(board: Board, places: Sequence[tuple[str, Standing]], at: float) -> str:
    counts = _counts(Counter(place.state for _, place in places)) if len(places) > 1 else ""
    return " · ".join(part for part in (board.title, counts, _seconds(at - board.since)) if part)


def _counts(states: Counter[str]) -> str:
    return ", ".join(f"{states[state]} {state}" for state in ORDER if states[state])


def _time(place: Standing, at: float) -> str:
    if place.state == CONNECTING or place.doing:
        return _seconds(at - (place.doing[-1].since if place.doing else place.since))
    return _took(place.took) if place.state in {DONE, FAILED} and place.took else ""


def _seconds(seconds: float) -> str:
    """Say how long it takes so far; whole seconds, so that nobody's eye is drawn to them."""
    whole = int(max(seconds, 0.0))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}h {whole // 60 % 60:02}m"


def _took(seconds: float) -> str:
    return duration(seconds) if seconds < 60 else _seconds(seconds)


def _text(place: Standing) -> str:
    if place.state == FAILED:
        return f"failed: {place.ended}"
    return _doing(place.doing[-1]) if place.doing else place.state


def _doing(doing: Doing) -> str:
    moving = f"{bar(doing.done, doing.size)}  " if doing.done else ""
    return moving + " ".join(doing.command.split())


def _said(place: Standing) -> str:
    return place.doing[-1].said.strip() if place.doing else ""
