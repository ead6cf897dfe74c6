"""Known settings by type, for editors and type checkers: `config.keep_releases` is an `int`.

Rule: names and types only; values are in `settings`, sorts in `known`. A test holds this list to that table.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Generic, TypeAlias, TypeVar

R = TypeVar("R")
T = TypeVar("T")


class Setting(Generic[R, T]):
    """A setting, as type checkers see it: what reading gives, and what may be set; a function makes it late."""

    def __get__(self, owner: Any, kind: Any = None) -> R:
        raise NotImplementedError  # never called: only annotations mention this class

    def __set__(self, owner: Any, value: T | Callable[[], T | None] | None) -> None:
        raise NotImplementedError


_Text: TypeAlias = Setting[str, str | PurePath]
_Names: TypeAlias = Setting[list[str], list[str] | tuple[str, ...]]
_Words: TypeAlias = Setting[dict[str, Any], Mapping[str, Any]]
_Flag: TypeAlias = Setting[bool, bool]
_Count: TypeAlias = Setting[int, int]
_Seconds: TypeAlias = Setting[float, float]
_Maybe: TypeAlias = Setting[str | None, str]


class KnownSettings:
    """The settings that Capify understands; `cap vars` shows them, and what they are for."""

    application: _Text
    branch: _Text
    command_timeout: _Seconds
    connect_timeout: _Seconds
    connections: _Count
    default_env: _Words
    default_stage: _Text
    deploy_to: _Text
    deploy_via: _Text
    fetch_timeout: _Seconds
    grace: _Seconds
    group: _Text
    keep_failed: _Count
    keep_releases: _Count
    lease: _Seconds
    linked_dirs: _Names
    linked_files: _Names
    protected_stages: _Names
    release_name: _Text
    reporters: _Names
    repository: _Text
    repository_cache: _Text
    revision: _Text
    scm: _Text
    silence: _Seconds
    ssh_config: _Text
    stage: _Maybe
    stage_dir: _Text
    stages: _Names
    sudo: _Text
    transport: _Text
    umask: _Text
    use_sudo: _Flag
    user: _Text
