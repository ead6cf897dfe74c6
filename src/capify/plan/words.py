"""The word that looks at the inventory: `servers`."""

from collections.abc import Iterable

from capify.machines import Server
from capify.plan.selection import select
from capify.recipe.book import current
from capify.recipe.definition import option_values
from capify.recipe.tasks import Options, Where


def servers(roles: str | Iterable[str] | None = None, where: Where | None = None) -> tuple[Server, ...]:
    """The declared servers that have a role and the properties, in order; all of them without either.

    They are what the recipes declare, whatever the command line narrows to; `run(on=…)` narrows, and never adds.
    """
    options = Options(roles=None if roles is None else option_values(roles), where=where)
    return select(current().servers(), options)
