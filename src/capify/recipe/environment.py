"""Settings from outside the recipes: `-S`, the environment (`CAPIFY_<NAME>`), `-s`.

Rule: they are there before the first recipe is read, so that an early reading already sees what will win.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from capify.errors import CapifyError, UsageError
from capify.places import Place
from capify.recipe.book import Book
from capify.recipe.known import read
from capify.recipe.layers import Layer
from capify.recipe.request import Pair, Request

_UPPER: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
PREFIX: Final = "CAPIFY_"
NOT_HERE: Final = frozenset({"stage", "protected_stages"})  # nobody reaches a stage by a forgotten variable
RESERVED: Final = frozenset({"ASKPASS", "DEBUG", "LOG", "TAG"})  # Capify's own, which are no settings


def set_from_outside(book: Book, request: Request) -> None:
    """Put in what the command line and the environment say. Raises `UsageError` for what cannot be set."""
    _set(book, request.early, Layer.EARLY, "-S")
    _set_environment(book, request.environment)
    _set(book, request.late, Layer.LATE, "-s")
    _set_values(book, request.settings)


def _set(book: Book, pairs: Iterable[Pair], layer: Layer, option: str) -> None:
    for name, text in pairs:
        if name == "stage":
            hint = f"write `cap {text or 'STAGE'} TASK`"
            raise UsageError(f"`{option} stage=` cannot choose the stage: it is the first word", hint=hint)
        if name == "protected_stages":
            hint = "only recipes say what is protected; `--confirm STAGE` confirms one by its name"
            raise UsageError(f"`{option} protected_stages=` cannot take protection away", hint=hint)
        if text is None:
            raise UsageError(f"`{option} {name}` gives no value", hint=f"write `{option} {name}=VALUE`")
        try:
            book.settings.set(name, read(name, text), place=Place(option), layer=layer)
        except CapifyError as error:
            raise UsageError(f"{option} {name}: {error.message}", hint=error.hint) from error


def _set_values(book: Book, values: Mapping[str, Any]) -> None:
    """Put in what a program says; they are values already, and may be late."""
    for name, value in values.items():
        if name in NOT_HERE:
            hint = "the stage is `stage=`; only recipes say what is protected, and `confirm=` confirms one"
            raise UsageError(f"`{name}` cannot be set from outside", hint=hint)
        try:
            book.settings.set(name, value, place=Place("settings"), layer=Layer.LATE)
        except CapifyError as error:
            raise UsageError(f"settings: {error.message}", hint=error.hint) from error


def _set_environment(book: Book, environment: Mapping[str, str]) -> None:
    for variable, text in sorted(environment.items()):
        upper = variable.removeprefix(PREFIX)
        if upper in {variable, ""} or upper in RESERVED or not _UPPER.fullmatch(upper):
            continue
        name, place = upper.lower(), Place(variable)
        if name in NOT_HERE:
            book.warn(f"`{variable}` is not used: the stage is the first word; recipes say what is protected", place)
            continue
        try:
            book.settings.set(name, read(name, text), place=place, layer=Layer.ENVIRONMENT)
        except CapifyError as error:
            raise UsageError(f"{variable}: {error.message}", hint=error.hint) from error
