"""The events of an invocation in the file beside its log, so that it can be replayed and reported.

Rule: as a log, this never fails an invocation; where there can be no log, there is no such file either.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from capify.ports import Reporter
from capify.reporters.json_lines import JsonLines
from capify.reporters.log import EVENTS, Log, created
from capify.reporters.text import harmless


def kept_events(log: Log, invocation: str, *, err: TextIO | None = None) -> tuple[Reporter, ...]:
    """Make the reporter that keeps the events beside a log; none where that is impossible, and `err` is told why."""
    if not log.path:
        return ()
    path = Path(log.path).with_suffix(EVENTS)
    try:
        return (JsonLines(created(path), invocation, name=str(path), err=err),)
    except OSError as error:
        with suppress(OSError, ValueError, AttributeError):
            (err or sys.stderr).write(f"warning: {harmless(f'this invocation cannot be replayed later: {error}')}\n")
        return ()
