"""What can go wrong, grouped by what the reader can do about it. Each carries its exit status.

CapifyError
├─ UsageError       2    fix the command line
├─ RecipeError      2    fix the recipe: says file and line
├─ Refused          3    a rule said no: lock, policy, protection, nothing to roll back to
│  └─ Overtaken          somebody else took what we held: nothing is ours to change any more
├─ CheckFailed      4    a check found something
├─ ConnectFailed    5    fix the network or the login: holds a reason for each server
├─ TaskFailed       1    the task, or something on a server
│  ├─ CommandFailed      holds every server's result, successes too
│  ├─ ServersDisagree    one answer was wanted, and there are several
│  └─ Aborted            the recipe said `abort()`, and chose the status
├─ RolledBack       6    it failed, and everything was put back
├─ Inconsistent     7    it failed, and the servers differ: says which
└─ Interrupted    130    Ctrl-C

Rule: an error words itself in lower case, without a full stop, names in `backticks`; `hint` is the one thing to try.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from capify.machines import Server
from capify.places import Place
from capify.wording import counted, ticked

if TYPE_CHECKING:
    from capify.outcomes import Results

TAIL = 20  # lines of a failed command that its message shows
LONGEST = 200  # characters of an answer that a message shows


class CapifyError(Exception):
    """Anything that Capify says is wrong.

    `setting` names the setting whose value is at fault: then the place that is shown is where that was set.
    """

    status = 1

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "", setting: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
        self.setting = setting

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{where}{self.message}{hint}"


class UsageError(CapifyError):
    """The command line is wrong."""

    status = 2


class RecipeError(CapifyError):
    """A recipe is wrong; found before anything connects."""

    status = 2


class Refused(CapifyError):
    """A rule forbids it."""

    status = 3


class Overtaken(Refused):
    """Somebody else took what this invocation held. An undo that raises it had nothing to undo any more."""


class CheckFailed(CapifyError):
    """A check found something to mend."""

    status = 4


class ConnectFailed(CapifyError):
    """Servers could not be reached or logged in to; no server ran anything."""

    status = 5

    def __init__(self, reasons: Mapping[Server, str]) -> None:
        self.reasons = dict(reasons)
        lines = "".join(f"\n  {server} | {reason}" for server, reason in self.reasons.items())
        super().__init__(f"could not connect to {ticked(self.reasons)}{lines}")


class TaskFailed(CapifyError):
    """A task could not do its work."""

    status = 1


class CommandFailed(TaskFailed):
    """A command failed on some servers; `results` has every server's result."""

    def __init__(self, results: "Results", *, place: Place | None = None, hint: str = "") -> None:
        self.results = results
        failed = results.failed
        total = f" of {counted(len(results), 'server')}" if len(results) > len(failed) else ""
        lines = "".join(f"\n  {server} | {result.ending}: {result.command}" for server, result in failed.items())
        super().__init__(f"command failed on {ticked(failed)}{total}{lines}", place=place, hint=hint)


class ServersDisagree(TaskFailed):
    """Servers gave different answers where one was wanted; `groups` has who said what."""

    def __init__(self, what: str, groups: Mapping[str, Sequence[Server]], *, place: Place | None = None) -> None:
        self.groups = {answer: tuple(servers) for answer, servers in groups.items()}
        lines = "".join(f"\n  {ticked(servers)}: {_shortened(answer)}" for answer, servers in self.groups.items())
        super().__init__(
            f"servers disagree about {what}{lines}",
            place=place,
            hint="ask one of them with `once=True`, or take every answer with `each=True`",
        )


def _shortened(answer: str) -> str:
    """Show an answer so that all of them fit on a screen."""
    return repr(answer) if len(answer) <= LONGEST else f"{answer[:LONGEST]!r}… ({counted(len(answer), 'character')})"


class Aborted(TaskFailed):
    """The recipe ended the invocation by `abort(message, exit=1)`."""

    def __init__(self, message: str, status: int = 1, *, place: Place | None = None) -> None:
        super().__init__(message, place=place)
        self.status = status


class RolledBack(TaskFailed):
    """It failed, and what had been done was undone."""

    status = 6


class Inconsistent(TaskFailed):
    """It failed, and the servers differ now."""

    status = 7


class Interrupted(CapifyError):
    """The operator pressed Ctrl-C."""

    status = 130
