"""Recipes in JSON: settings and `servers`, as in YAML."""

import json
import re
from pathlib import Path

from capify.errors import RecipeError
from capify.places import Place
from capify.plugins import Declared, ReaderPlugin


def read(path: Path) -> Declared:
    """Read one file, and remember on which lines its names stand."""
    text = path.read_text("utf-8")
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecipeError(f"not valid JSON: {error.msg}", place=Place(str(path), error.lineno)) from error
    found = ((re.match(r'\s*"([^"]+)"\s*:', line), number) for number, line in enumerate(text.splitlines(), 1))
    return Declared(values, {match[1]: number for match, number in found if match})


plugin = ReaderPlugin(read, api=1)
