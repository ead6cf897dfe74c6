"""Provenance: what a setting is, why, and what it replaced; for `cap vars`.

Rule: explaining asks nothing, runs nothing, fetches nothing. What cannot be shown without is "decided while running".
"""

from dataclasses import dataclass
from typing import Any

from capify.errors import CapifyError
from capify.recipe.guard import LookingOnly, looking_only
from capify.recipe.known import KNOWN
from capify.recipe.layers import Assignment, Kind
from capify.recipe.settings import Settings

DECIDED_LATER = "decided while running"
SECRET = "a secret"  # noqa: S105 - what is shown instead of one


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting's value, or why it is not shown (`hidden`); what decided it, what that replaced, what it is made of."""

    name: str
    value: Any
    hidden: str
    decided: Assignment
    replaced: tuple[Assignment, ...]
    made_of: tuple[str, ...]
    doc: str

    @property
    def late(self) -> bool:
        """Whether it is evaluated when read."""
        return self.decided.kind is Kind.LATE


def explain(settings: Settings, name: str) -> Explained:
    """Tell what a setting is, and why. Raises `UnsetSetting` for one that nobody set.

    For a promise that holds against plain Python too, call `guard.watch_interpreter()` once before.
    """
    if name not in settings:
        settings.read(name)
    value, hidden = _looked_at(settings, name)
    *replaced, decided = settings.history(name)
    made_of = sorted({said.name for said in settings.trail(name)} - {name})
    doc = KNOWN[name].doc if name in KNOWN else ""
    return Explained(name, value, hidden, decided, tuple(replaced), tuple(made_of), doc)


def private(name: str) -> bool:
    """Tell whether a setting's value is shown to nobody."""
    return name in KNOWN and KNOWN[name].private


def _looked_at(settings: Settings, name: str) -> tuple[Any, str]:
    if private(name):
        return None, SECRET
    try:
        with looking_only():
            return settings.read(name), ""
    except LookingOnly:
        return None, DECIDED_LATER
    except CapifyError as error:
        return None, error.message.partition("\n")[0]
