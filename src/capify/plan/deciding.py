"""Whether a body calls tasks itself, as far as its code shows. Pure."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import CodeType
from typing import Any

from capify.recipe.handles import TaskHandle
from capify.recipe.namespaces import Namespace
from capify.recipe.tasks import Task

CALLS = {"invoke"}  # words by which a body runs a task that its text does not name


def decides(task: Task) -> bool:
    """Whether a body calls tasks itself, as far as its code shows: so its plan is made while running."""
    if task.body is None:
        return False
    code = getattr(task.body, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    known = {**getattr(task.body, "__globals__", {}), **dict(_enclosed(task.body))}
    return any(_calls(name, known) for name in (*_names(code), *code.co_freevars))


def _enclosed(body: Any) -> Iterator[tuple[str, Any]]:
    """The names that a function has from the function around it."""
    for name, cell in zip(body.__code__.co_freevars, body.__closure__ or (), strict=True):
        with suppress(ValueError):  # one that is not set yet
            yield name, cell.cell_contents


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _calls(name: str, known: Mapping[str, Any]) -> bool:
    return name in CALLS or isinstance(known.get(name), TaskHandle | Namespace)
