"""The log: everything about an invocation, in a file on the operator's disk that only the operator can read.

Rule: a log never fails an invocation. Where it cannot be written it says so, once, and is silent from then on.
Rule: only files that are named like a log, and that nobody is writing, are ever pruned; a log goes with its events.
"""

import fcntl
import os
import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from capify.events import Event
from capify.reporters.entries import entries
from capify.reporters.text import harmless

KEPT = 100  # logs of a project
EVENTS = ".jsonl"  # the end of the file beside a log that has the same as events
_NAME = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9_.-]+\.(?:log|jsonl)")


class Log:
    """Reporter that stores every event, time stamped in UTC.

    `path` is where, and empty when the file could not be made. `err` is told why (default: standard error).
    """

    def __init__(self, path: Path, *, err: TextIO | None = None) -> None:
        self._err = err
        self._file: TextIO | None = None
        self.path = ""
        try:
            self._file = created(path)
            self.path = str(path)
        except OSError as error:
            self._warn(f"there will be no log of this invocation: {error}")

    def handle(self, event: Event, at: float) -> None:
        """Write one event."""
        if self._file is not None:
            try:
                moment = stamp(at)
                # At once, so that the log is whole also when this process is killed.
                self._file.write("".join(f"{moment} {line}\n" for line in entries(event)))
                self._file.flush()
            except OSError as error:
                self._warn(f"the log {self.path} is not complete, it could not be written: {error}")
                self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):  # what is still buffered after a full disk fails once more
                self._file.close()
            self._file = None

    def _warn(self, text: str) -> None:
        err = self._err or sys.stderr
        with suppress(OSError, ValueError, AttributeError):
            err.write(f"warning: {harmless(text)}\n")
            err.flush()


def stamp(at: float) -> str:
    """Write a moment (seconds since the epoch) as UTC in ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log_path(project: str, invocation: str, *, at: float, environment: Mapping[str, str]) -> Path:
    """Choose the file of an invocation: `capify/<project>/<UTC time>-<id>.log` where the user's programs keep state."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    return state_folder(environment) / _word(project) / f"{moment}-{_word(invocation)}.log"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Find where Capify keeps what outlives an invocation; it need not exist yet."""
    # The standard says that a relative folder is to be ignored.
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = Path(environment.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises without one
        private = Path(environment.get("TMPDIR") or "/tmp") / f"capify-{os.getuid()}"  # noqa: S108 - made 0700, named by user
        state = home / ".local" / "state" if home.is_absolute() else private
    return state / "capify"


def prune(folder: Path, keep: int = KEPT) -> None:
    """Remove the oldest logs of a folder beyond the `keep` newest; whatever cannot be removed stays."""
    with suppress(OSError):
        stems = sorted({Path(entry.name).stem for entry in os.scandir(folder) if _is_log(entry)})
        for stem in stems[: max(len(stems) - keep, 0)]:
            with suppress(OSError):
                _remove(folder, stem)


def created(path: Path) -> TextIO:
    """Make the file, and what is missing above it, for this user alone; a file or link that is there is not touched."""
    for folder in reversed([folder for folder in path.parents if not folder.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with suppress(OSError):  # some network file systems have no locks; then nothing there is ever pruned
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace")


def _word(text: str) -> str:
    """Make a name one plain part of a path: no separators, never hidden, never `..`, never too long."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).lstrip(".")[:100] or "-"


def _is_log(entry: os.DirEntry[str]) -> bool:
    return bool(_NAME.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)


def _remove(folder: Path, stem: str) -> None:
    """Remove a log and its events, unless an invocation still holds one of them."""
    free = []
    with ExitStack() as stack:
        for path in (folder / f"{stem}.log", folder / f"{stem}{EVENTS}"):
            with suppress(FileNotFoundError):
                number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                stack.callback(os.close, number)
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                free.append(path)
        for path in free:
            path.unlink()
