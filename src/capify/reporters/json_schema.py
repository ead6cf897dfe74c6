"""The JSON Schema of events, made of the events themselves. Pure."""

from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

from capify.reporters.json_lines import KINDS, VERSION
from capify.reporters.json_shapes import object_schema

_ABOUT = (
    "Each line is one event of one invocation. Events of an invocation are in order, numbered from 1. Within this "
    "version events and fields may be added; leave out what you do not know."
)


def events_schema() -> dict[str, object]:
    """Describe a line of `--events` (JSON Schema, draft 2020-12)."""
    envelope = {
        "capify": {"const": VERSION, "description": "The version of this format."},
        "invocation": {"type": "string", "description": "The id of the invocation."},
        "number": {"type": "integer", "minimum": 1, "description": "The place of the event in its invocation."},
        "time": {"type": "number", "description": "When it happened, in seconds since the epoch."},
        "event": {"enum": list(KINDS)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:capify:events:{VERSION}",
        "title": f"Events of Capify, version {VERSION}",
        "description": _ABOUT,
        "type": "object",
        "properties": envelope,
        "required": list(envelope),
        "oneOf": [_event(name, kind) for name, kind in KINDS.items()],
        "$defs": {kind.__name__: object_schema(kind) for kind in _values()},
    }


def _event(name: str, kind: type) -> dict[str, object]:
    described = object_schema(kind)
    properties = {"event": {"const": name}, **_mapping(described["properties"])}
    return {"title": name, **described, "properties": properties}


def _values() -> list[type]:
    """Find the values that events are made of, at every depth, by name."""
    found: dict[str, type] = {}
    left: list[Any] = list(KINDS.values())
    while left:
        for hint in get_type_hints(left.pop()).values():
            for part in _parts(hint):
                if is_dataclass(part) and isinstance(part, type) and part.__name__ not in found:
                    found[part.__name__] = part
                    left.append(part)
    return [found[name] for name in sorted(found)]


def _parts(hint: Any) -> list[Any]:
    return [hint, *(part for inner in get_args(hint) for part in _parts(inner))]


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
