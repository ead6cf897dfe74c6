"""Early reads: settings read while recipes load, outside any late value; the classic trap of multistage deployments.

Rule: warn only when a *later layer* changed what was read; once for each name and line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capify.places import Place
from capify.recipe.frozen import same
from capify.recipe.guard import LookingOnly, looking_only
from capify.recipe.layers import Assignment, Layer, Mark

if TYPE_CHECKING:
    from capify.recipe.settings import Settings


@dataclass(frozen=True, slots=True)
class EarlyRead:
    """One reading at load time: what it gave, and which layer was being written (`rank`)."""

    name: str
    place: Place
    value: Any
    rank: tuple[Layer, int]


def warn_of_early_reads(settings: "Settings", warn: Callable[..., None]) -> None:
    """Warn, with both places, of each value that was read and then changed by a later layer."""
    told: set[tuple[str, Place]] = set()
    for read in settings.early:
        if (read.name, read.place) in told:
            continue
        culprit = _changed_by(settings, read)
        if culprit is not None:
            told.add((read.name, read.place))
            warn(_words(read, culprit), read.place, culprit.place)


def _changed_by(settings: "Settings", read: EarlyRead) -> Assignment | None:
    """Find the later assignment that made the value another one."""
    try:
        with looking_only():
            now = settings.get(read.name, Mark.UNSET)
    except (Exception, LookingOnly):  # noqa: BLE001 - whoever reads it for use will hear of it
        return None
    if same(now, read.value):
        return None
    later = [said for said in settings.trail(read.name) if said.rank > read.rank]
    own = [said for said in settings.history(read.name) if said.place == read.place]
    if not later or (own and all(said.name == read.name for said in later)):
        return None  # `config.x = config.x + …`: whoever sets `x` anew means to
    return max(later, key=lambda said: said.rank)


def _words(read: EarlyRead, culprit: Assignment) -> str:
    through = "" if culprit.name == read.name else f" by way of `{culprit.name}`"
    return (
        f"`{read.name}` is read here while recipes load, and changed later{through} ({culprit.place}): "
        f"what was made of it keeps the earlier value; make that late: `lambda: …`"
    )
