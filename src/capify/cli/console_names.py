"""TAB at the prompt of the console.

Rule: nothing is evaluated to be completed: a late setting might ask a server, or the operator.
"""

import rlcompleter
from typing import Any

from capify.recipe.book import current
from capify.recipe.config import Config
from capify.recipe.namespaces import Namespace


class Names(rlcompleter.Completer):
    """Completes Python names; behind `config.` settings, behind a namespace its tasks."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._names = names

    def attr_matches(self, text: str) -> list[str]:
        """Give what may stand behind a dot."""
        head, _, begun = text.partition(".")
        known = self._names.get(head)
        if isinstance(known, Config):
            return [f"config.{name}" for name in sorted(set(dir(known))) if _fits(name, begun)]
        if isinstance(known, Namespace):
            prefix = f"{known.task_name}:"
            inside = sorted(name.removeprefix(prefix) for name in current().tasks if name.startswith(prefix))
            return [f"{head}.{name}(" for name in inside if name.isidentifier() and _fits(name, begun)]
        return super().attr_matches(text)  # type: ignore[no-any-return, unused-ignore]  # typeshed says Any


def _fits(name: str, begun: str) -> bool:
    return name.startswith(begun) and (begun.startswith("_") or not name.startswith("_"))
