"""Plugins: what other packages offer to Capify, as values that they name among their entry points.

    [project.entry-points."capify.recipes"]
    maintenance = "capify_maintenance:plugin"

Rule: a plugin does nothing until a recipe asks for it by name, so it never matters which others are installed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

API: Final = 1
"""The version of what plugins may rely on: this module, and the words of recipes. A new one may break plugins."""


@dataclass(frozen=True, slots=True)
class RecipePlugin:
    """A recipe in a package; `load(NAME)` reads it as it reads `deploy`: what it sets are defaults.

    `recipe` is its file, `api` the version of `capify.plugins.API` that it was written for, as a number.
    """

    recipe: Path
    api: int
