"""Answers: what a command of `cap` itself gives back, as values; nothing here prints.

Rule: lines are data, for standard output; remarks are about them, for standard error.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown, what is said about it, and the exit status."""

    lines: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    status: int = 0


def as_json(value: object) -> tuple[str, ...]:
    """Write plain data as JSON; what JSON does not know, as its text."""
    import json

    return tuple(json.dumps(_plain(value), indent=2).split("\n"))


def _plain(value: object) -> object:
    """Give what JSON knows, at every depth; everything else as text."""
    match value:
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)
