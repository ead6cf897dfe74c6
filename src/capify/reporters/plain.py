"""Plain: an invocation as calm lines of text, the same on a terminal, in a pipe and in a CI log.

Rule: what commands wrote to their standard output goes to ours; everything else goes to standard error.
Rule: every line of output has exactly one prefix; nothing that is shown can steer the terminal.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TextIO, assert_never

from capify.events import (
    CommandEnded,
    CommandPreviewed,
    CommandStarted,
    Connected,
    ConnectionLost,
    Event,
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
from capify.places import Place
from capify.reporters.colour import HOSTS, Paint, Style, ansi, plain
from capify.reporters.columns import tabled
from capify.reporters.screens import closing, failure_screen, opening, table
from capify.reporters.sheets import Sheet
from capify.reporters.text import duration, ending, harmless, indented, labels, named

LOCAL = "local"  # the prefix of the operator's machine
QUIET, NORMAL, VERBOSE, THOROUGH = -1, 0, 1, 2
_STOPPING = "stopping, and undoing what was begun; Ctrl-C again lets everything go"
_EXPECTED = ("skipped", "previewed")  # notes of commands that did not run, as they should not


class Plain:
    """Reporter of an invocation; `verbosity` is -1 (`-q`), 0 or more (`-v`). `inert` respells every line (`Sheet`)."""

    def __init__(
        self,
        out: TextIO,
        err: TextIO,
        *,
        verbosity: int = NORMAL,
        colour: bool = False,
        debug: bool = False,
        inert: Callable[[str], str] = str,
    ) -> None:
        self._out = Sheet(out, inert)
        self._err = Sheet(err, inert)
        self._verbosity = verbosity
        self._debug = debug
        self._paint: Paint = ansi if colour else plain
        # Data may be piped while progress is on a terminal; a pipe gets no escapes, whatever the other one shows.
        self._paint_out: Paint = ansi if colour and self._out.terminal else plain
        self._names: dict[Server, str] = {}
        self._hues: dict[Server | None, str] = {None: Style.FAINT}
        self._width = 0
        self._dry = False
        self._log = ""
        self._tasks: list[tuple[TaskStarted, float]] = []
        self._waiting: list[TaskStarted] = []  # sequences in which nothing was told yet

    @property
    def broken(self) -> bool:
        """Whether the reader of standard output went away; `cap` then ends as if by SIGPIPE, once it is done."""
        return isinstance(self._out.lost, BrokenPipeError)

    def handle(self, event: Event, at: float) -> None:
        """Show one event."""
        match event:
            case OutputLine():
                self.say(event)
            case Tabled():
                for line in tabled(event.title, event.columns, event.rows):
                    self._data(line)
            case InvocationStarted() | InvocationEnded():
                self._frame(event)
            case TaskStarted() | TaskEnded() | TaskSkipped() | Undoing():
                self._task(event, at)
            case CommandStarted() | CommandEnded() | CommandPreviewed() | Undecided():
                self._command(event)
            case Connected() | ConnectionLost() | LiveNow():
                self._server(event)
            case Transferred():  # its beginning and its end are lines; what lies between is for a display
                return
            case Notice() | Warned() | Interrupting():
                self._remark(event)
            case _:
                assert_never(event)

    def close(self) -> None:
        """Nothing is kept back, so nothing is left to do."""

    def shows(self, event: OutputLine) -> bool:
        """Whether a line of output is loud enough to be shown."""
        return self._verbosity >= (VERBOSE if event.quiet else NORMAL)

    def say(self, event: OutputLine, label: str = "") -> None:
        """Show a line of output, behind its server's name or behind a label that stands for several."""
        if not self.shows(event):
            return
        # What the recipe asked for is not data that the operator asked for, also when -v shows it.
        data = event.stream == "out" and not event.quiet
        paint = self._paint_out if data else self._paint
        name = (label or self._name(event.server)).ljust(self._width)
        if event.server not in self._hues:
            self._hues[event.server] = HOSTS[(len(self._hues) - 1) % len(HOSTS)]
        said = harmless(event.line.rstrip("\r\n"))
        line = f"{paint(self._hues[event.server], name)} | {said}"
        self.catch_up()
        self._data(line) if data else self._err.line(line)

    def _data(self, line: str) -> None:
        """Write to standard output; where that cannot be done, say so once."""
        known = self._out.lost
        self._out.line(line)
        if self._out.lost is not known and not self.broken:
            self._warn(f"standard output cannot be written, what follows is in the log only: {self._out.lost}")

    def _frame(self, event: InvocationStarted | InvocationEnded) -> None:
        match event:
            case InvocationStarted():
                self._names = labels(event.servers)
                self._width = max(map(len, self._names.values()), default=0)
                self._hues |= {server: HOSTS[index % len(HOSTS)] for index, server in enumerate(event.servers)}
                self._dry, self._log = event.dry, event.log
                if event.servers or event.dry:
                    most = len(event.servers) if self._verbosity >= VERBOSE else 10
                    self._say(self._paint(Style.TASK, opening(event, self._names, most=most)))
                if event.log:
                    self._say(f"log: {harmless(event.log)}", VERBOSE)
            case InvocationEnded():
                self._end(event)
            case _:
                assert_never(event)

    def _end(self, event: InvocationEnded) -> None:
        """Close with the table and one line; after a failure with everything about it."""
        if event.outcomes:
            self._say("", QUIET)
            for line in table(event, self._names, self._paint, fold=self._verbosity < VERBOSE):
                self._say(line, QUIET)
        if event.failure is None:
            self._say(closing(event, self._paint, dry=self._dry), QUIET)
            return
        if event.outcomes:
            self._say("", QUIET)
        # A recipe's own error is told by its line; what is our fault, or asked for, in full. The log has it anyway.
        told = event.failure if event.failure.ours or self._debug else replace(event.failure, traceback="")
        for line in failure_screen(event, told, self._names, paint=self._paint, log=self._log):
            self._say(line, QUIET)

    def _task(self, event: TaskStarted | TaskEnded | TaskSkipped | Undoing, at: float) -> None:
        match event:
            case TaskStarted():
                self._tasks.append((event, at))
                if event.sequence and self._verbosity == NORMAL:
                    self._waiting.append(event)
                else:
                    self._say(self._heading(event))
            case TaskEnded():
                self._leave(event, at)
            case TaskSkipped():
                self._say(f"{self._margin}{harmless(event.task)}: skipped, {harmless(event.reason)}")
            case Undoing():
                self._say(self._paint(Style.CARE, f"undoing {harmless(event.task)}"), QUIET)
            case _:
                assert_never(event)

    def _heading(self, event: TaskStarted) -> str:
        """Name a task, and what is not already clear from the lines above it."""
        everywhere = set(event.servers) == set(self._names)
        parts = (
            event.hook_of,
            "" if event.waves == 1 and (event.sequence or everywhere) else self._which(event.servers),
            f"wave {event.wave} of {event.waves}" if event.waves > 1 else "",
            str(event.place) if event.place and self._verbosity >= VERBOSE else "",
        )
        rest = "".join(f" · {harmless(part)}" for part in parts if part)
        return "  " * event.depth + self._paint(Style.TASK, harmless(event.task)) + rest

    def _leave(self, event: TaskEnded, at: float) -> None:
        """Forget the innermost task of that name; parallel tasks need not end in the order of their beginning."""
        self._waiting = [one for one in self._waiting if (one.task, one.depth) != (event.task, event.depth)]
        for index in reversed(range(len(self._tasks))):
            begun, since = self._tasks[index]
            if (begun.task, begun.depth) == (event.task, event.depth):
                del self._tasks[index]
                verb = "done" if event.ok else "failed"
                self._say(f"{'  ' * event.depth}{harmless(event.task)} {verb} in {duration(at - since)}", VERBOSE)
                return

    def _command(self, event: CommandStarted | CommandEnded | CommandPreviewed | Undecided) -> None:
        match event:
            case CommandStarted():
                wave = self._tasks[-1][0].servers if self._tasks else tuple(self._names)
                where = "" if set(event.servers) == set(wave) else f"{self._which(event.servers)} "
                first = self._margin + self._paint(Style.FAINT, f"{where}$") + " "
                rest = " " * len(f"{self._margin}{where}$ ")
                self._lines(event.command, first, rest, needed=VERBOSE if event.reads else NORMAL)
                self._sent(event.text)
            case CommandEnded():
                self._ended(event)
            case CommandPreviewed():
                where = f"would run on {self._which(event.servers)}: " if event.servers else "would run locally: "
                self._lines(event.command, f"{self._margin}{where}", f"{self._margin}    ")
                self._sent(event.text)
            case Undecided():
                about = f" ({harmless(event.task)})" if event.task else ""
                self._lines(event.reason + about, f"{self._margin}decided at run time: ", f"{self._margin}    ")
            case _:
                assert_never(event)

    def _sent(self, text: str) -> None:
        """Show what is sent where the line above only names it."""
        for line in text.splitlines():
            self._say(self._paint(Style.FAINT, f"{self._margin}    {harmless(line)}"), THOROUGH)

    def _ended(self, event: CommandEnded) -> None:
        """Say how a command ended where that is worth a line: it failed, or every timing is wanted."""
        bad = event.status != 0 and not event.quiet and not event.note.startswith(_EXPECTED)
        said = f"{self._margin}{self._name(event.server)}: {ending(event.status, event.note)}"
        if self._verbosity >= VERBOSE:
            said += f" in {duration(event.seconds)}"
        self._say(self._paint(Style.BAD, said) if bad else said, NORMAL if bad else VERBOSE)

    def _server(self, event: Connected | ConnectionLost | LiveNow) -> None:
        name = self._name(event.server)
        match event:
            case Connected():
                self._say(f"connected to {name} ({harmless(event.transport)})", VERBOSE)
            case ConnectionLost():
                text = f"lost the connection to {name}, what ran there is unknown: {event.reason}"
                for line in indented(text, "", "  "):
                    self._say(self._paint(Style.BAD, line), QUIET)
            case LiveNow():
                revision = f" ({harmless(event.revision)})" if event.revision else ""
                self._say(f"live on {name}: {harmless(event.release) or 'nothing'}{revision}", VERBOSE)
            case _:
                assert_never(event)

    def _remark(self, event: Notice | Warned | Interrupting) -> None:
        match event:
            case Notice():
                place = f" ({event.place})" if event.place else ""
                self._lines(event.text + place, "note: ", "  ")
            case Warned():
                self._warn(event.text, event.places)
            case Interrupting():
                if self._err.terminal:
                    self._say("", QUIET)  # the terminal itself wrote `^C`, and stands behind it
                text = "letting everything go" if event.hard else _STOPPING
                self._say(self._paint(Style.CARE, text), QUIET)
            case _:
                assert_never(event)

    def _warn(self, text: str, places: tuple[Place, ...] = ()) -> None:
        self._lines(text, self._paint(Style.CARE, "warning:") + " ", "  ", needed=QUIET)
        for place in places:
            self._say(f"  at {harmless(str(place))}", QUIET)

    def _lines(self, text: str, first: str, rest: str, *, needed: int = NORMAL) -> None:
        for line in indented(text, first, rest):
            self._say(line, needed)

    def _say(self, line: str, needed: int = NORMAL) -> None:
        if self._verbosity >= needed:
            self.catch_up()
            self._err.line(line)

    def catch_up(self) -> None:
        """Tell which sequences the next line belongs to, where nothing was told in them yet."""
        while self._waiting:
            self._err.line(self._heading(self._waiting.pop(0)))

    @property
    def _margin(self) -> str:
        """Where commands of the current task begin."""
        return "  " * (self._tasks[-1][0].depth + 1) if self._tasks else "  "

    def _name(self, server: Server | None) -> str:
        return LOCAL if server is None else self._names.get(server, server.name)

    def _which(self, servers: tuple[Server, ...]) -> str:
        names = [self._name(server) for server in servers] or [LOCAL]
        return named(names, len(names) if self._verbosity >= VERBOSE else 10)
