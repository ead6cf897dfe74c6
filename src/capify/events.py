"""Facts about an invocation: a closed union of frozen values, in one total order.

Rule: an event says what is so, never how to show it. A new one breaks the type check of every reporter, not the screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from capify.machines import Server
from capify.outcomes import Outcome, Verdict
from capify.places import Place

Stream: TypeAlias = Literal["out", "err"]


@dataclass(frozen=True, slots=True)
class InvocationStarted:
    """Before anything connects: who will do what where."""

    id: str
    words: tuple[str, ...]
    stage: str | None
    chosen: Literal["named", "default", "none"]
    servers: tuple[Server, ...]
    user: str
    revision: str = ""  # what will be published, if something will be
    dry: bool = False
    log: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing: what was decided, and why."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that is probably not meant."""

    text: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Connected:
    """A server is ready for commands."""

    server: Server
    transport: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The way to a server broke; what ran there is unknown."""

    server: Server
    reason: str


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A task's body begins on a wave of servers; or the steps of a sequence begin."""

    task: str
    servers: tuple[Server, ...]
    depth: int = 0
    wave: int = 1
    waves: int = 1
    hook_of: str = ""
    place: Place | None = None
    sequence: bool = False


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """A task's body ended on its wave."""

    task: str
    ok: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class TaskSkipped:
    """A task did not run, and why."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class CommandStarted:
    """A command was sent to these servers; `text` is what was sent, where `command` only names it.

    One that `lasts` is not waited for to end (a `stream`, a `session`, a heartbeat): others may begin before.
    """

    command: str
    servers: tuple[Server, ...]
    reads: bool = False
    text: str = ""
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class CommandPreviewed:
    """A dry run shows a command that it does not run. No servers: on the operator's machine.

    `text` is what would be sent, where `command` only names it.
    """

    command: str
    servers: tuple[Server, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A dry run cannot know what comes next: it depends on something that was not done."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One whole line that a command wrote, without its end. `server` is `None` on the operator's machine.

    `quiet` lines were asked for by the recipe, not by the operator: they are stored, and not shown.
    """

    server: Server | None
    stream: Stream
    line: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Transferred:
    """So many bytes of a transfer to or from a server have gone. Some steps of each transfer are told, not all.

    `size` is how many it will be in all; 0 where nobody knows.
    """

    server: Server
    command: str
    done: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """A command ended on one server (`None`: on the operator's machine)."""

    server: Server | None
    command: str
    status: int
    note: str = ""
    seconds: float = 0.0
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Undoing:
    """Something failed; what `task` registered to undo its work runs now."""

    task: str


@dataclass(frozen=True, slots=True)
class Interrupting:
    """Ctrl-C was pressed: the first stops and undoes, the second lets everything go."""

    hard: bool = False


@dataclass(frozen=True, slots=True)
class LiveNow:
    """What is live on a server, as last seen or made by this invocation."""

    server: Server
    release: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Tabled:
    """A recipe shows a table, as data: its title, the names of its columns, and its rows of text."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything that the last screen says about a failure."""

    message: str
    task: str = ""
    place: Place | None = None
    command: str = ""
    tails: Mapping[Server, tuple[str, ...]] = field(default_factory=dict)
    endings: Mapping[Server, str] = field(default_factory=dict)
    changed: str = ""
    advice: str = ""
    traceback: str = ""
    ours: bool = False  # a fault of Capify itself: nobody but its makers can mend it
    wave: str = ""  # of which task, where there were several: "2 of 3 of `restart`"; later ones did not begin


@dataclass(frozen=True, slots=True)
class InvocationEnded:
    """The end: every server's outcome, what is live, and the exit status."""

    status: int
    outcomes: tuple[Outcome, ...] = ()
    live: tuple[LiveNow, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0


Event: TypeAlias = (
    InvocationStarted
    | Notice
    | Warned
    | Connected
    | ConnectionLost
    | TaskStarted
    | TaskEnded
    | TaskSkipped
    | CommandStarted
    | CommandPreviewed
    | Undecided
    | OutputLine
    | Transferred
    | CommandEnded
    | Undoing
    | Interrupting
    | LiveNow
    | Tabled
    | InvocationEnded
)

__all__ = [
    "CommandEnded",
    "CommandPreviewed",
    "CommandStarted",
    "Connected",
    "ConnectionLost",
    "Event",
    "Failure",
    "Interrupting",
    "InvocationEnded",
    "InvocationStarted",
    "LiveNow",
    "Notice",
    "Outcome",
    "OutputLine",
    "Stream",
    "Tabled",
    "TaskEnded",
    "TaskSkipped",
    "TaskStarted",
    "Transferred",
    "Undecided",
    "Undoing",
    "Verdict",
    "Warned",
]
