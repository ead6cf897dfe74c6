"""A task's arguments: from `name=value` on the command line to the typed parameters of its function.

Rule: what cannot be converted is the command line's fault, said before any work is done.
"""

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import PurePath
from typing import Any, Literal, Union

from capify.errors import RecipeError, UsageError
from capify.places import Place
from capify.recipe.tasks import Task
from capify.wording import suggestion, ticked

TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0"}
SEVERAL = (list, tuple, set, frozenset)
NOTHING = {"none", "nil", ""}
ORIGINAL = "original"


def parameters(task: Task, tasks: Mapping[str, Task] | None = None) -> Mapping[str, inspect.Parameter]:
    """The arguments that a task takes by name. Annotations are resolved where they can be.

    A sequence takes what its steps take, found among `tasks`: the type is that of the first step that has it, and it
    may be left out where all of them can do without.
    """
    if task.body is None:
        return _of_steps(task, tasks or {}, ())
    found = dict(inspect.signature(task.body).parameters)
    if task.original is not None and found:
        found.pop(next(iter(found)))
    hints = _hints(task.body)
    named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    return {
        name: one.replace(annotation=hints.get(name, one.annotation))
        for name, one in found.items()
        if one.kind in named
    }


def passed_on(step: Task, arguments: Mapping[str, Any], tasks: Mapping[str, Task]) -> dict[str, Any]:
    """Of the arguments of a sequence those that one of its steps takes."""
    known = parameters(step, tasks)
    return {name: value for name, value in arguments.items() if name in known}


def bind(task: Task, pairs: Mapping[str, str], tasks: Mapping[str, Task] | None = None) -> dict[str, Any]:
    """Convert the pairs given to a task; raises `UsageError` for one that it does not take, or that lacks."""
    known = parameters(task, tasks)
    for name in pairs:
        if name not in known:
            hint = suggestion(name, known) or (f"it takes {ticked(known)}" if known else "it takes no arguments")
            raise UsageError(f"task `{task.name}` has no argument `{name}`", hint=hint)
    missing = [name for name in _needed(known) if name not in pairs]
    if missing:
        example = " ".join(f"{name}=…" for name in missing)
        raise UsageError(f"task `{task.name}` needs {ticked(missing)}", hint=f"write `{task.name} {example}`")
    return {name: _converted(task, known[name], text) for name, text in pairs.items()}


def refuse_misfit(
    task: Task,
    positional: Sequence[Any],
    arguments: Mapping[str, Any],
    *,
    place: Place,
    tasks: Mapping[str, Task] | None = None,
) -> None:
    """Refuse a call that the task's function cannot take. Raises `RecipeError`, before anything of it has run."""
    known = parameters(task, tasks)
    strange = [] if _takes_any(task) else [name for name in arguments if name not in known]
    if strange:
        hint = suggestion(strange[0], known) or (f"it takes {ticked(known)}" if known else "it takes none")
        raise RecipeError(f"task `{task.name}` has no argument `{strange[0]}`", place=place, hint=hint)
    if task.body is None:
        _refuse_lack(task, positional, [name for name in _needed(known) if name not in arguments], place=place)
        return
    original = () if task.original is None else (None,)
    try:
        inspect.signature(task.body).bind(*original, *positional, **arguments)
    except TypeError as error:
        hint = f"its arguments are `{usage(task)}`" if known else "it takes none"
        raise RecipeError(f"task `{task.name}`: {error}", place=place, hint=hint) from None


def choices(parameter: inspect.Parameter) -> tuple[str, ...]:
    """Every text that an argument may be given, where these are few; empty where they are not."""
    kind = type(parameter.default) if parameter.annotation is parameter.empty else parameter.annotation
    return tuple(dict.fromkeys(_choices(kind)))


def usage(task: Task, tasks: Mapping[str, Task] | None = None) -> str:
    """Show a task's arguments as they are typed: `lines=50 [follow=…]`."""
    return " ".join(_shown(one) for one in parameters(task, tasks).values())


