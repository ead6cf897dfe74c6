"""The board: what each server is doing at the moment, as far as events tell. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from capify.events import (
    CommandEnded,
    CommandStarted,
    Connected,
    ConnectionLost,
    Event,
    Interrupting,
    InvocationEnded,
    InvocationStarted,
    OutputLine,
    TaskEnded,
    TaskStarted,
    Transferred,
    Undoing,
)
from capify.machines import Server
from capify.reporters.text import ending, labels

WAITING, CONNECTING, CONNECTED = "waiting", "connecting", "connected"
RUNNING, DONE, FAILED = "running", "done", "failed"
_NOT_RUN = ("skipped", "previewed")


@dataclass
class Doing:
    """A command that runs on a server: since when, what it said last, and how far its transfer is."""

    command: str
    since: float
    said: str = ""
    done: int = 0
    size: int = 0
    lasts: bool = False


@dataclass
class Standing:
    """What is known of one server: its state, the commands that run on it, and how the last one ended."""

    state: str = WAITING
    since: float = 0.0
    doing: list[Doing] = field(default_factory=list)
    took: float = 0.0
    ended: str = ""


class Board:
    """What is going on. Servers are those of the current wave, and others on which something runs."""

    def __init__(self) -> None:
        self.names: dict[Server, str] = {}
        self._everyone: tuple[Server, ...] = ()
        self._tasks: list[tuple[TaskStarted, float]] = []
        self._places: dict[Server | None, Standing] = {}
        self._began = 0.0
        self._connecting = False  # no task has begun yet
        self._undoing = ""  # what is taken back
        self._stopping = False

    def take(self, event: Event, at: float) -> None:
        """Take note of one event."""
        match event:
            case InvocationStarted():
                self._begin(event, at)
            case InvocationEnded():
                self._everyone, self._connecting, self._undoing = (), False, ""
                self._tasks.clear()
            case TaskStarted() | TaskEnded():
                self._task(event, at)
            case CommandStarted():
                self._start(event, at)
            case CommandEnded():
                self._end(event, at)
            case OutputLine() | Transferred():
                self._move(event)
            case Undoing():
                self._undoing = event.task
            case Interrupting():
                self._stopping = True
            case Connected() | ConnectionLost():
                self._connect(event)
            case _:
                pass

    @property
    def quiet(self) -> bool:
        """Whether nothing is going on, or something that is shown line by line for as long as it lasts."""
        idle = not self.title
        return idle or any(one.lasts and one.said for place in self._places.values() for one in place.doing)

    @property
    def title(self) -> str:
        """What is done at the moment: the task, and its wave."""
        if self._undoing:
            return f"undoing {self._undoing}"
        if not self._tasks:
            return CONNECTING if self._connecting else ""
        task = self._tasks[-1][0]
        wave = f", wave {task.wave} of {task.waves}" if task.waves > 1 else ""
        return f"stopping {task.task}{wave}" if self._stopping else task.task + wave

    @property
    def since(self) -> float:
        """When that began."""
        return self._tasks[-1][1] if self._tasks else self._began

    @property
    def places(self) -> Sequence[tuple[str, Standing]]:
        """What is known of each server that matters now, by its name; the operator's own machine comes last."""
        wave = self._tasks[-1][0].servers if self._tasks else self._everyone
        busy = [server for server, place in self._places.items() if server is not None and place.doing]
        shown = [(self._name(server), self._standing(server)) for server in dict.fromkeys([*wave, *busy])]
        here = self._places.get(None)
        return [*shown, ("local", here)] if here is not None and here.doing else shown

    def _begin(self, event: InvocationStarted, at: float) -> None:
        self.names = labels(event.servers)
        self._everyone, self._began, self._connecting = event.servers, at, bool(event.servers)
        self._places = {server: Standing(CONNECTING, at) for server in event.servers}

    def _connect(self, event: Connected | ConnectionLost) -> None:
        place = self._standing(event.server)
        if isinstance(event, Connected):
            place.state = CONNECTED
        else:
            place.state, place.ended, place.doing = FAILED, "the connection was lost", []

    def _task(self, event: TaskStarted | TaskEnded, at: float) -> None:
        if isinstance(event, TaskStarted):
            self._tasks.append((event, at))
            self._connecting, self._undoing = False, ""
            for server in event.servers:
                place = self._standing(server)
                if not place.doing:
                    place.state, place.since = WAITING, at
            return
        for index in reversed(range(len(self._tasks))):
            begun = self._tasks[index][0]
            if (begun.task, begun.depth) == (event.task, event.depth):
                del self._tasks[index]
                return

    def _start(self, event: CommandStarted, at: float) -> None:
        for server in event.servers or (None,):
            place = self._standing(server)
            place.state, place.since = RUNNING, at
            place.doing.append(Doing(event.command, at, lasts=event.lasts))

    def _end(self, event: CommandEnded, at: float) -> None:
        place = self._standing(event.server)
        ours = [one for one in place.doing if one.command == event.command]
        if ours:
            place.took = at - ours[0].since
            place.doing.remove(ours[0])
        bad = event.status != 0 and not event.quiet and not event.note.startswith(_NOT_RUN)
        said = f" | {ours[0].said}" if ours and ours[0].said else ""
        place.ended = ending(event.status, event.note) + said if bad else ""
        if bad:
            place.state = FAILED
        elif not place.doing:
            place.state = DONE

    def _move(self, event: OutputLine | Transferred) -> None:
        place = self._standing(event.server)
        if isinstance(event, OutputLine):
            if place.doing and not event.quiet and event.line.strip():
                place.doing[-1].said = event.line
            return
        for one in place.doing:
            if one.command == event.command:
                one.done, one.size = event.done, event.size

    def _standing(self, server: Server | None) -> Standing:
        return self._places.setdefault(server, Standing())

    def _name(self, server: Server) -> str:
        return self.names.get(server, server.name)
