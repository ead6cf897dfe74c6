"""Plugins that are installed: found by their entry points, when somebody asks for one by name.

Rule: looking around imports nothing. Only the plugin that was asked for is imported; no order decides which that is.
Rule: whatever is wrong with a plugin is said with its name, its package and its group, so that it is clear whom to ask.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from capify.errors import CapifyError, RecipeError, TaskFailed
from capify.places import Place
from capify.plugins import API, ReaderPlugin, RecipePlugin, ReporterPlugin, StrategyPlugin, TransportPlugin
from capify.wording import ticked

_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")  # names of plugins; what has a dot or a slash is a file's
_MAKERS: Final = "reinstall the package, or ask its makers"


class _Plugin(Protocol):
    @property
    def api(self) -> int: ...


P = TypeVar("P", bound=_Plugin)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group(Generic[P]):
    """A group of entry points: its name, what one of its plugins is called, and the value that each must be."""

    name: str
    noun: str
    kind: type[P]


RECIPES: Final = Group("capify.recipes", "recipe", RecipePlugin)
READERS: Final = Group("capify.readers", "reader", ReaderPlugin)
TRANSPORTS: Final = Group("capify.transports", "transport", TransportPlugin)
REPORTERS: Final = Group("capify.reporters", "reporter", ReporterPlugin)
STRATEGIES: Final = Group("capify.strategies", "strategy", StrategyPlugin)


@dataclass(frozen=True, slots=True)
class Plugged(Generic[P]):
    """A plugin that can be used; `title` is how people know it."""

    title: str
    value: P

    @contextmanager
    def blamed(self, kind: type[RecipeError] | type[TaskFailed] = RecipeError) -> Iterator[None]:
        """Name the plugin in whatever goes wrong inside; what is no error of Capify becomes one of this kind."""
        try:
            yield
        except CapifyError as error:
            error.message = f"{self.title}: {error.message}"
            raise
        except (Exception, SystemExit) as error:
            raise kind(f"{self.title} failed: {type(error).__name__}: {error}", hint=_MAKERS) from error

    def makes(self, port: object, make: Callable[[], T]) -> T:
        """Let the plugin make something for a port. Raises `RecipeError` if that is not what it made."""
        with self.blamed():
            made = make()
        missing = lacking(made, port)
        if missing:
            text = f"{self.title} made a `{type(made).__name__}`, which has no {ticked(missing)}"
            raise RecipeError(text, hint="ask the package's makers")
        return made


def find(group: Group[P], name: str, place: Place | None) -> Plugged[P] | None:
    """Find the plugin of this name. Raises `RecipeError` for one that cannot be used, or that two packages have."""
    if not _NAME.fullmatch(name):
        return None
    return chosen(group, name, entry_points(group=group.name, name=name), place=place)


def chosen(group: Group[P], name: str, entries: Iterable[EntryPoint], *, place: Place | None) -> Plugged[P] | None:
    """Take the one entry that claims a name. Raises `RecipeError` where there are several, or it cannot be used."""
    found = {package(entry): entry for entry in entries}
    if not found:
        return None
    if len(found) > 1:
        text = f"several packages have a {group.noun} `{name}`: {ticked(sorted(found))}"
        raise RecipeError(text, place=place, hint="uninstall all but one")
    ((owner, entry),) = found.items()
    title = f"plugin `{entry.name}` of {owner} ({group.name})"
    return Plugged(title, _sound(_loaded(entry, title, place), group, title, place=place))


def names(group: str) -> tuple[str, ...]:
    """Name everything that installed packages offer in a group."""
    return tuple(sorted({entry.name for entry in entry_points(group=group) if _proper(entry)}))


def _proper(entry: EntryPoint) -> bool:
    """Tell whether anybody could ask for it: a name is letters, digits, `-` and `_`; readers may write the dot."""
    return _NAME.fullmatch(entry.name.removeprefix(".") if entry.group == READERS.name else entry.name) is not None


def package(entry: EntryPoint) -> str:
    """Name the package that an entry point is of: `capify-extra 1.0`."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module


def lacking(made: object, port: object) -> list[str]:
    """List what something lacks to be plugged into a port."""
    wanted = {*vars(port), *getattr(port, "__annotations__", {})}
    return sorted(name for name in wanted if not name.startswith("_") and not hasattr(made, name))


def _loaded(entry: EntryPoint, title: str, place: Place | None) -> object:
    try:
        return entry.load()
    except (Exception, SystemExit) as error:
        text = f"{title} cannot be imported: {type(error).__name__}: {error}"
        raise RecipeError(text, place=place, hint=_MAKERS) from error


def _sound(plugin: object, group: Group[P], title: str, *, place: Place | None) -> P:
    """Check what a package says of its plugin."""
    if not isinstance(plugin, group.kind):
        text = f"{title} is a `{type(plugin).__name__}`, and no `capify.plugins.{group.kind.__name__}`"
        raise RecipeError(text, place=place, hint="ask the package's makers")
    if plugin.api != API:
        newer = isinstance(plugin.api, int) and plugin.api > API
        hint = "upgrade Capify" if newer else "upgrade the package"
        raise RecipeError(f"{title} is made for version {plugin.api} of plugins, not {API}", place=place, hint=hint)
    wrong = _wrong(plugin)
    if wrong:
        raise RecipeError(f"{title} {wrong}", place=place, hint=_MAKERS)
    return plugin


def _wrong(plugin: object) -> str:
    match plugin:
        case RecipePlugin(recipe):
            return "" if isinstance(recipe, Path) and recipe.is_file() else f"has no file `{recipe}`"
        case ReaderPlugin(function):
            return "" if callable(function) else "has a `read` that is no function"
        case TransportPlugin(function) | ReporterPlugin(function):
            return "" if callable(function) else "has a `make` that is no function"
        case StrategyPlugin(strategy):
            return "" if callable(getattr(strategy, "files", None)) else "has a strategy without the method `files`"
    return ""
