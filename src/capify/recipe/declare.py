"""The words that declare: `server`, `role`, `task`, `before`, `after`, `on`, `load`, `stage`.

Rule: each records one thing in the open book, with its place, and returns what a recipe may hold on to.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, ParamSpec, TypeVar, overload

from capify.errors import RecipeError
from capify.machines import Server
from capify.places import Place, here
from capify.recipe.book import canonical, current
from capify.recipe.definition import Named, called_by_name, define, hook_target, names_of
from capify.recipe.handles import TaskHandle
from capify.recipe.hooks import MOMENTS, Hook, Moment, MomentHook
from capify.recipe.sizes import AtOnce
from capify.recipe.tasks import Body, Where
from capify.wording import suggestion, ticked

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def server(address: str, /, *roles: str, **properties: object) -> Server:
    """Declare a machine by `user@host:port`, what it is for, and what is known of it (`primary=True`, `zone="eu"`)."""
    return current().inventory.add(address, roles, here(), **properties)


def role(name: str, /, *addresses: str, **properties: object) -> tuple[Server, ...]:
    """Declare what machines are for. Answers to Capistrano's `role :app, "a", "b"`."""
    if not addresses:
        raise RecipeError(f"role `{name}` names no server", place=here(), hint=f'role("{name}", "web1", "web2")')
    return tuple(current().inventory.add(address, (name,), here(), **properties) for address in addresses)


@overload
def task(name: Callable[P, R], /) -> TaskHandle[P, R]: ...
@overload
def task(
    name: str = "",
    /,
    *,
    roles: str | Iterable[str] | None = None,
    where: Where | None = None,
    once: bool | None = None,
    primary: bool | None = None,
    releases_only: bool | None = None,
    at_once: AtOnce | None = None,
    pause: float | None = None,
    on_error: Literal["stop", "continue"] | None = None,
    on_no_servers: Literal["fail", "skip"] | None = None,
    local: bool | None = None,
    announces: str | None = None,
    before: Named | Iterable[Named] = (),
    after: Named | Iterable[Named] = (),
    wraps: bool = False,
) -> Callable[[Callable[P, R]], TaskHandle[P, R]]: ...
def task(name: str | Body = "", /, **stated: Any) -> Any:
    """Declare a task: its name is the function's, its docstring the description, its parameters the arguments.

    `roles`, `where` (properties, or a function of the server), `primary` and `releases_only` select servers; `once`
    takes one of them. `at_once` makes waves, `pause` seconds apart: of 2 servers, of "50%" of all that are selected, or
    of several sizes, `[1, "25%", "100%"]`, of which the last repeats; a function without parameters that gives one of
    these is asked when the task is planned, so it may read settings. `local` needs no servers. `announces` names the
    setting that the first line of the invocation shows as what will be published. Defining a task again replaces its
    body and what is stated; `wraps=True` hands the earlier body over as first parameter.
    """
    place = here()
    if callable(name):
        return define(canonical(name.__name__), name, place=place, stated=stated)
    return lambda body: define(canonical(name or body.__name__), body, place=place, stated=stated)


@overload
def before(target: Named, /) -> Callable[[T], T]: ...
@overload
def before(target: Named, doing: Named, /, *more: Named) -> None: ...
def before(target: Named, /, *doings: Named) -> Any:
    """Before a task, also do these (tasks, their names, or functions). Without any, it decorates a function."""
    return _hooked("before", target, doings, here())


@overload
def after(target: Named, /) -> Callable[[T], T]: ...
@overload
def after(target: Named, doing: Named, /, *more: Named) -> None: ...
def after(target: Named, /, *doings: Named) -> Any:
    """After a task, also do these (tasks, their names, or functions). Without any, it decorates a function."""
    return _hooked("after", target, doings, here())


@overload
def on(
    moment: Moment, /, *, only: Named | Iterable[Named] = (), but: Named | Iterable[Named] = ()
) -> Callable[[T], T]: ...
@overload
def on(
    moment: Moment, doing: Named, /, *more: Named, only: Named | Iterable[Named] = (), but: Named | Iterable[Named] = ()
) -> None: ...
def on(moment: Moment, /, *doings: Named, only: Named | Iterable[Named] = (), but: Named | Iterable[Named] = ()) -> Any:
    """At a moment of the invocation (load, start, finish, failure, exit), do these; `only` and `but` name tasks.

    `start` and `finish` surround each task named on the command line, and are limited by its name. Hooks on `failure`
    and `exit` are limited by all tasks of the invocation: those that are planned, and those that bodies called.
    Without doings, it decorates a function.
    """
    place = here()
    if moment not in MOMENTS:
        hint = suggestion(str(moment), MOMENTS) or f"moments are {ticked(MOMENTS)}"
        raise RecipeError(f"there is no moment `{moment}`", place=place, hint=hint)
    limits = (names_of(only), names_of(but))
    if any(limits) and moment == "load":
        hint = "no task runs at that moment; the others can be limited"
        raise RecipeError(f"a hook on {moment} takes no `only` and no `but`", place=place, hint=hint)

    def hang(doing: Named) -> Named:
        task, body = hook_target(doing)
        current().moments.append(MomentHook(moment, place, task, body, *limits))
        return doing

    return [hang(doing) for doing in doings] and None if doings else hang


def _hooked(when: Literal["before", "after"], target: Named, doings: tuple[Named, ...], place: Place) -> Any:
    name, body = hook_target(target)
    if body is not None:
        message = f"{called_by_name(body)} is a function, not a task: only tasks have hooks"
        raise RecipeError(message, place=place, hint="decorate it with @task, or name a task")

    def hang(doing: Named) -> Named:
        task, function = hook_target(doing)
        current().hooks.append(Hook(when, name, place, task, function))
        return doing

    return [hang(doing) for doing in doings] and None if doings else hang


@overload
def stage(name: Callable[[], None], /) -> Callable[[], None]: ...
@overload
def stage(name: str = "", /, *, protected: bool = False) -> Callable[[Callable[[], None]], Callable[[], None]]: ...
def stage(name: str | Callable[[], None] = "", /, *, protected: bool = False) -> Any:
    """Declare a stage by a function: its body is what a stage's file would say, and is called when it is chosen."""
    place = here()

    def declare(body: Callable[[], None]) -> Callable[[], None]:
        called = name if isinstance(name, str) and name else body.__name__
        current().stages.add_function(called, body, place, protected=protected)
        return body

    return declare(name) if callable(name) else declare


def load(recipe: str) -> None:
    """Read another recipe: `"deploy"` is the standard deployment, `"config/deploy"` a file beside the capfile.

    Any other name is looked up among the recipes of installed packages (plugins).
    """
    from capify.recipe.loader import load_recipe

    load_recipe(current(), recipe, here())
