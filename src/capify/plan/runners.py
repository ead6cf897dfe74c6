"""Which server a task for one server means, and that no filter moves it to another. Pure.

Rule: the runner is who the whole inventory would give, the primary first. Where a filter leaves it out, that is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from capify.errors import RecipeError
from capify.machines import Server
from capify.places import Place
from capify.plan.selection import Filters, select
from capify.recipe.tasks import Task
from capify.wording import listed, ticked


@dataclass(frozen=True, slots=True)
class Whole:
    """The inventory before anything narrowed it, and the filters that did."""

    servers: tuple[Server, ...] = ()
    filters: Filters = field(default_factory=Filters)

    def missing(self, task: Task, left: Sequence[Server]) -> tuple[Server, ...]:
        """The servers that a task for one server means, where none of them is left; else nothing."""
        if not (task.options.primary or task.options.once):
            return ()
        meant = select(self.servers, task.options)
        return () if set(meant) & set(left) else meant

    def refuse(self, task: Task, missing: Sequence[Server], place: Place | None) -> None:
        """Raise `RecipeError` if a filter leaves out whom a task means: never another server in its place."""
        filters = dict.fromkeys(str(one) for server in missing for one in self.filters.leaving_out(server))
        if not filters:
            return
        stated = "primary" if task.options.primary else "once"
        leave = "leaves" if len(filters) == 1 else "leave"
        raise RecipeError(
            f"task `{task.name}` runs on {ticked(missing)} alone, and {listed(list(filters))} {leave} it out",
            place=place,
            hint=f"it is `{stated}=True`: name `{missing[0]}` too, or only tasks that can do without `{task.name}`",
        )
