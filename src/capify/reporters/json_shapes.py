"""How values of events stand in JSON: one shape a type, which writes, reads and describes.

Rule: everything is made of the type hints in `capify.events` and its nouns; nothing here knows an event by name, so the
JSON, what is read back, and the schema cannot drift apart.
"""

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from capify.machines import Server
from capify.places import Place, short
from capify.reporters.text import harmless

MOST = 2.0**53  # of numbers; beyond it not all who read JSON agree about them
_ATOMS: Mapping[object, str] = types.MappingProxyType(
    {str: "string", int: "integer", float: "number", bool: "boolean"}
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How values of one type are written and read, and their JSON Schema. `read` raises `ValueError`."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    schema: Mapping[str, object]


@cache
def shape(hint: Any) -> Shape:
    """Find the shape of a type. Raises `TypeError` for one that has none: a new field needs a type known here."""
    arguments = get_args(hint)
    if hint in _ATOMS:
        return _atom(hint)
    if isinstance(hint, types.UnionType) and len(arguments) == 2 and arguments[1] is types.NoneType:
        return _optional(shape(arguments[0]))
    if get_origin(hint) is Literal:
        return _choice(arguments, str)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice(tuple(str(one) for one in hint), hint)
    if get_origin(hint) in {tuple, frozenset}:
        return _many(shape(arguments[0]), get_origin(hint))
    if get_origin(hint) is Mapping:
        return _each_server(shape(arguments[1])) if arguments[0] is Server else _properties()
    if isinstance(hint, type) and is_dataclass(hint):
        return _value(hint)
    raise TypeError(f"{hint} has no shape in JSON")


@cache
def members(kind: type) -> Mapping[str, Shape]:
    """The fields of a value, each with its shape."""
    hints = get_type_hints(kind)
    return {one.name: shape(hints[one.name]) for one in fields(kind)}


def write_members(value: Any) -> dict[str, Any]:
    """Write a value's fields as plain data."""
    return {name: member.write(getattr(value, name)) for name, member in members(value.__class__).items()}


def read_members(kind: type, data: Any) -> Any:
    """Make a value of plain data; fields of newer versions are left out. Raises `ValueError` for what does not fit."""
    if not isinstance(data, dict):
        raise ValueError(f"{kind.__name__} is not an object")  # noqa: TRY004 - one error for all that does not fit
    given = {name: member.read(data[name]) for name, member in members(kind).items() if name in data}
    missing = [name for name in needed(kind) if name not in given]
    if missing:
        raise ValueError(f"{kind.__name__} has no `{missing[0]}`")
    return kind(**given)


def needed(kind: type) -> list[str]:
    """The fields that have no default: later ones have, so that older recordings stay readable."""
    return [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]


def object_schema(kind: type) -> dict[str, object]:
    """Describe a value as an object with its fields."""
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {name: dict(member.schema) for name, member in members(kind).items()},
        "required": needed(kind),
    }


def _atom(kind: Any) -> Shape:
    def read(data: Any) -> Any:
        numeric = kind is float and isinstance(data, int) and not isinstance(data, bool)
        if (not numeric and type(data) is not kind) or (kind in {int, float} and not abs(data) < MOST):
            raise ValueError(f"`{data}` is no {_ATOMS[kind]}")
        return kind(data)

    return Shape(lambda value: value, read, {"type": _ATOMS[kind]})


def _optional(inner: Shape) -> Shape:
    return Shape(
        lambda value: None if value is None else inner.write(value),
        lambda data: None if data is None else inner.read(data),
        {"anyOf": [dict(inner.schema), {"type": "null"}]},
    )


def _choice(texts: tuple[str, ...], make: Callable[[str], Any]) -> Shape:
    def read(data: Any) -> Any:
        if data not in texts:
            raise ValueError(f"`{data}` is none of {', '.join(texts)}")
        return make(data)

    return Shape(str, read, {"enum": list(texts)})


def _many(inner: Shape, make: Any) -> Shape:
    def write(values: Any) -> list[Any]:
        written = [inner.write(value) for value in values]
        return sorted(written) if make is frozenset else written

    return Shape(
        write, lambda data: make(inner.read(one) for one in _list(data)), {"type": "array", "items": dict(inner.schema)}
    )


def _each_server(inner: Shape) -> Shape:
    """Write a mapping of servers as a list of pairs: a server is an object, and no key."""
    server = shape(Server)

    def read(data: Any) -> Any:
        pairs = [one if isinstance(one, dict) else {} for one in _list(data)]
        return {server.read(pair.get("server")): inner.read(pair.get("value")) for pair in pairs}

    pair = {
        "type": "object", "properties": {"server": dict(server.schema), "value": dict(inner.schema)},
        "required": ["server", "value"],
    }  # fmt: skip
    return Shape(
        lambda value: [{"server": server.write(key), "value": inner.write(inside)} for key, inside in value.items()],
        read, {"type": "array", "items": pair},
    )  # fmt: skip


def _properties() -> Shape:
    """Write what a recipe says of a server; what JSON does not know is written as its text, where it has one."""
    return Shape(_plain, _dict, {"type": "object"})


def _value(kind: type) -> Shape:
    schema = {"$ref": f"#/$defs/{kind.__name__}"}
    if kind is Server:
        return Shape(write_members, _read_server, schema)
    # A place as it was shown there and then: a recording may be read in another folder.
    write = _write_place if kind is Place else write_members
    return Shape(write, lambda data: read_members(kind, data), schema)


def _read_server(data: Any) -> Server:
    """Make a server; its names are shown as they are, so that none of them may steer a terminal."""
    server: Server = read_members(Server, data)
    if harmless(server.address) != server.address:
        raise ValueError(f"`{harmless(server.address)}` is no server")
    return server


def _write_place(place: Place) -> dict[str, Any]:
    return {"file": short(place.file), "line": place.line}


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {_text(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
    return _text(value)


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a secret, say, refuses to become text; that must not end a recording
        return f"({type(value).__name__})"


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise ValueError(f"`{data}` is no list")  # noqa: TRY004 - one error for all that does not fit
    return data


def _dict(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"`{data}` is no object")  # noqa: TRY004 - one error for all that does not fit
    return data