def _of_steps(task: Task, tasks: Mapping[str, Task], path: tuple[str, ...]) -> dict[str, inspect.Parameter]:
    found: dict[str, inspect.Parameter] = {}
    for step in (tasks[name] for name in task.steps if name in tasks and name not in path):
        inner = _of_steps(step, tasks, (*path, task.name)) if step.body is None else parameters(step)
        for name, one in inner.items():
            known = found.setdefault(name, one.replace(kind=one.KEYWORD_ONLY))
            if one.default is one.empty:
                found[name] = known.replace(default=one.empty)
    return found


def _needed(known: Mapping[str, inspect.Parameter]) -> list[str]:
    return [name for name, one in known.items() if one.default is one.empty]


def _refuse_lack(task: Task, positional: Sequence[Any], missing: Sequence[str], *, place: Place) -> None:
    if positional:
        raise RecipeError(f"sequence `{task.name}` takes arguments by their names only", place=place)
    if missing:
        raise RecipeError(f"sequence `{task.name}` needs {ticked(missing)}", place=place)


def _takes_any(task: Task) -> bool:
    kinds = {one.kind for one in inspect.signature(task.body).parameters.values()} if task.body else set()
    return inspect.Parameter.VAR_KEYWORD in kinds


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return f"{parameter.name}=…"
    return f"[{parameter.name}={'' if parameter.default is None else parameter.default}]"


def _choices(kind: Any) -> Iterator[str]:
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in {Union, types.UnionType}:
        for one in inside:
            yield from _choices(one)
    elif origin is Literal:
        yield from map(str, inside)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from (member.name.lower() for member in kind)
    elif kind is bool:
        yield from ("yes", "no")


def _hints(body: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(body)
    except Exception:  # noqa: BLE001 - a hint that cannot be evaluated is no reason to refuse a task; text it is
        return {}


def _converted(task: Task, parameter: inspect.Parameter, text: str) -> Any:
    kind = parameter.annotation
    if kind is parameter.empty:
        kind = str if parameter.default is None or parameter.default is parameter.empty else type(parameter.default)
    try:
        return convert(kind, text)
    except ValueError as error:
        about, hint = f"argument `{parameter.name}` of task `{task.name}`", suggestion(text, choices(parameter))
        if not hint and not choices(parameter) and parameter.default not in (None, parameter.empty):
            hint = f"such as `{parameter.name}={parameter.default}`"
        raise UsageError(f"{about} {error}: {text!r}", hint=hint) from None


def convert(kind: Any, text: str) -> Any:
    """Convert text to a type: text, number, truth, path, choice, enumeration, comma list, or `None` beside these."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in {Union, types.UnionType}:
        return _one_of(inside, text)
    if origin is Literal:
        return _choice({str(value): value for value in inside}, text)
    if (origin or kind) in SEVERAL:
        item = inside[0] if inside else str
        return (origin or kind)([convert(item, part.strip()) for part in text.split(",") if part.strip()])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choice({member.name.lower(): member for member in kind}, text.lower())
    if kind is bool:
        return _truth(text)
    if kind in {int, float}:
        return _number(kind, text)
    return kind(text) if isinstance(kind, type) and issubclass(kind, PurePath) else text


def _one_of(kinds: tuple[Any, ...], text: str) -> Any:
    if type(None) in kinds and text.lower() in NOTHING:
        return None
    *others, last = [kind for kind in kinds if kind is not type(None)]
    for kind in others:
        with suppress(ValueError):
            return convert(kind, text)
    return convert(last, text)  # its complaint is the one to show


def _choice(choices: Mapping[str, Any], text: str) -> Any:
    if text not in choices:
        raise ValueError(f"must be one of {ticked(choices)}")
    return choices[text]


def _truth(text: str) -> bool:
    if text.lower() not in TRUE | FALSE:
        raise ValueError("must be `yes` or `no`")
    return text.lower() in TRUE


def _number(kind: type, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError("must be a number" if kind is float else "must be a whole number") from None
