"""How a task gets into the book: by decorator, in a namespace, as a sequence; and what its definition may state."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, ParamSpec, TypeAlias, TypeVar

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.book import canonical, current
from capify.recipe.handles import TaskHandle
from capify.recipe.hooks import Hook
from capify.recipe.tasks import Body, Options, Task
from capify.wording import suggestion

Named: TypeAlias = str | TaskHandle[Any, Any] | Body

P = ParamSpec("P")
R = TypeVar("R")

LISTED = {"roles"}
HOOKS = ("before", "after")
EXTRA = (*HOOKS, "wraps")


def define(name: str, body: Callable[P, R], *, place: Place, stated: Mapping[str, Any]) -> TaskHandle[P, R]:
    """Record a task in the open book; returns the handle that replaces the function in the recipe."""
    book = current()
    function = body.body if isinstance(body, TaskHandle) else body
    if function is None or not callable(function):
        raise RecipeError(f"task `{name}` has no function", place=place)
    _refuse_shadowing(name, function, place)
    options = options_of(stated, place)
    earlier = book.tasks.get(name)
    if stated.get("wraps") and earlier is None:
        hint = suggestion(name, book.tasks)
        raise RecipeError(f"task `{name}` wraps an earlier one, and there is none", place=place, hint=hint)
    description = _clean(function.__doc__)
    wrapped = earlier if stated.get("wraps") else None
    book.define(Task(name, place, function, (), description, options, wrapped))
    for when in HOOKS:
        for target in names_of(stated.get(when, ())):
            book.hooks.append(Hook("before" if when == "before" else "after", target, place, task=name))
    return TaskHandle(name, function)


def define_sequence(
    name: str, steps: Iterable[Named], *, place: Place, stated: Mapping[str, Any]
) -> TaskHandle[[], None]:
    """Record a task that is a list of tasks."""
    named = names_of(tuple(steps))
    if not named:
        raise RecipeError(f"sequence `{name}` is empty", place=place)
    description = str(stated.get("description", ""))
    options = options_of({key: value for key, value in stated.items() if key != "description"}, place)
    current().define(Task(name, place, None, named, description, options))
    return TaskHandle(name)


def options_of(stated: Mapping[str, Any], place: Place) -> Options:
    """Check what a definition states. Raises `RecipeError` for an option that does not exist, with the nearest."""
    known = {field.name for field in fields(Options)}
    for name in stated:
        if name not in known and name not in EXTRA:
            hint = suggestion(name, known | set(EXTRA))
            raise RecipeError(f"a task has no option `{name}`", place=place, hint=hint)
    values = {name: value for name, value in stated.items() if name in known and value is not None}
    if "roles" in values:
        values["roles"] = option_values(values["roles"])
    _check_size(values.get("at_once"), place)
    return Options(**values)


def option_values(given: str | Iterable[str]) -> tuple[str, ...]:
    """Take one name, or several."""
    return (given,) if isinstance(given, str) else tuple(given)


def names_of(given: Named | Iterable[Named]) -> tuple[str, ...]:
    """Take one task or several, by name or handle, as canonical names."""
    several = (given,) if isinstance(given, str | TaskHandle) or callable(given) else tuple(given)
    return tuple(canonical(one.name if isinstance(one, TaskHandle) else str(one)) for one in several)


def hook_target(doing: Named) -> tuple[str, Body | None]:
    """Tell a task (its name) from a plain function (its body)."""
    if isinstance(doing, TaskHandle):
        return doing.name, None
    name = getattr(doing, "task_name", "")  # a namespace stands for the task of its own name
    if name or isinstance(doing, str):
        return canonical(name or str(doing)), None
    return "", doing


def _check_size(size: object, place: Place) -> None:
    if size is None or (isinstance(size, int) and size > 0):
        return
    share = str(size).removesuffix("%")
    if not (str(size).endswith("%") and share.isdigit() and 0 < int(share) <= 100):
        raise RecipeError(f"at_once is a number of servers or a share, not {size!r}", place=place, hint='at_once="50%"')


def _refuse_shadowing(name: str, function: Body, place: Place) -> None:
    """Refuse a task whose function hides the word of Capify that its own file imported."""
    bound = getattr(function, "__globals__", {}).get(function.__name__)
    if getattr(bound, "__module__", "").startswith("capify.") and not isinstance(bound, TaskHandle):
        raise RecipeError(
            f"task `{name}` hides the word `{function.__name__}` that this file imports from capify",
            place=place,
            hint=f'give the function another name: @task("{name}") def {function.__name__}_task()',
        )


def _clean(docstring: str | None) -> str:
    import inspect

    return inspect.cleandoc(docstring or "")
