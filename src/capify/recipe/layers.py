"""Layers of settings: who may say what a setting is, and whose word counts.

Rule: the later layer wins; in one layer the later assignment wins.
Rule: nothing is overwritten, so every value knows what it replaced.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Final, TypeAlias

from capify.places import Place


class Layer(IntEnum):
    """Where values come from, the weakest first."""

    DEFAULT = 0
    RECIPE_DEFAULT = 1
    EARLY = 2
    SHARED = 3
    STAGE = 4
    ENVIRONMENT = 5
    LATE = 6
    RUNNING = 7

    @property
    def title(self) -> str:
        """What output calls it."""
        return _TITLES[self]


class Kind(Enum):
    """What an assignment does to the value below it."""

    PLAIN = "plain"
    LATE = "late"  # a function, evaluated when read
    ADDED = "added"  # more entries for the list or mapping below
    HIDDEN = "hidden"  # as if nothing below were set


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """One time that one setting was set: to what, where, in which layer (`depth` tells nested stages apart)."""

    name: str
    value: Any
    place: Place
    layer: Layer
    depth: int = 0
    kind: Kind = Kind.PLAIN

    @property
    def rank(self) -> tuple[int, int]:
        """Its strength: the greater wins, the later of equals too."""
        return self.layer, self.depth


class Mark(Enum):
    """What a reading can give beside a value."""

    UNSET = "unset"
    BROKEN = "broken"  # it raised


Function: TypeAlias = Callable[[], Any]
# What can be observed: a setting; what lies below one assignment of it; whether it is set (`Mark.UNSET`).
Key: TypeAlias = tuple[str, Assignment | Mark | None]
_TITLES: Final = {
    Layer.DEFAULT: "default",
    Layer.RECIPE_DEFAULT: "default of a recipe",
    Layer.EARLY: "command line, before the recipes (-S)",
    Layer.SHARED: "shared recipe",
    Layer.STAGE: "stage",
    Layer.ENVIRONMENT: "environment",
    Layer.LATE: "command line (-s)",
    Layer.RUNNING: "while running",
}
