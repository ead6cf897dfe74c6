"""`--events`: where the events of an invocation go, besides its log.

Rule: standard output with events carries nothing else: whatever anybody writes there, goes to standard error instead.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from capify.cli.arguments import Arguments
from capify.errors import UsageError

STANDARD = "-"


@contextmanager
def events_stream(arguments: Arguments) -> Iterator[TextIO | None]:
    """Open what `--events` names, to be written behind what is in it; `None` without. Raises `UsageError`."""
    destination = arguments.events
    if destination is None:
        yield None
    elif destination == STANDARD:
        if (arguments.log_to or "stderr").lower() != "stderr":
            text = "`--events -` wants standard output for itself, and `-l` sends the progress elsewhere than to stderr"
            raise UsageError(text, hint="leave out `-l`, or give `--events` a file")
        with _standard_output() as stream:
            yield stream
    else:
        with _file(destination) as stream:
            yield stream


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    """Keep standard output for events; recipes and programs that write to it, write to standard error."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
        os.dup2(2, 1)
    except OSError as error:
        raise UsageError(f"`--events -` needs standard output and standard error: {error.strerror}") from error
    try:
        with open(kept, "w", encoding="utf-8", closefd=False) as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _file(destination: str) -> TextIO:
    try:
        # What servers said may be private: nobody else can read a file that is made here.
        number = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(number, "a", encoding="utf-8")
    except OSError as error:
        hint = "`--events` takes a file, or `-` for standard output"
        raise UsageError(f"cannot write to `{destination}`: {error.strerror}", hint=hint) from error
