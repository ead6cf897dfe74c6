"""Handles: what a recipe holds of a task it declared. Calling one runs the task, with its hooks, every time.

Rule: this storey does not know who runs tasks. The engine lends a performer while tasks run; at load there is none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from capify.errors import RecipeError
from capify.places import here
from capify.recipe.book import current
from capify.wording import suggestion

P = ParamSpec("P")
R = TypeVar("R")
Performer: TypeAlias = Callable[[str, Sequence[Any], Mapping[str, Any]], Any]

_performer: ContextVar[Performer] = ContextVar("capify.performer")


class TaskHandle(Generic[P, R]):
    """A declared task, by name. Call it like the function that it was."""

    def __init__(self, name: str, body: Callable[P, R] | None = None) -> None:
        self.name = name
        self.body = body
        self.__doc__ = getattr(body, "__doc__", None)
        self.__name__ = name
        self.__wrapped__ = body

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the task on the servers that it selects, narrowed to the caller's. Returns what its body returns."""
        result: R = perform(self.name, args, kwargs)
        return result

    def __repr__(self) -> str:
        return f"<task {self.name}>"


def perform(name: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """Run a task by name. Raises `RecipeError` while recipes load."""
    performer = _performer.get(None)
    if performer is None:
        hint = _method(name) or 'call it inside a task, or hang it on one: `after("deploy", name)`'
        raise RecipeError(f"task `{name}` was called while no task runs", place=here(), hint=hint)
    return performer(name, args, kwargs or {})


def _method(name: str) -> str:
    """Suggest the method of a namespace that a name was probably to be, where no such task is declared."""
    group, colon, last = name.rpartition(":")
    if not colon or name in current().tasks:
        return ""
    return suggestion(f"{group}.{last}", [f"{group}.{method}" for method in ("task", "sequence", "namespace")])


@contextmanager
def performing(performer: Performer) -> Iterator[None]:
    """Lend the one who runs tasks, for as long as tasks run."""
    token = _performer.set(performer)
    try:
        yield
    finally:
        _performer.reset(token)
