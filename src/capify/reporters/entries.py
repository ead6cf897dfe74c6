"""Entries: an event as the lines that a log keeps of it. Pure.

Rule: one line an event, except a table, and the end, which has a line for each thing it says, and how far a transfer
is, which has none. Everything is there, whole, harmless.
"""

import shlex
from collections.abc import Iterable
from typing import assert_never

from capify.events import (
    CommandEnded,
    CommandPreviewed,
    CommandStarted,
    Connected,
    ConnectionLost,
    Event,
    Failure,
    Interrupting,
    InvocationEnded,
    InvocationStarted,
    LiveNow,
    Notice,
    OutputLine,
    Tabled,
    TaskEnded,
    TaskSkipped,
    TaskStarted,
    Transferred,
    Undecided,
    Undoing,
    Warned,
)
from capify.machines import Server
from capify.reporters.columns import tabled
from capify.reporters.text import STATUSES, duration, ending, harmless


def entries(event: Event) -> list[str]:
    """Word an event for the log: what happened, where, and what was said."""
    match event:
        case OutputLine():
            quiet = " (quiet)" if event.quiet else ""
            return [harmless(f"{event.stream}{quiet} {_who(event.server)} | {event.line}")]
        case InvocationStarted():
            return [harmless(_started(event))]
        case InvocationEnded():
            return [harmless(line) for line in _ended(event)]
        case TaskStarted() | TaskEnded() | TaskSkipped() | Undoing() | Undecided():
            return [harmless(_task(event))]
        case CommandStarted() | CommandPreviewed():
            sent = [f"sent: {line}" for line in event.text.splitlines()]
            return [harmless(line) for line in (_command(event), *sent)]
        case CommandEnded():
            return [harmless(_command(event))]
        case Connected() | ConnectionLost() | LiveNow():
            return [harmless(_server(event))]
        case Notice() | Warned() | Interrupting():
            return [harmless(_remark(event))]
        case Tabled() | Transferred():
            return _shown(event)
        case _:
            assert_never(event)


def _shown(event: Tabled | Transferred) -> list[str]:
    if isinstance(event, Transferred):
        return []  # how it ended is told; how far it was meanwhile helps nobody afterwards
    return [f"table | {line}" for line in tabled(event.title, event.columns, event.rows)]


def _started(event: InvocationStarted) -> str:
    parts = (
        f"invocation {event.id}: {shlex.join(event.words)}",
        f"stage {event.stage or 'none'} ({event.chosen})",
        f"servers {_all(event.servers)}",
        f"as {event.user}" if event.user else "",
        f"revision {event.revision}" if event.revision else "",
        "dry run" if event.dry else "",
    )
    return "; ".join(part for part in parts if part)


def _ended(event: InvocationEnded) -> list[str]:
    live = {entry.server: f"; live now: {entry.release or 'nothing'} {entry.revision}".rstrip() for entry in event.live}
    failure = event.failure
    return [
        *(
            f"outcome {outcome.server.address}: {outcome.verdict}"
            + (f" ({outcome.detail})" if outcome.detail else "") + live.get(outcome.server, "")
            for outcome in event.outcomes
        ),
        *(_failure(failure) if failure else ()),
        f"ended: exit {event.status} ({STATUSES.get(event.status, 'failed')}) after {duration(event.seconds)}",
    ]


def _failure(failure: Failure) -> list[str]:
    facts = (
        ("task", failure.task), ("wave", failure.wave), ("at", str(failure.place or "")), ("command", failure.command),
        ("changed", failure.changed), ("next", failure.advice),
    )
    return [
        *(f"failure: {line}" for line in failure.message.split("\n")),
        *(f"failure: {label}: {text}" for label, text in facts if text),
        *(f"failure: on {server.address}: {text}" for server, text in failure.endings.items()),
        *(f"failure: {line}" for line in failure.traceback.rstrip().split("\n") if failure.traceback),
    ]


def _task(event: TaskStarted | TaskEnded | TaskSkipped | Undoing | Undecided) -> str:
    match event:
        case TaskStarted():
            parts = (
                f"task {event.task} on {_all(event.servers)}",
                f"wave {event.wave} of {event.waves}" if event.waves > 1 else "",
                event.hook_of,
                f"at {event.place}" if event.place else "",
            )
            return ", ".join(part for part in parts if part)
        case TaskEnded():
            return f"task {event.task} {'done' if event.ok else 'failed'}"
        case TaskSkipped():
            return f"task {event.task} skipped: {event.reason}"
        case Undoing():
            return f"undoing {event.task}"
        case Undecided():
            return f"decided at run time: {event.task}: {event.reason}"
        case _:
            assert_never(event)


def _command(event: CommandStarted | CommandEnded | CommandPreviewed) -> str:
    match event:
        case CommandStarted():
            return f"{'read' if event.reads else 'command'} on {_all(event.servers)} $ {event.command}"
        case CommandEnded():
            how = f"{ending(event.status, event.note)} after {duration(event.seconds)}"
            return f"command ended on {_who(event.server)}: {how} $ {event.command}"
        case CommandPreviewed():
            return f"would run on {_all(event.servers)} $ {event.command}"
        case _:
            assert_never(event)


def _server(event: Connected | ConnectionLost | LiveNow) -> str:
    match event:
        case Connected():
            return f"connected to {_who(event.server)} by {event.transport}"
        case ConnectionLost():
            return f"connection lost to {_who(event.server)}: {event.reason}"
        case LiveNow():
            return f"live on {_who(event.server)}: {event.release or 'nothing'} {event.revision}".rstrip()
        case _:
            assert_never(event)


def _remark(event: Notice | Warned | Interrupting) -> str:
    match event:
        case Notice():
            return f"note: {event.text}" + (f" ({event.place})" if event.place else "")
        case Warned():
            return f"warning: {event.text}" + "".join(f" ({place})" for place in event.places)
        case Interrupting():
            return "interrupted again: letting everything go" if event.hard else "interrupted: stopping"
        case _:
            assert_never(event)


def _who(server: Server | None) -> str:
    return server.address if server else "local"


def _all(servers: Iterable[Server]) -> str:
    return ", ".join(server.address for server in servers) or "local"
