"""What a project left of the standard deployment as Capify ships it."""

from collections.abc import Iterable
from pathlib import Path

from capify.recipe.book import current

_STANDARD = str(Path(__file__).parent)


def shipped(task: str) -> bool:
    """Tell whether a task exists, and no recipe of the project has defined it anew."""
    known = current().tasks.get(task)
    return known is not None and _is_ours(known.place.file)


def hooked(tasks: Iterable[str]) -> bool:
    """Tell whether a recipe of the project hangs something before or after one of these tasks."""
    wanted = set(tasks)
    return any(hook.target in wanted and not _is_ours(hook.place.file) for hook in current().hooks)


def _is_ours(file: str) -> bool:
    return file.startswith(f"{_STANDARD}/")
