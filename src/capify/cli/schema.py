"""`cap schema events`: what the lines of `--events` look like, as JSON Schema."""

from collections.abc import Callable, Mapping
from typing import Final

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.errors import UsageError
from capify.reporters.json_schema import events_schema
from capify.wording import suggestion, ticked

SCHEMAS: Final[Mapping[str, Callable[[], object]]] = {"events": events_schema}


def show(asked: Asked) -> Answer:
    """Answer `cap schema NAME`. Raises `UsageError` for a name that has no schema."""
    asked.refuse_words("schema", 1)
    if not asked.words:
        raise UsageError("`schema` needs a name", hint=f"there is {ticked(SCHEMAS)}")
    name = asked.words[0]
    if name not in SCHEMAS:
        hint = suggestion(name, SCHEMAS) or f"there is {ticked(SCHEMAS)}"
        raise UsageError(f"there is no schema `{name}`", hint=hint)
    return Answer(as_json(SCHEMAS[name]()))
