"""Late values: functions without parameters, evaluated when first read, remembered until something they read changes.

Rule: what a late value reads is observed, never declared; so is what *that* read. A ring of late values is an error.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from capify.errors import CapifyError, RecipeError
from capify.places import Place, here
from capify.recipe.guard import refuse_swallowed
from capify.recipe.layers import Assignment, Function, Key


class UnsetSetting(RecipeError, AttributeError):
    """A setting was read that nobody set. Also an `AttributeError`, so that `hasattr(config, name)` answers."""


@dataclass(slots=True, eq=False)
class Frame:
    """A late value under evaluation, and what it has read so far."""

    assignment: Assignment
    seen: dict[Key, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memo:
    """What a late value gave, what it had read, and when that was last known to hold."""

    value: Any
    seen: dict[Key, object]
    moment: int


def frames() -> tuple[Frame, ...]:
    """The late values under evaluation, the outermost first."""
    return _frames.get()


@contextmanager
def evaluating(assignment: Assignment) -> Iterator[Frame]:
    """Observe what a late value reads. Raises `RecipeError` when it is being evaluated already."""
    outer = _frames.get()
    ring = [frame.assignment for frame in outer]
    if assignment in ring:
        raise _cycle([*ring[ring.index(assignment) :], assignment])
    frame = Frame(assignment)
    token = _frames.set((*outer, frame))
    try:
        yield frame
    finally:
        _frames.reset(token)


def evaluate(assignment: Assignment) -> Any:
    """Call the function of a late value. Raises `RecipeError` that names its file and line."""
    function: Function = assignment.value
    try:
        value = function()
    except UnsetSetting as error:
        about = f"late value `{assignment.name}` ({assignment.place}): {error.message}"
        raise RecipeError(about, place=error.place, hint=error.hint) from error
    except CapifyError:
        raise
    except Exception as error:
        about = f"late value `{assignment.name}` failed: {type(error).__name__}: {error}"
        raise RecipeError(about, place=_line(error, assignment)) from error
    refuse_swallowed()
    return value


def is_late(value: object, name: str) -> bool:
    """Tell whether a value is a function to call when read. Raises `RecipeError` for one that needs arguments."""
    if not (inspect.isroutine(value) or isinstance(value, partial)):
        return False
    if inspect.iscoroutinefunction(value):
        raise RecipeError(f"late value `{name}` is `async`; recipes are synchronous", place=here())
    needed = _required(value)
    if needed:
        hint = "a late value takes no parameters: it reads other settings from `config`"
        raise RecipeError(f"late value `{name}` needs an argument: {needed}", place=here(), hint=hint)
    return True


def _required(function: Any) -> str:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return "its parameters are unknown"
    variadic = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return ", ".join(f"`{p.name}`" for p in parameters if p.default is p.empty and p.kind not in variadic)


def _cycle(ring: list[Assignment]) -> RecipeError:
    chain = " → ".join(f"`{assignment.name}`" for assignment in ring)
    places = "".join(f"\n  `{assignment.name}` is set at {assignment.place}" for assignment in ring[:-1])
    hint = "one of them must be what it is without the others"
    return RecipeError(f"late values need each other: {chain}{places}", place=ring[0].place, hint=hint)


def _line(error: BaseException, assignment: Assignment) -> Place:
    """Where in the late value's own file it failed."""
    found = assignment.place
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == assignment.place.file:
            found = Place(assignment.place.file, trace.tb_lineno)
        trace = trace.tb_next
    return found


_frames: ContextVar[tuple[Frame, ...]] = ContextVar("capify.late", default=())
