"""The word that keeps something for the whole invocation: `hold`; and how all that is held is left at the end.

Rule: what is held is left behind the last hook, latest first, each in the scene in which it was entered.
Rule: what fails on leaving never replaces what failed before; and where everything was let go, nothing is left at all.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from capify.errors import Inconsistent, Interrupted, RecipeError
from capify.events import Warned
from capify.places import Place, here

if TYPE_CHECKING:
    from capify.engine.scene import Invocation, Scene

T = TypeVar("T")


@dataclass(slots=True)
class Held:
    """What an invocation holds, in the order in which it was entered, by the function that made it."""

    entered: dict[Callable[[], Any], "Kept"] = field(default_factory=dict)
    entering: set[Callable[[], Any]] = field(default_factory=set)
    thread: int = field(default_factory=threading.get_ident)


@dataclass(frozen=True, slots=True)
class Kept:
    """One context that was entered: what it gave, and the scene (with all that surrounded it) in which it is left."""

    manager: AbstractContextManager[Any]
    value: Any
    context: Context
    name: str
    place: Place


def hold(make: Callable[[], AbstractContextManager[T]]) -> T:
    """Enter a context once for the whole invocation; returns what it gives, the same at each later call with `make`.

    For authors of deployments: a lock with its heartbeat, processes that wait for a later task. It is left behind the
    last hook, also after a failure (as if nothing had failed), latest first, on the servers of the task that entered
    it. What fails there is a warning; `Inconsistent` is exit 7 where nothing failed before. Where Ctrl-C was pressed
    twice, it is not left. Raises `RecipeError` for what makes no context, and for a first call in `parallel`.
    """
    from capify.engine.scene import scene

    place, now = here(), scene()
    held = now.invocation.held
    name = getattr(make, "__name__", "a function")
    kept = held.entered.get(make)
    if kept is not None:
        return cast("T", kept.value)
    _refuse_beginning(now, make, name=name, place=place)
    held.entering.add(make)
    try:
        kept = held.entered[make] = _entered(make, name, place)
    finally:
        held.entering.discard(make)
    return cast("T", kept.value)


def leave_all(invocation: "Invocation", error: BaseException | None) -> BaseException | None:
    """Leave what is held, latest first; returns the error that the invocation ends with."""
    held, invocation.depth = invocation.held.entered, 1  # what is told here belongs to no task: below the first line
    while held and not invocation.let_go:
        kept = next(reversed(held.values()))
        try:
            held.popitem()
            kept.context.run(kept.manager.__exit__, None, None, None)
        except KeyboardInterrupt as raised:
            error = error or _interrupted(raised)
            invocation.emit(Warned(f"leaving `{kept.name}` was interrupted", (kept.place,)))
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - told as a warning, whatever it is
            if error is None and isinstance(raised, Inconsistent):
                error = raised
            else:
                invocation.emit(Warned(f"leaving `{kept.name}` failed: {_words(raised)}", (kept.place,)))
    _drop(invocation)
    return error


def _refuse_beginning(now: "Scene", make: Callable[[], Any], *, name: str, place: Place) -> None:
    """Refuse to enter a context where it would be entered twice, or in a scene that ends before it."""
    held, what = now.invocation.held, f"`hold` cannot begin to hold `{name}`"
    if now.gathering is not None:
        raise RecipeError(f"{what} in a batch", place=place, hint="hold it before the batch")
    if held.thread != threading.get_ident():
        hint = "hold it before `parallel`: its bodies get what is held already"
        raise RecipeError(f"{what} in a body of `parallel`", place=place, hint=hint)
    if make in held.entering:
        raise RecipeError(f"`{name}` holds itself while it is entered", place=place)


def _entered(make: Callable[[], AbstractContextManager[Any]], name: str, place: Place) -> Kept:
    """Enter a context in a copy of the surroundings: what it changes there stays its own, and is there when it ends."""
    context = copy_context()
    manager: object = context.run(make)
    if not isinstance(manager, AbstractContextManager):
        hint = "decorate it with `@contextmanager`, and name it without calling it: `hold(make)`"
        raise RecipeError(f"`{name}` makes no context that `hold` can enter, but {manager!r}", place=place, hint=hint)
    return Kept(manager, context.run(manager.__enter__), context, name, place)


def _drop(invocation: "Invocation") -> None:
    """Forget what is held without leaving it: what a generator still does at its end reaches no server any more."""
    held, emit = invocation.held.entered, invocation.emit
    if not held:
        return
    invocation.emit = lambda event: None  # noqa: ARG005 - nothing is sent, so nothing is told
    try:
        with invocation.loop.refusing():
            while held:
                _, kept = held.popitem()
                end = getattr(getattr(kept.manager, "gen", None), "close", lambda: None)
                with suppress(BaseException):
                    kept.context.run(end)
                del kept, end
    finally:
        invocation.emit = emit


def _interrupted(raised: KeyboardInterrupt) -> Interrupted:
    interrupted = Interrupted("interrupted")
    interrupted.__cause__ = raised
    return interrupted


def _words(error: BaseException) -> str:
    from capify.engine.failure import failure_of

    return failure_of(error).message
