"""Readers: a recipe's text into the open book, one reader for each suffix.

Rule: Python recipes are executed by path, never imported; YAML and TOML hold settings and `servers`, nothing else.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.book import Book
from capify.recipe.syntax import glued, toml_slip, yaml_slip
from capify.recipe.typos import meant
from capify.wording import near

At = Callable[[str], Place]


def read(book: Book, path: Path) -> None:
    """Read one recipe by the reader of its suffix. Whatever it raises, it raises."""
    _READERS.get(path.suffix, _read_by_plugin)(book, path)


def _read_python(_book: Book, path: Path) -> None:
    name = f"recipe:{path}"  # dataclasses and the like look their module up by this name
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102 - a recipe is the user's program


def _read_yaml(book: Book, path: Path) -> None:
    import yaml

    from capify.recipe.marked_yaml import load_marked

    text = path.read_text(encoding="utf-8")
    try:
        values, lines = load_marked(text)
    except yaml.YAMLError as error:
        slip = yaml_slip(text, error)
        place = Place(str(path), slip.line)
        raise RecipeError(f"not valid YAML: {slip.problem}", place=place, hint=slip.hint) from error
    if isinstance(values, str):
        text, hint = "must be a mapping of settings, with `servers`", glued(values)
        raise RecipeError(text, place=Place(str(path), 1), hint=hint)
    _declare(book, values, lambda key: Place(str(path), lines.get(key, 1)))


def _read_toml(book: Book, path: Path) -> None:
    import tomllib

    text = path.read_text(encoding="utf-8")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        slip = toml_slip(text, error)
        place = Place(str(path), slip.line)
        raise RecipeError(f"not valid TOML: {slip.problem}", place=place, hint=slip.hint) from error
    _declare(book, values, lambda key: Place(str(path), _toml_line(text, key)))


def _read_by_plugin(book: Book, path: Path) -> None:
    from capify.plugins import Declared
    from capify.recipe.suffixes import find_reader

    found = find_reader(path)
    with found.blamed():
        declared: object = found.value.read(path)
    if not isinstance(declared, Declared):
        text = f"{found.title} read a `{type(declared).__name__}`, and no `capify.plugins.Declared`"
        raise RecipeError(text, place=Place(str(path)), hint="ask the package's makers")
    lines = declared.lines if isinstance(declared.lines, Mapping) else {}
    _declare(book, declared.values, lambda key: Place(str(path), lines.get(key, 0)))


def _declare(book: Book, values: object, at: At) -> None:
    if values is None:
        return
    if not isinstance(values, Mapping):
        raise RecipeError("must be a mapping of settings, with `servers`", place=at(""))
    for key, value in values.items():
        if key == "servers":
            _declare_servers(book, value, at)
        else:
            if meant(str(key), ["servers"]):
                book.warn(f"setting `{key}` is not known; did you mean `servers`?", at(str(key)))
            book.settings.set(key if isinstance(key, str) else str(key), value, place=at(str(key)))


def _declare_servers(book: Book, value: object, at: At) -> None:
    if isinstance(value, Mapping):
        entries: Iterable[tuple[str, object, object]] = (("servers", host, entry) for host, entry in value.items())
    elif isinstance(value, list):
        entries = ((f"servers.{index}", None, entry) for index, entry in enumerate(value))
    else:
        raise RecipeError("`servers` must be a list, or a mapping of hosts", place=at("servers"), hint=_EXAMPLE)
    for key, host, entry in entries:
        place = at(key if host is None else f"servers.{host}")
        address, roles, properties = _server(host, entry, place)
        book.inventory.add(address, roles, place, **properties)


def _server(host: object, entry: object, place: Place) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """Take `{host, roles, …}` apart; below a host, a list of roles alone will do."""
    if host is not None and isinstance(entry, str | list):
        entry = {"roles": entry}
    if not isinstance(entry, Mapping):
        raise RecipeError(f"a server must have a host and roles, unlike {entry!r}", place=place, hint=_EXAMPLE)
    properties = {str(key): value for key, value in entry.items()}
    roles = properties.pop("roles", [])
    address = properties.pop("host", None) if host is None else host
    if not isinstance(address, str):
        raise RecipeError("a server needs a `host`", place=place, hint=_near_key(properties, "host") or _EXAMPLE)
    if not isinstance(roles, str | list):
        raise RecipeError(f"`roles` of server `{address}` must be a list", place=place, hint=_EXAMPLE)
    if not roles:
        hint = _near_key(properties, "roles") or _EXAMPLE
        raise RecipeError(f"server `{address}` has no roles", place=place, hint=hint)
    reserved = sorted({"address", "roles", "place"} & set(properties))
    if reserved:
        raise RecipeError(f"a server has no property `{reserved[0]}`", place=place, hint=_EXAMPLE)
    return address, (roles,) if isinstance(roles, str) else tuple(roles), properties


def _near_key(keys: Iterable[str], right: str) -> str:
    found = near(right, keys, most=1)
    return f"it has `{found[0]}`; did you mean `{right}`?" if found else ""


def _toml_line(text: str, key: str) -> int:
    """Find the line that says a key; TOML's own reader does not tell."""
    name, _, inner = key.partition(".")
    if name == "servers" and inner.isdigit():
        headers = [at for at, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*servers\s*\]\]", line)]
        return headers[int(inner)] if int(inner) < len(headers) else _toml_line(text, name)
    word = rf"[\"']?{re.escape(inner or name)}[\"']?"
    pattern = rf"\s*(?:{word}\s*[=.]|\[+\s*(?:servers\s*\.\s*)?{word}\s*[\].])"
    found = [at for at, line in enumerate(text.splitlines(), 1) if re.match(pattern, line)]
    return found[0] if found else (_toml_line(text, name) if inner else 1)


_EXAMPLE: Final = "servers: [{host: deploy@web1, roles: [app, web], primary: true}]"
_READERS: Final[Mapping[str, Callable[[Book, Path], None]]] = {
    ".py": _read_python,
    ".yml": _read_yaml,
    ".yaml": _read_yaml,
    ".toml": _read_toml,
}
