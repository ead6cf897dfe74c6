"""The story of an invocation, told from its events for a report: tasks, commands, and what each server said. Pure.

Rule: output belongs to the command that its server was working on; what fits to none stands under its task.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from capify.events import (
    CommandEnded,
    CommandPreviewed,
    CommandStarted,
    ConnectionLost,
    Event,
    Interrupting,
    InvocationEnded,
    InvocationStarted,
    Notice,
    OutputLine,
    Tabled,
    TaskEnded,
    TaskSkipped,
    TaskStarted,
    Undecided,
    Undoing,
    Warned,
)
from capify.machines import Server
from capify.reporters.columns import tabled
from capify.reporters.json_lines import Recorded
from capify.reporters.text import ending

FINE = frozenset({"ok", "no", "skipped"})  # how a command may end without being a failure


@dataclass(slots=True)
class Part:
    """What a command did on one server (`None`: here). `kind` is ok, no, skipped, failed or unknown."""

    began: float
    ended: float = 0.0
    kind: str = ""
    ending: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)  # stream and text


@dataclass(slots=True)
class Sent:
    """One command, on all the servers that it went to; `text` is what was sent, where `command` only names it."""

    number: int
    task: str
    command: str
    text: str
    parts: dict[Server | None, Part]

    @property
    def failed(self) -> bool:
        """Whether it did not end well on some server."""
        return any(part.kind not in FINE for part in self.parts.values())


@dataclass(slots=True)
class Chapter:
    """A task, or what was said between tasks: remarks and commands in their order."""

    title: str
    depth: int = 0
    about: str = ""
    ok: bool | None = None
    seconds: float = 0.0
    content: list["Sent | str"] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """All that a report tells. Without `started` or `ended` the recording is not whole."""

    id: str
    began: float = 0.0
    until: float = 0.0
    started: InvocationStarted | None = None
    ended: InvocationEnded | None = None
    chapters: list[Chapter] = field(default_factory=list)

    @property
    def commands(self) -> Iterator[Sent]:
        """Every command, in the order in which they were sent."""
        return (one for chapter in self.chapters for one in chapter.content if isinstance(one, Sent))


class Teller:
    """Takes recorded events one by one, and makes the story of them."""

    def __init__(self, invocation: str) -> None:
        self.story = Story(invocation)
        self._open: list[tuple[TaskStarted, float, Chapter]] = []
        self._count = 0
        self._working: dict[Server | None, list[tuple[str, Part]]] = {}  # commands that have not ended

    def take(self, event: Event, at: float) -> None:
        """Take one event."""
        self.story.began = self.story.began or at
        self.story.until = at
        match event:
            case InvocationStarted():
                self.story.started = event
            case InvocationEnded():
                self.story.ended = event
            case TaskStarted():
                self._begin(event, at)
            case TaskEnded():
                self._end(event, at)
            case CommandStarted() | CommandPreviewed():
                self._send(event, at)
            case CommandEnded():
                self._close(event, at)
            case OutputLine():
                self._hear(event, at)
            case _:
                self._remark(event)

    def finish(self) -> Story:
        """Say of what is still open that its end was not seen."""
        for sent in self.story.commands:
            for part in sent.parts.values():
                if not part.kind:
                    part.kind, part.ending, part.ended = "unknown", "its end was not seen", self.story.until
        return self.story

    def _begin(self, event: TaskStarted, at: float) -> None:
        wave = f"wave {event.wave} of {event.waves}" if event.waves > 1 else ""
        about = " · ".join(part for part in (event.hook_of, wave, str(event.place or "")) if part)
        chapter = Chapter(event.task, event.depth, about)
        self.story.chapters.append(chapter)
        self._open.append((event, at, chapter))

    def _end(self, event: TaskEnded, at: float) -> None:
        for index in reversed(range(len(self._open))):
            begun, since, chapter = self._open[index]
            if (begun.task, begun.depth) == (event.task, event.depth):
                chapter.ok, chapter.seconds = event.ok, at - since
                del self._open[index]
                return

    @property
    def _chapter(self) -> Chapter:
        """The chapter that goes on now: what comes after an inner task stands in one of its own, below that."""
        title, depth = (self._open[-1][0].task, self._open[-1][0].depth) if self._open else ("", 0)
        chapters = self.story.chapters
        if not chapters or (chapters[-1].title, chapters[-1].depth) != (title, depth):
            chapters.append(Chapter(title, depth, "goes on" if title else ""))
        return chapters[-1]

    def _send(self, event: CommandStarted | CommandPreviewed, at: float) -> None:
        dry = isinstance(event, CommandPreviewed)
        parts: dict[Server | None, Part] = {
            server: Part(at, at, "skipped", "not run: this was a dry run") if dry else Part(at)
            for server in event.servers or (None,)
        }
        self._add(event.command, event.text, parts)
        for server, part in parts.items():
            if not part.kind:
                self._working.setdefault(server, []).append((event.command, part))

    def _add(self, command: str, text: str, parts: dict[Server | None, Part]) -> None:
        self._count += 1
        chapter = self._chapter
        chapter.content.append(Sent(self._count, chapter.title, command, text, parts))

    def _close(self, event: CommandEnded, at: float) -> None:
        working = self._working.get(event.server, [])
        index = next((at for at in reversed(range(len(working))) if working[at][0] == event.command), len(working) - 1)
        if index < 0:
            return
        part = working.pop(index)[1]
        part.ended = at
        part.began = max(part.began, at - event.seconds) if event.seconds else part.began
        part.ending = ending(event.status, event.note)
        part.kind = _kind(event)

    def _hear(self, event: OutputLine, at: float) -> None:
        working = self._working.get(event.server)
        part = working[-1][1] if working else self._loose(event.server, at)
        part.lines.append((event.stream, event.line))

    def _loose(self, server: Server | None, at: float) -> Part:
        """Keep what is said while no command runs: lines of one moment together."""
        content = self._chapter.content
        if not content or not isinstance(content[-1], Sent) or content[-1].command:
            self._add("", "", {})
        sent = content[-1]
        assert isinstance(sent, Sent)
        return sent.parts.setdefault(server, Part(at, at, "ok", "said"))

    def _remark(self, event: Event) -> None:
        said = _said(event)
        if said:
            self._chapter.content.append(said)


def story_of(recorded: Iterable[Recorded]) -> Story:
    """Tell the story of one invocation's recorded events."""
    teller: Teller | None = None
    for one in recorded:
        teller = teller or Teller(one.invocation)
        teller.take(one.event, one.at)
    return (teller or Teller("")).finish()


def _kind(event: CommandEnded) -> str:
    if event.status == 0 and not event.note:
        return "ok"
    if event.note.startswith(("skipped", "previewed")):
        return "skipped"
    if event.note == "lost":
        return "unknown"
    return "no" if event.quiet and not event.note else "failed"  # a question that was answered with no


def _said(event: Event) -> str:
    match event:
        case Notice():
            return f"note: {event.text}" + (f" ({event.place})" if event.place else "")
        case Warned():
            return f"warning: {event.text}" + "".join(f" ({place})" for place in event.places)
        case TaskSkipped():
            return f"{event.task}: skipped, {event.reason}"
        case Undecided():
            return f"decided at run time: {event.reason}"
        case ConnectionLost():
            return f"lost the connection to {event.server.address}, what ran there is unknown: {event.reason}"
        case Undoing():
            return f"undoing {event.task}"
        case Tabled():
            return "\n".join(tabled(event.title, event.columns, event.rows))
        case Interrupting():
            return "interrupted again: letting everything go" if event.hard else "interrupted: stopping"
    return ""
