"""The scene: which task's body runs now, on which servers, inside which `cd`, `env`, `as_user`.

Rule: the words of a recipe act on the scene of their own context. A stray thread has none, so its words raise.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from capify.engine.undo import Transactions
from capify.errors import RecipeError
from capify.events import Event, LiveNow
from capify.machines import Server
from capify.outcomes import Outcome
from capify.places import here
from capify.plan.planner import Planner
from capify.ports import Terminal
from capify.recipe.book import Book
from capify.recipe.guard import acting
from capify.recipe.tasks import Task
from capify.shell import Wrapping

if TYPE_CHECKING:  # recipes import words that live on this; what runs them is loaded when something runs
    from capify.engine.crew import Crew
    from capify.engine.loop import Loop


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
    dry: bool = False
    asks: bool = False  # `-d`: confirm every remote command
    transactions: Transactions = field(default_factory=Transactions)
    live: dict[Server, LiveNow] = field(default_factory=dict)
    bad: dict[Server, Outcome] = field(default_factory=dict)  # servers that did not end ok
    previewed: bool = False  # a dry run has left something undone that later answers may depend on
    changed: bool = False  # a command that may change something was sent
    touched: set[Server] = field(default_factory=set)  # servers that a command was sent to
    undone: bool = False  # a transaction has undone what was registered
    let_go: bool = False  # Ctrl-C was pressed twice: nothing new begins, not even an undo
    depth: int = 0
    failed: tuple[BaseException, str] | None = None  # what failed last, and the innermost task that it came from


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a body stands.

    `outer` plans what is called here where the body has no servers of its own. `dropped` are servers on which a task
    with `on_error="continue"` has failed.
    """

    invocation: Invocation
    task: Task
    outer: Planner
    wave: tuple[Server, ...] = ()
    wrapping: Wrapping = field(default_factory=Wrapping)
    dropped: set[Server] = field(default_factory=set)

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers that commands go to."""
        return tuple(server for server in self.wave if server not in self.dropped)

    @property
    def planner(self) -> Planner:
        """Who plans the tasks that are called here: never for a server that the callers do not work on."""
        if not self.wave:
            return self.outer
        return replace(self.outer, servers=self.servers, narrowed=f" in the wave of `{self.task.name}`")

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
