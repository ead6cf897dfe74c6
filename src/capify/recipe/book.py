"""The book: everything that one load of the recipes declared. Nothing is global but which book is open.

Rule: declaring and running never touch. A task, hook or server is data here; the planner reads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from capify.errors import RecipeError
from capify.events import Warned
from capify.machines import Server
from capify.places import Place, here
from capify.recipe.hooks import Hook, MomentHook
from capify.recipe.inventory import Inventory
from capify.recipe.settings import Settings
from capify.recipe.stages import Stages
from capify.recipe.tasks import Task
from capify.wording import suggestion

DEFAULT = ":default"  # Capistrano's name for the task of a namespace; `deploy:default` is `deploy`


@dataclass(slots=True)
class Book:
    """What the recipes of one project declare, for one chosen stage (`stage` is `None` without one)."""

    root: Path
    settings: Settings = field(default_factory=Settings)
    inventory: Inventory = field(default_factory=Inventory)
    stages: Stages = field(default_factory=Stages)
    tasks: dict[str, Task] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    moments: list[MomentHook] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    stage: str | None = None
    chosen: Literal["named", "default", "none"] = "none"
    words: tuple[str, ...] = ()  # the bare words of the command line, without the stage

    def define(self, task: Task) -> Task:
        """Add a task, or replace the body and what is stated of an earlier one."""
        earlier = self.tasks.get(task.name)
        self.tasks[task.name] = task if earlier is None else task.redefined(earlier)
        return self.tasks[task.name]

    def task(self, name: str, place: Place | None = None) -> Task:
        """Find a task by its name. Raises `RecipeError` with the nearest names."""
        known = self.tasks.get(canonical(name))
        if known is None:
            hint = suggestion(name, self.tasks) or "`cap -T` lists the tasks"
            raise RecipeError(f"there is no task `{name}`", place=place, hint=hint)
        return known

    def hooks_of(self, task: Task, when: str) -> tuple[Hook, ...]:
        """The hooks around a task, in the order of their declaration."""
        return tuple(hook for hook in self.hooks if hook.when == when and hook.target == task.name)

    def servers(self) -> tuple[Server, ...]:
        """Every declared server once, as the user that the settings name."""
        return self.inventory.servers(self._default_user)

    def _default_user(self) -> str | None:
        user = self.settings.get("user", None)
        return str(user) if user is not None else None

    def warn(self, text: str, *places: Place) -> None:
        """Note something that is probably not meant."""
        self.warnings.append(Warned(text, places))


def canonical(name: str) -> str:
    """Give a task its one name: `deploy:default` is `deploy`, and `:deploy` is `deploy`."""
    return name.removeprefix(":").removesuffix(DEFAULT)


_open: ContextVar[Book] = ContextVar("capify.book")


@contextmanager
def opened(book: Book) -> Iterator[Book]:
    """Make this book the one that the words of recipes speak of."""
    token = _open.set(book)
    try:
        yield book
    finally:
        _open.reset(token)


def current() -> Book:
    """Find the open book. Raises `RecipeError` where none is open: in a stray thread, or outside `cap`."""
    book = _open.get(None)
    if book is None:
        raise RecipeError(
            "this word of Capify was used where no recipe is being loaded or run",
            place=here(),
            hint="use it in a recipe or in a task; a thread of your own has no recipe",
        )
    return book
