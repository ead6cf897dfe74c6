"""The schema of events: what is written fits it, and a version of it only grows."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.reporters.test_json_lines import EVENTS

from capify.events import Event
from capify.reporters.json_lines import VERSION, Recorded, line_of
from capify.reporters.json_schema import events_schema

KEPT = Path(__file__).parent / "golden" / f"events-{VERSION}.schema.json"
TYPES = {
    "string": str, "integer": int, "number": int | float, "boolean": bool, "array": list, "object": dict,
    "null": type(None),
}  # fmt: skip
KNOWN = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required", "oneOf", "anyOf",
    "const", "enum", "items", "minimum",
}  # fmt: skip


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Validate by as much of JSON Schema as ours uses."""
    assert set(schema) <= KNOWN
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    if "$ref" in schema and not fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root):
        return False
    if any(not isinstance(value, dict) or name not in value for name in schema.get("required", ())):
        return False
    inner = [
        fits(value[name], one, root)
        for name, one in schema.get("properties", {}).items() if isinstance(value, dict) and name in value
    ] + [fits(one, schema["items"], root) for one in (value if "items" in schema else ())]  # fmt: skip
    return (
        all(inner)
        and ("const" not in schema or value == schema["const"])
        and ("enum" not in schema or value in schema["enum"])
        and ("minimum" not in schema or value >= schema["minimum"])
        and ("anyOf" not in schema or any(fits(value, one, root) for one in schema["anyOf"]))
        and ("oneOf" not in schema or sum(fits(value, one, root) for one in schema["oneOf"]) == 1)
    )


@given(EVENTS)
def test_every_event_fits_the_schema(event: Event) -> None:
    schema: Any = events_schema()
    data = json.loads(line_of(Recorded("7f", 1, 0.5, event)))
    assert fits(data, schema, schema)


@pytest.mark.parametrize("change", [{"number": 0}, {"capify": 2}, {"event": "x"}, {"task": 3}, {"time": "now"}])
def test_what_is_no_event_does_not_fit(change: dict[str, object]) -> None:
    schema: Any = events_schema()
    good = {"capify": 1, "invocation": "7f", "number": 1, "time": 0.5, "event": "undoing", "task": "x"}
    assert fits(good, schema, schema)
    assert not fits({**good, **change}, schema, schema)
    assert not fits({name: good[name] for name in good if name not in change}, schema, schema)


def grown(old: Any, new: Any, path: str = "") -> list[str]:
    """Find what is no longer as it was; descriptions may change, and more may be there."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            said for name, value in old.items() if name not in {"description", "required"}
            for said in grown(value, new.get(name), f"{path}/{name}")
        ]  # fmt: skip
    if isinstance(old, list) and isinstance(new, list):
        by_name = {one["title"]: one for one in new if isinstance(one, dict) and "title" in one}
        if by_name:
            return [said for one in old for said in grown(one, by_name.get(one["title"]), f"{path}/{one['title']}")]
        return [f"{path}: {one} is gone" for one in old if one not in new]
    return [] if old == new else [f"{path}: {old!r} became {new!r}"]


def test_within_a_version_the_schema_only_grows() -> None:
    """Change `VERSION` where a reader of the old format would be misled, and keep the new schema beside the old one."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert grown(kept, json.loads(json.dumps(events_schema()))) == []


def test_a_change_that_misleads_readers_is_found() -> None:
    changed: Any = json.loads(json.dumps(events_schema()))
    changed["$defs"]["Place"]["properties"]["line"] = {"type": "string"}
    del changed["$defs"]["Server"]["properties"]["host"]
    assert len(grown(json.loads(json.dumps(events_schema())), changed)) == 2
