"""The scene: which task's body runs now, on which servers, inside which `cd`, `env`, `as_user`.

Rule: the words of a recipe act on the scene of their own context. A stray thread has none, so its words raise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from capify.engine.holding import Held
from capify.engine.undo import Transactions
from capify.errors import ConnectFailed, RecipeError
from capify.events import Event, LiveNow, Warned
from capify.machines import Server
from capify.outcomes import Outcome
from capify.places import here
from capify.plan.excuses import refuse_missing
from capify.plan.planner import Planner, Step
from capify.ports import Terminal
from capify.recipe.book import Book
from capify.recipe.guard import acting
from capify.recipe.tasks import Task
from capify.shell import Wrapping

if TYPE_CHECKING:  # recipes import words that live on this; what runs them is loaded when something runs
    from capify.engine.batching import Gathering
    from capify.engine.crew import Crew
    from capify.engine.loop import Loop
    from capify.engine.processes import Programs


@dataclass(frozen=True, slots=True)
class Blame:
    """What failed: the innermost task that it came from, and the waves it stood in, innermost first."""

    error: BaseException
    task: str
    wave: str = ""

    def within(self, wave: str) -> "Blame":
        """Note a wave around it."""
        return replace(self, wave=f"{self.wave}, in wave {wave}" if self.wave else wave)


@dataclass(slots=True)
class Invocation:
    """One call of `cap` while it runs: its parts, and what is known so far."""

    id: str
    book: Book
    planner: Planner
    loop: "Loop"
    crew: "Crew"
    terminal: Terminal
    emit: Callable[[Event], None]
    words: tuple[str, ...] = ()  # of the command line
    dry: bool = False
    asks: bool = False  # `-d`: confirm every remote command
    skips_unreachable: bool = False  # servers that cannot be connected to are excused, where the tasks allow it
    programs: "Programs | None" = None  # what stands in for this machine's own programs, in a test
    transactions: Transactions = field(default_factory=Transactions)
    held: Held = field(default_factory=Held)
    live: dict[Server, LiveNow] = field(default_factory=dict)
    published: dict[Server, str] = field(default_factory=dict)  # what this invocation made live
    bad: dict[Server, Outcome] = field(default_factory=dict)  # servers that did not end ok
    excused: dict[Server, str] = field(default_factory=dict)  # servers that could not be reached, and why
    previewed: bool = False  # a dry run has left something undone that later answers may depend on
    changed: bool = False  # a command that may change something was sent
    touched: set[Server] = field(default_factory=set)  # servers that a command was sent to
    undoing: bool = False  # what was registered is being undone: tasks that this calls run without their hooks
    undone: bool = False  # a transaction has undone what was registered
    let_go: bool = False  # Ctrl-C was pressed twice: nothing new begins, not even an undo
    streaming: bool = False  # a command runs that Ctrl-C ends well
    depth: int = 0
    failed: "Blame | None" = None  # what failed last
    called: set[str] = field(default_factory=set)  # tasks that bodies called, with all that belongs to them
    irreversible: list[str] = field(default_factory=list)  # what tasks did that no undo takes back

    def connect(self, servers: Iterable[Server], steps: Iterable[Step] = ()) -> None:
        """Connect to those that are not connected yet, for these steps. Raises `ConnectFailed`: then none stays so.

        With `skips_unreachable` those that cannot be reached are excused, unless a step cannot do without them.
        """
        wanted = tuple(steps)
        refuse_missing(wanted, self.excused)
        gone = {*self.crew.servers, *self.excused}
        new = [server for server in dict.fromkeys(servers) if server not in gone]
        if new:
            self.loop.call(self.crew.connect(new, lambda reasons: self._excuse(wanted, reasons)))

    def _excuse(self, steps: tuple[Step, ...], reasons: Mapping[Server, str]) -> None:
        """Go on without servers that cannot be reached; not without all, nor without one that something was done on."""
        if not self.skips_unreachable or not self.crew.servers or self.touched & reasons.keys():
            raise ConnectFailed(reasons)
        refuse_missing(steps, {**self.excused, **reasons})
        self.excused.update(reasons)
        for server, reason in reasons.items():
            self.emit(Warned(f"`{server}` is skipped, because it cannot be reached: {reason}"))


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a body stands.

    `outer` plans what is called here where the body has no servers of its own. `dropped` are servers on which a task
    with `on_error="continue"` has failed. `gathering` keeps the commands of a batch until its end.
    """

    invocation: Invocation
    task: Task
    outer: Planner
    wave: tuple[Server, ...] = ()
    wrapping: Wrapping = field(default_factory=Wrapping)
    dropped: set[Server] = field(default_factory=set)
    gathering: "Gathering | None" = None

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers that commands go to."""
        return tuple(server for server in self.within if server not in self.invocation.excused)

    @property
    def within(self) -> tuple[Server, ...]:
        """The servers that are planned for: also those that are excused, so that no task moves from one to another."""
        return tuple(server for server in self.wave if server not in self.dropped)

    @property
    def planner(self) -> Planner:
        """Who plans the tasks that are called here: never for a server that the callers do not work on."""
        if not self.wave:
            return self.outer
        return replace(self.outer, servers=self.within, narrowed=f" in the wave of `{self.task.name}`")

    @property
    def carries_on(self) -> bool:
        """Whether a server that fails is left out, instead of ending the task."""
        return self.task.options.on_error == "continue"


_scene: ContextVar[Scene] = ContextVar("capify.scene")


def scene() -> Scene:
    """Find the scene. Raises `RecipeError` where there is none: while recipes load, or in a stray thread."""
    acting("a word that acts")
    now = _scene.get(None)
    if now is None:
        raise RecipeError(
            "this word acts on servers, and no task runs here",
            place=here(),
            hint="use it in the body of a task; a value that needs it can be late: `config.name = lambda: capture(…)`",
        )
    return now


@contextmanager
def playing(now: Scene) -> Iterator[Scene]:
    """Make this the scene."""
    token = _scene.set(now)
    try:
        yield now
    finally:
        _scene.reset(token)


@contextmanager
def wrapped(change: Callable[[Wrapping], Wrapping]) -> Iterator[None]:
    """Change what surrounds the commands, for a stretch."""
    now = scene()
    with playing(replace(now, wrapping=change(now.wrapping))):
        yield


def in_scene(now: Scene, work: Callable[[], Any]) -> Callable[[], Any]:
    """Bind work to a scene, for later: an undo acts where it was registered."""

    def later() -> Any:
        with playing(now):
            return work()

    return later
