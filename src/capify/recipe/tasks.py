"""Tasks and sequences as data: what was declared, never how it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from capify.machines import Server
from capify.places import Place
from capify.recipe.sizes import AtOnce

Body: TypeAlias = Callable[..., Any]
Where: TypeAlias = Mapping[str, object] | Callable[[Server], bool]


@dataclass(frozen=True, slots=True)
class Options:
    """What a definition of a task may state about where and how it runs; `None` where it states nothing."""

    roles: tuple[str, ...] | None = None
    where: Where | None = None
    once: bool | None = None
    primary: bool | None = None
    releases_only: bool | None = None
    at_once: AtOnce | None = None  # servers in a wave: a number, a share such as "50%", a list of both, or a function
    pause: float | None = None  # seconds between waves
    on_error: Literal["stop", "continue"] | None = None
    on_no_servers: Literal["fail", "skip"] | None = None
    local: bool | None = None
    in_transaction: bool | None = None
    announces: str | None = None  # the setting whose value the first line shows, because this task publishes it

    @property
    def select(self) -> bool:
        """Whether they select servers at all."""
        return any(one is not None for one in (self.roles, self.where, self.once, self.primary, self.releases_only))

    def over(self, earlier: "Options") -> "Options":
        """Keep of an earlier definition what this one does not state."""
        stated = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}
        return replace(earlier, **stated)


@dataclass(frozen=True, slots=True)
class Task:
    """A named function, or a named list of tasks (`steps`)."""

    name: str
    place: Place
    body: Body | None = None
    steps: tuple[str, ...] = ()
    description: str = ""
    options: Options = Options()
    original: "Task | None" = None  # what a definition with `wraps=True` builds on

    @property
    def is_sequence(self) -> bool:
        """Whether it is a list of tasks."""
        return self.body is None

    @property
    def summary(self) -> str:
        """The first sentence of its description."""
        first = self.description.strip().split("\n\n")[0].replace("\n", " ")
        head, dot, _ = first.partition(". ")
        return (head + dot).strip()

    def redefined(self, earlier: "Task") -> "Task":
        """Replace an earlier definition, keeping what this one leaves out."""
        return replace(
            self,
            description=self.description or earlier.description,
            options=self.options.over(earlier.options),
        )
