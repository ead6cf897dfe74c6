"""How a task gets into the book: by decorator, in a namespace, as a sequence; and what its definition may state."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, ParamSpec, TypeAlias, TypeVar

from capify.errors import RecipeError
from capify.machines import ROLE
from capify.places import Place, here
from capify.recipe.book import canonical, current
from capify.recipe.handles import TaskHandle
from capify.recipe.hooks import Hook
from capify.recipe.sizes import WHAT, are_sizes
from capify.recipe.tasks import Body, Options, Task
from capify.wording import suggestion

Named: TypeAlias = str | TaskHandle[Any, Any] | Body

P = ParamSpec("P")
R = TypeVar("R")

NAME = re.compile(r"[^\s:=,<>-][^\s:=,<>]*(?::[^\s:=,<>-][^\s:=,<>]*)*")  # what a word of a command line can be
HOOKS = ("before", "after")
EXTRA = (*HOOKS, "wraps")


def define(name: str, body: Callable[P, R], *, place: Place, stated: Mapping[str, Any]) -> TaskHandle[P, R]:
    """Record a task in the open book; returns the handle that replaces the function in the recipe."""
    book = current()
    function = body.body if isinstance(body, TaskHandle) else body
    if function is None or not callable(function):
        raise RecipeError(f"task `{name}` has no function", place=place)
    _refuse_name(name, place)
    _refuse_unrunnable(f"task `{name}`", function, place)
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
) -> TaskHandle[..., None]:
    """Record a task that is a list of tasks."""
    named, description = names_of(tuple(steps)), str(stated.get("description", ""))
    if not named and not description:
        hint = 'a place for hooks says what it is for: `description="…"`'
        raise RecipeError(f"sequence `{name}` is empty", place=place, hint=hint)
    _refuse_name(name, place)
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
    for name, value in values.items():
        fits, what = _FITTING[name]
        if not fits(value):
            hint = suggestion(str(value), re.findall("`(.+?)`", what))
            raise RecipeError(f"`{name}` of a task is {what}, not {value!r}", place=place, hint=hint)
    return Options(**values)


def option_values(given: str | Iterable[str]) -> tuple[str, ...]:
    """Take one name, or several."""
    return (given,) if isinstance(given, str) else tuple(given)


def names_of(given: Named | Iterable[Named]) -> tuple[str, ...]:
    """Take one task or several, by name or handle, as canonical names."""
    return tuple(map(_task_name, (given,) if isinstance(given, str) or callable(given) else tuple(given)))


def _task_name(one: Named) -> str:
    name, body = hook_target(one)
    if body is not None:
        hint = "decorate it with @task, or name a task"
        raise RecipeError(f"{called_by_name(body)} is a function, not a task", place=here(), hint=hint)
    return name


def hook_target(doing: object) -> tuple[str, Body | None]:
    """Tell a task (its name) from a plain function (its body). Raises `RecipeError` for what can be neither."""
    if isinstance(doing, TaskHandle):
        return doing.name, None
    if isinstance(doing, str):
        return canonical(doing), None
    name = getattr(doing, "task_name", None)  # a namespace stands for the task of its own name
    if isinstance(name, str):
        return name, None
    if not callable(doing):
        hint = 'name the function, do not call it: `after("deploy", tell)`'
        raise RecipeError(f"a task, its name, or a function is wanted, not {doing!r}", place=here(), hint=hint)
    _refuse_unrunnable(f"hook {called_by_name(doing)}", doing, here())
    return "", doing


def called_by_name(body: Body) -> str:
    """Name a function in a message."""
    return f"`{getattr(body, '__name__', repr(body))}`"


def _refuse_name(name: str, place: Place) -> None:
    if not NAME.fullmatch(name):
        hint = 'it stands on command lines: no blanks, `=`, `,`, nor a `-` in front; name it by `@task("name")`'
        raise RecipeError(f"`{name}` cannot be the name of a task", place=place, hint=hint)


def _refuse_unrunnable(what: str, body: Body, place: Place) -> None:
    """Refuse a function whose call would do nothing."""
    if inspect.iscoroutinefunction(body):
        hint = "write `def` without `async`: every word works on all servers at once by itself"
        raise RecipeError(f"{what} is `async`; recipes are synchronous", place=place, hint=hint)
    if inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body):
        raise RecipeError(f"{what} contains `yield`, so calling it would run nothing", place=place)


def _is_roles(roles: Iterable[object]) -> bool:
    return bool(roles) and all(isinstance(role, str) and ROLE.fullmatch(role) for role in roles)


_TRUTH: tuple[Callable[[Any], bool], str] = (lambda value: isinstance(value, bool), "`True` or `False`")
_FITTING: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "roles": (_is_roles, "one name of a role, or several"),
    "where": (lambda value: callable(value) or isinstance(value, Mapping), "a mapping of properties, or a function"),
    "once": _TRUTH, "primary": _TRUTH, "releases_only": _TRUTH, "local": _TRUTH, "in_transaction": _TRUTH,
    "at_once": (lambda value: callable(value) or are_sizes(value), WHAT),
    "pause": (lambda value: isinstance(value, int | float) and 0 <= value < float("inf"), "a number of seconds"),
    "on_error": (lambda value: value in {"stop", "continue"}, "`stop` or `continue`"),
    "on_no_servers": (lambda value: value in {"fail", "skip"}, "`fail` or `skip`"),
    "announces": (lambda value: isinstance(value, str), "the name of a setting"),
}  # fmt: skip


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
    return inspect.cleandoc(docstring or "")
