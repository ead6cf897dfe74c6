"""Processes of this machine: who descends from whom, and ending them with certainty.

Rule 1: only processes that the fleet started, and their descendants, are ever signalled.
Rule 2: whatever ends this interpreter, a guard outside of it ends what the fleet started.
"""

import contextlib
import os
import subprocess
from collections import defaultdict
from pathlib import Path

_PROC = Path("/proc")
_GUARD = """
held=
while read -r sign process; do
  case $sign in
    +) held="$held $process" ;;
    -) rest=; for one in $held; do [ "$one" = "$process" ] || rest="$rest $one"; done; held=$rest ;;
  esac
done
for one in $held; do kill -KILL "$one"; done 2> /dev/null
"""


def descendants(ancestor: int) -> list[int]:
    """List a process's descendants, parents before their children; none where `/proc` is not mounted."""
    children: dict[int, list[int]] = defaultdict(list)
    for process in _all():
        with contextlib.suppress(OSError, ValueError, IndexError):
            state = (_PROC / str(process) / "stat").read_text(errors="replace").rpartition(")")[2].split()
            children[int(state[1])].append(process)
    found, waiting = [], [ancestor]
    while waiting:
        offspring = children[waiting.pop(0)]
        found += offspring
        waiting += offspring
    return found


def marked(variable: str) -> list[int]:
    """List the processes that have this `NAME=value` in their environment, as far as this user may look."""
    wanted, found = variable.encode(), []
    for process in _all():
        with contextlib.suppress(OSError):
            if wanted in (_PROC / str(process) / "environ").read_bytes().split(b"\0"):
                found.append(process)
    return found


def command_line(process: int) -> str:
    """Show what a process was started as; empty for a zombie or a process that is gone."""
    with contextlib.suppress(OSError):
        words = (_PROC / str(process) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        return b" ".join(words).decode("utf-8", "backslashreplace")
    return ""


def signal_all(processes: list[int], number: int) -> None:
    """Send a signal to each process that is still there."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


class Guard:
    """A small process that outlives this one just long enough to end what the fleet started."""

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["sh", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that Ctrl-C does not end the guard before the guarded
        )

    def hold(self, process: int) -> None:
        """End this process when the interpreter ends, however it does."""
        self._tell(f"+ {process}\n")

    def release(self, process: int) -> None:
        """Forget a process that has ended: its number may be given to another."""
        self._tell(f"- {process}\n")

    def close(self) -> None:
        """End the guard, and whatever it still holds."""
        if self._shell.stdin is not None:
            self._shell.stdin.close()
        self._shell.wait()

    def _tell(self, line: str) -> None:
        assert self._shell.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._shell.stdin.write(line.encode())
            self._shell.stdin.flush()


def _all() -> list[int]:
    try:
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return []
