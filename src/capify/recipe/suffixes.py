"""Suffixes of recipes: Capify's own, and those of readers that packages bring.

Rule: whether a package reads a suffix is asked when a file of that suffix is met, and not before.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from capify.errors import RecipeError
from capify.places import Place
from capify.wording import ticked

if TYPE_CHECKING:
    from capify.plugins import ReaderPlugin
    from capify.recipe.plugged import Plugged

SUFFIXES: Final = (".py", ".yml", ".yaml", ".toml")
_STAGE: Final = re.compile(r"[A-Za-z0-9][\w-]*(?:/[A-Za-z0-9][\w-]*)*")
_PLAIN: Final = re.compile(r"\.[A-Za-z0-9_-]+")


def readable(path: Path) -> bool:
    """Tell whether somebody reads files of this suffix: Capify, or an installed package."""
    return path.suffix in SUFFIXES or (bool(_PLAIN.fullmatch(path.suffix)) and path.suffix in _brought())


def unread_file(folder: Path, name: str) -> Path | None:
    """Find the file that would be this stage's, if anybody here read its suffix."""
    if not _STAGE.fullmatch(name):
        return None
    stage = folder / name
    found = (path for path in sorted(stage.parent.glob("*")) if path.suffix and path.with_suffix("") == stage)
    return next((path for path in found if path.is_file() and not readable(path)), None)


def endings() -> tuple[str, ...]:
    """Name every suffix that a recipe may have here, Capify's own first."""
    return (*SUFFIXES, *(suffix for suffix in _brought() if suffix not in SUFFIXES))


def find_reader(path: Path) -> "Plugged[ReaderPlugin]":
    """Find the one plugin that reads a file.

    Raises `RecipeError` where there is none or several, or where a package claims a suffix that Capify itself reads.
    """
    from importlib.metadata import entry_points

    from capify.recipe.plugged import READERS, chosen, package

    place = Place(str(path))
    claims = [(claimed(entry.name), entry) for entry in entry_points(group=READERS.name)]
    for suffix, entry in sorted(claims, key=lambda claim: (claim[0], package(claim[1]))):
        if suffix in SUFFIXES:
            title = f"plugin `{entry.name}` of {package(entry)} ({READERS.name})"
            text = f"{title} claims `{suffix}`, which Capify reads itself"
            raise RecipeError(text, place=place, hint="uninstall the package, or ask its makers")
    entries = [entry for suffix, entry in claims if suffix == path.suffix]
    found = chosen(READERS, path.suffix, entries, place=place)
    if found is None:
        raise RecipeError("nothing here reads such a file", place=place, hint=f"recipes end in {ticked(endings())}")
    return found


def claimed(name: str) -> str:
    """Give the suffix that a plugin means by its name: `json` or `.json`."""
    return f".{name.removeprefix('.')}"


def _brought() -> list[str]:
    from capify.recipe.plugged import READERS, names  # finding packages takes its time

    return sorted({claimed(name) for name in names(READERS.name)})
