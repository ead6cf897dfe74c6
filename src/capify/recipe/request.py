"""The request: what the command line asks of the loader, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Pair: TypeAlias = "tuple[str, str | None]"


@dataclass(frozen=True, slots=True)
class Request:
    """Which recipes to load, with which settings, for which words."""

    words: tuple[str, ...] = ()  # the bare words: no options, no values of options, no `name=value`
    early: tuple[Pair, ...] = ()  # -S name=value; no value is `None`
    late: tuple[Pair, ...] = ()  # -s name=value
    settings: Mapping[str, Any] = field(default_factory=dict)  # what a program says that uses Capify as a library
    files: tuple[str, ...] = ()  # -f
    with_default: bool = False  # -F: the capfile too
    skip_user_file: bool = False  # -x
    skip_system_file: bool = False  # -X
    reads_stage: bool = True  # `cap stages` needs no stage's file
    commands: frozenset[str] = frozenset()  # commands of `cap` itself, which take words of their own
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = field(default_factory=Path.cwd)
