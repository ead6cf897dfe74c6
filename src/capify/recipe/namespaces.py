"""Namespaces: a group of tasks under one name, `deploy:restart`."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, ParamSpec, TypeVar, overload

from capify.errors import RecipeError
from capify.places import here
from capify.recipe.book import canonical
from capify.recipe.definition import Named, define, define_sequence
from capify.recipe.handles import TaskHandle, perform
from capify.recipe.sizes import AtOnce
from capify.recipe.tasks import Where

P = ParamSpec("P")
R = TypeVar("R")


class Namespace:
    """A group of tasks: `@deploy.task` declares one, `deploy.restart()` runs one, `deploy()` runs `deploy` itself."""

    def __init__(self, name: str) -> None:
        self.task_name = canonical(name)

    @overload
    def task(self, name: Callable[P, R], /) -> TaskHandle[P, R]: ...
    @overload
    def task(
        self,
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
    def task(self, name: Any = "", /, **stated: Any) -> Any:
        """Declare a task in this namespace; see the word `task`."""
        place = here()
        if callable(name):
            return define(self._inside(name.__name__), name, place=place, stated=stated)
        return lambda body: define(self._inside(name or body.__name__), body, place=place, stated=stated)

    def sequence(
        self,
        name: str,
        /,
        *steps: Named,
        roles: str | Iterable[str] | None = None,
        where: Where | None = None,
        releases_only: bool | None = None,
        at_once: AtOnce | None = None,
        pause: float | None = None,
        on_no_servers: Literal["fail", "skip"] | None = None,
        in_transaction: bool | None = None,
        description: str = "",
    ) -> TaskHandle[..., None]:
        """Declare a task that is a list of tasks, as data. It takes the arguments of its steps.

        One without steps is a place for hooks, and its `description` says which; function hooks of one that selects
        servers work on those.

        Steps are named within this namespace: `update_code` means `deploy:update_code` in `deploy`; a leading colon
        (`:assets:build`) starts at the top. In a transaction, what the steps registered with `on_rollback` is undone
        when one fails. `roles`, `where` and `releases_only` narrow all its steps. With `at_once` all of them, with
        their hooks, run for one wave of servers after the other, `pause` seconds apart; without a selection of its own
        the waves are of all servers that its steps work on.
        """
        stated = {
            "roles": roles, "where": where, "releases_only": releases_only, "at_once": at_once, "pause": pause,
            "on_no_servers": on_no_servers, "in_transaction": in_transaction, "description": description,
        }  # fmt: skip
        return define_sequence(self._inside(name), [self._step(step) for step in steps], place=here(), stated=stated)

    def namespace(self, name: str) -> "Namespace":
        """Open a namespace in this one."""
        return Namespace(self._inside(name))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task that has the namespace's own name."""
        return perform(self.task_name, args, kwargs)

    def __getattr__(self, name: str) -> TaskHandle[..., Any]:
        """Name a task of this namespace; whether it exists is seen when it is used."""
        if name.startswith("__"):
            raise AttributeError(name)
        return TaskHandle(self._inside(name))

    def __repr__(self) -> str:
        return f"<namespace {self.task_name}>"

    def _inside(self, name: str) -> str:
        return canonical(f"{self.task_name}:{name}")

    def _step(self, step: Named) -> Named:
        if not isinstance(step, str):
            return step
        return step if step.startswith(":") else self._inside(step)


def namespace(name: str) -> Namespace:
    """Open a namespace, to declare tasks in it or to redefine some."""
    if not name or any(not part for part in name.split(":")):
        raise RecipeError(f"`{name}` is not a name for a namespace", place=here(), hint='namespace("deploy")')
    return Namespace(name)
