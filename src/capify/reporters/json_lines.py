"""Events as JSON lines: written while they happen, and read back into the same events.

Rule: one object a line, in ASCII, nothing in it that could steer a terminal; every line stands for itself.
Rule: within a version events and fields are added, never removed or changed; readers leave out what they do not know.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TextIO, get_args

from capify.events import Event
from capify.reporters.json_shapes import read_members, write_members
from capify.reporters.sheets import Sheet
from capify.reporters.text import harmless

LAST: Final = 253402300800.0  # the first moment of the year 10000, which no calendar here knows
VERSION: Final = 1  # of the format; another one when a reader of this one would be misled


def name_of(kind: type) -> str:
    """Name an event as JSON does: `output_line`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


KINDS: Final[Mapping[str, type]] = MappingProxyType({name_of(kind): kind for kind in get_args(Event)})


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event as it was recorded: of which invocation, its number from 1, when (seconds since the epoch)."""

    invocation: str
    number: int
    at: float
    event: Event


class JsonLines:
    """Reporter that writes every event of an invocation to a stream, at once; with `owned`, it closes the stream.

    `name` is what a warning calls the stream. `err` is told when it can no longer be written (default: standard error).
    """

    def __init__(
        self, stream: TextIO, invocation: str, *, name: str, owned: bool = True, err: TextIO | None = None
    ) -> None:
        self._stream = stream
        self._sheet = Sheet(stream)
        self._invocation = invocation
        self._name = name
        self._owned = owned
        self._err = err
        self._number = 0

    def handle(self, event: Event, at: float) -> None:
        """Write one event; after a stream was lost, nothing."""
        known = self._sheet.lost
        self._number += 1
        self._sheet.line(line_of(Recorded(self._invocation, self._number, at, event)))
        if self._sheet.lost is not known:
            self._mourn(self._sheet.lost)

    def close(self) -> None:
        """Close the stream, where it is ours."""
        if self._owned:
            with suppress(OSError, ValueError):
                self._stream.close()

    def _mourn(self, error: Exception | None) -> None:
        err = self._err or sys.stderr
        with suppress(OSError, ValueError, AttributeError):
            said = harmless(f"the events in {self._name} are not complete, it could not be written: {error}")
            err.write(f"warning: {said}\n")
            err.flush()


def line_of(recorded: Recorded) -> str:
    """Write an event as a line, without its end."""
    data = {
        "capify": VERSION, "invocation": recorded.invocation, "number": recorded.number, "time": recorded.at,
        "event": name_of(type(recorded.event)), **write_members(recorded.event),
    }  # fmt: skip
    # JSON leaves DEL alone, and a terminal might not; nor would a CI system that looks for `##[…]` in its log.
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("\x7f", "\\u007f").replace("##", "#\\u0023")


def event_of(line: str) -> Recorded:
    """Read a line back. Raises `ValueError` for what is no event of this version."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(data, dict) or "capify" not in data:
        raise ValueError("it is no event of Capify")
    if data["capify"] != VERSION:
        raise ValueError(f"its format is version `{data['capify']}`, and this Capify reads version {VERSION}")
    kind = KINDS.get(str(data.get("event")))
    if kind is None:
        raise ValueError(f"this Capify knows no event `{data.get('event')}`")
    return Recorded(
        _member(data, "invocation", str), _member(data, "number", int), _moment(data), read_members(kind, data)
    )


def events_of(lines: Iterable[str]) -> Iterator[Recorded]:
    """Read lines back, in their order. Raises `ValueError` with the number of the line that is none.

    A last line without its end was cut off while it was written, and is left out.
    """
    for number, line in enumerate(lines, 1):
        if line.endswith("\n") and line.strip():
            try:
                yield event_of(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None


def _moment(data: Mapping[str, Any]) -> float:
    at = _member(data, "time", int | float)
    if not 0 <= at < LAST:
        raise ValueError(f"`{at}` is no time")
    return float(at)


def _member(data: Mapping[str, Any], name: str, kind: Any) -> Any:
    value = data.get(name)
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    raise ValueError(f"it has no `{name}`")
