"""Whole screens, as lists of lines: the first line, the table at the end, the failure. Pure.

Rule: nothing is cut off in width, and no server that is not ok is ever folded away.
"""

import re
from collections.abc import Mapping, Sequence

from capify.events import Failure, InvocationEnded, InvocationStarted, LiveNow
from capify.machines import Server
from capify.outcomes import Verdict
from capify.reporters.colour import Paint, Style, plain
from capify.reporters.text import STATUSES, duration, harmless, indented, named
from capify.wording import counted

MANY = 24  # servers; what is the same on more than these is said once
TAIL = 20  # lines of every failed server

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_CHOICES = {"named": "", "default": " (the default stage)", "none": ""}


def opening(event: InvocationStarted, names: Mapping[Server, str], *, most: int = 10) -> str:
    """Word the first line: stage, servers, user; and the revision, if one will be published."""
    verb = "would publish" if event.dry else "publishes"
    parts = (
        "dry run, nothing will be changed" if event.dry else "",
        harmless(event.stage or "") + (_CHOICES[event.chosen] if event.stage else ""),
        named([names.get(server, server.name) for server in event.servers], most),
        f"as {harmless(event.user)}" if event.user else "",
        f"{verb} {_short(event.revision)}" if event.revision else "",
    )
    return " · ".join(part for part in parts if part)


def table(event: InvocationEnded, names: Mapping[Server, str], paint: Paint = plain, *, fold: bool = True) -> list[str]:
    """Draw the end: server, outcome, what is live now, and why where there is a reason."""
    live = {entry.server: _live(entry) for entry in event.live}
    rows = [
        (names.get(outcome.server, outcome.server.name), outcome.verdict, live.get(outcome.server, "not known"),
         harmless(outcome.detail.partition("\n")[0]))
        for outcome in event.outcomes
    ]
    if fold and len(rows) > MANY:
        rows = _folded(rows)
    titles = ("server", "outcome", "live now" if live else "", "why" if any(row[3] for row in rows) else "")
    shown = [index for index, title in enumerate(titles) if title]
    widths = [max(len(row[index]) for row in [titles, *rows]) for index in shown]
    lines = [_row([titles[index] for index in shown], widths, [Style.FAINT] * 4, paint=paint)]
    colours = [("", _colour(row[1]), "", "") for row in rows]
    return lines + [
        _row([row[index] for index in shown], widths, [colour[index] for index in shown], paint=paint)
        for row, colour in zip(rows, colours, strict=True)
    ]


def closing(event: InvocationEnded, paint: Paint = plain, *, dry: bool = False) -> str:
    """Word the last line of an invocation that has no failure to tell of."""
    took = duration(event.seconds)
    if event.status == 0:
        return paint(Style.GOOD, f"dry run done in {took}, nothing was changed" if dry else f"done in {took}")
    return paint(Style.CARE, f"{_status(event.status)} after {took} (exit {event.status})")


def failure_screen(
    event: InvocationEnded, failure: Failure, names: Mapping[Server, str], *, paint: Paint = plain, log: str = ""
) -> list[str]:
    """Say everything about a failure: the failed servers' last lines, and below them all that is known, in one view.

    The facts stand last, so that they are on the screen also when very many servers failed.
    """
    headline, *others = _headline(event, failure)
    facts = (
        ("task", failure.task), ("wave", failure.wave), ("at", str(failure.place or "")), ("command", failure.command),
        ("servers", "\n".join(_endings(failure, names))), ("changed", failure.changed), ("next", failure.advice),
        ("log", log),
    )
    lines = [line for label, text in facts if text for line in indented(text, f"  {label:<9}")]
    painted = [paint(Style.FAINT, line[:11]) + line[11:] for line in lines]
    spent = indented(failure.traceback, "  ", "  ") if failure.traceback else []
    return [*_tails(failure, names, paint), *spent, paint(Style.BAD, headline), *others, *painted]


def _short(revision: str) -> str:
    """Shorten commit ids; the numbers and names of others stay whole."""
    return revision[:7] if _COMMIT.fullmatch(revision) else harmless(revision)


def _live(entry: LiveNow) -> str:
    """Show a release with its revision."""
    return (harmless(entry.release) or "nothing") + (f" ({_short(entry.revision)})" if entry.revision else "")


def _folded(rows: Sequence[tuple[str, Verdict, str, str]]) -> list[tuple[str, Verdict, str, str]]:
    """Say once what is the same on many servers that are well, and every other server by itself."""
    well = [row for row in rows if row[1] is Verdict.OK]
    kinds = {kind: [row[0] for row in well if row[1:] == kind] for kind in dict.fromkeys(row[1:] for row in well)}
    said = [(found[0] if len(found) == 1 else counted(len(found), "server"), *kind) for kind, found in kinds.items()]
    return said + [row for row in rows if row[1] is not Verdict.OK]


def _row(cells: Sequence[str], widths: Sequence[int], colours: Sequence[str], *, paint: Paint) -> str:
    """Set one row; nothing is padded at its end."""
    last = max((index for index, cell in enumerate(cells) if cell), default=0)
    padded = [cell.ljust(width) for cell, width in zip(cells[:last], widths, strict=False)] + [cells[last]]
    return "  ".join(paint(colour, cell) if colour else cell for cell, colour in zip(padded, colours, strict=False))


def _colour(verdict: Verdict) -> Style:
    return Style.GOOD if verdict is Verdict.OK else Style.BAD


def _status(status: int) -> str:
    return STATUSES.get(status, "failed")


def _headline(event: InvocationEnded, failure: Failure) -> list[str]:
    """Say in one line what happened, and below it what the error has to say besides."""
    said, *more = [line for line in failure.message.split("\n") if not _repeats(line, failure)] or [""]
    status = _status(event.status)
    after = f" after {duration(event.seconds)}" if event.seconds else ""
    first = said + after if said.startswith(status) else f"{status}{after}: {said}"
    return indented("\n".join([first, *(line.removeprefix("  ") for line in more)]), "", "  ")


def _repeats(line: str, failure: Failure) -> bool:
    """Tell a line of an error's message that says for a server what the screen says below."""
    return any(line.startswith(f"  {server} | ") for server in failure.endings)


def _endings(failure: Failure, names: Mapping[Server, str]) -> list[str]:
    """List how it ended on every server; on very many, which servers ended in which way."""
    said = {names.get(server, server.name): harmless(text) for server, text in failure.endings.items()}
    if len(said) <= MANY:
        width = max(map(len, said), default=0)
        return [f"{name:<{width}}  {text}" for name, text in said.items()]
    kinds = {kind: [name for name, text in said.items() if text == kind] for kind in dict.fromkeys(said.values())}
    return [
        f"{kind}: {named(found) if kind in {'exit 0', 'ok'} else named(found, len(found))}"
        for kind, found in kinds.items()
    ]


def _tails(failure: Failure, names: Mapping[Server, str], paint: Paint) -> list[str]:
    """Show the last lines of every failed server; the same lines of several servers once."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for server, tail in failure.tails.items():
        groups.setdefault(tail[-TAIL:], []).append(names.get(server, server.name))
    lines = []
    for tail, (name, *others) in groups.items():
        if tail:
            prefix = paint(Style.BAD, name) + " | "
            also = [f"(the same from {', '.join(others)})"] if others else []
            lines += [*(prefix + harmless(line.rstrip("\r\n")) for line in tail), *also, ""]
    return lines
