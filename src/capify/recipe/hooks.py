"""Hooks: what else to do before or after a task, and at the moments of an invocation."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, TypeAlias

from capify.places import Place
from capify.recipe.tasks import Body

Moment: TypeAlias = Literal["load", "start", "finish", "failure", "exit"]
MOMENTS: tuple[Moment, ...] = ("load", "start", "finish", "failure", "exit")


@dataclass(frozen=True, slots=True)
class Hook:
    """Before or after `target`, also the task named `task`, or this `body`."""

    when: Literal["before", "after"]
    target: str
    place: Place
    task: str = ""
    body: Body | None = None

    @property
    def name(self) -> str:
        """What it is called in plans and output."""
        return self.task or getattr(self.body, "__name__", "a function")


@dataclass(frozen=True, slots=True)
class MomentHook:
    """At a moment of the invocation, the task named `task`, or this `body`. Tasks may be chosen by name."""

    moment: Moment
    place: Place
    task: str = ""
    body: Body | None = None
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in plans and output."""
        return self.task or getattr(self.body, "__name__", "a function")

    def concerns(self, tasks: AbstractSet[str]) -> bool:
        """Whether it is meant for any of these tasks, and none of them is excepted."""
        return (not self.only or not tasks.isdisjoint(self.only)) and tasks.isdisjoint(self.but)
