"""Plugins that are installed: found by their entry points, when a recipe asks for one by name.

Rule: whatever is wrong with a plugin is said with its name, and the package's, so that it is clear whom to ask.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from capify.errors import CapifyError, RecipeError
from capify.places import Place
from capify.plugins import API, RecipePlugin
from capify.wording import ticked

GROUP: Final = "capify.recipes"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")  # names of plugins; what has a dot or a slash is a file's


@dataclass(frozen=True, slots=True)
class Plugged:
    """A plugin that can be read; `title` is how people know it."""

    title: str
    recipe: Path

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Name the plugin in whatever is wrong with its recipe."""
        try:
            yield
        except CapifyError as error:
            error.message = f"{self.title}: {error.message}"
            raise


def find_plugin(name: str, place: Place) -> Plugged | None:
    """Find the plugin of this name. Raises `RecipeError` for one that cannot be used, or that two packages have."""
    if not _NAME.fullmatch(name):
        return None
    found = {_package(entry): entry for entry in entry_points(group=GROUP, name=name)}
    if not found:
        return None
    if len(found) > 1:
        text = f"several packages have a recipe `{name}`: {ticked(sorted(found))}"
        raise RecipeError(text, place=place, hint="uninstall all but one")
    ((package, entry),) = found.items()
    title = f"plugin `{name}` of {package}"
    return Plugged(title, _recipe(_loaded(entry, title, place), title, place))


def plugin_names() -> tuple[str, ...]:
    """Name every recipe that an installed package offers."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def nothing_to_load(name: str, place: Place, tried: Iterable[str]) -> RecipeError:
    """Word the error for a name that is neither a file's nor a plugin's."""
    others = plugin_names()
    offered = f"; installed packages have {ticked(others)}" if others else ""
    return RecipeError(f"there is no `{name}` to load", place=place, hint=f"tried {ticked(tried)}{offered}")


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module


def _loaded(entry: EntryPoint, title: str, place: Place) -> object:
    try:
        return entry.load()
    except Exception as error:
        text = f"{title} cannot be imported: {type(error).__name__}: {error}"
        raise RecipeError(text, place=place, hint="reinstall the package, or ask its makers") from error


def _recipe(plugin: object, title: str, place: Place) -> Path:
    """Check what a package says of its plugin."""
    if not isinstance(plugin, RecipePlugin):
        text = f"{title} is a `{type(plugin).__name__}`, and no `capify.plugins.RecipePlugin`"
        raise RecipeError(text, place=place, hint="ask the package's makers")
    if plugin.api != API:
        hint = "upgrade Capify" if plugin.api > API else "upgrade the package"
        raise RecipeError(f"{title} is made for version {plugin.api} of plugins, not {API}", place=place, hint=hint)
    if not plugin.recipe.is_file():
        text = f"{title} has no file `{plugin.recipe}`"
        raise RecipeError(text, place=place, hint="reinstall the package, or ask its makers")
    return plugin.recipe
