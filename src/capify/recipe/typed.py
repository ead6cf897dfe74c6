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
_Command: TypeAlias = Setting[str | list[str], str | list[str] | tuple[str, ...]]
_Sizes: TypeAlias = Setting[list[int | str], list[int] | list[str] | list[int | str] | tuple[int | str, ...]]
_Required: TypeAlias = Setting[int | str | Mapping[str, int | str], int | str | Mapping[str, int | str]]
_Maybe: TypeAlias = Setting[str | None, str]


class KnownSettings:
    """The settings that Capify understands; `cap vars` shows them, and what they are for."""

    allowed_branches: _Names
    application: _Text
    branch: _Text
    command_timeout: _Seconds
    connect_timeout: _Seconds
    connections: _Count
    default_env: _Words
    default_stage: _Text
    deploy_to: _Text
    deploy_via: _Text
    disk_reserve: _Count
    fetch_timeout: _Seconds
    grace: _Seconds
    group: _Text
    health_command: _Command
    health_expect: _Text
    health_host: _Text
    health_interval: _Seconds
    health_process: _Text
    health_retries: _Count
    health_timeout: _Count
    health_url: _Text
    keep_failed: _Count
    keep_releases: _Count
    lease: _Seconds
    linked_dirs: _Names
    linked_files: _Names
    lock_wait: _Seconds
    migrate_command: _Command
    migrate_env: _Words
    migrate_target: _Text
    migrate_timeout: _Seconds
    notify_command: _Command
    notify_on: _Names
    notify_timeout: _Seconds
    notify_webhook: _Text
    preview: _Text
    protected_stages: _Names
    publish_timeout: _Seconds
    release_name: _Text
    reporters: _Names
    repository: _Text
    repository_cache: _Text
    require: _Required
    restart_waves: _Sizes
    revision: _Text
    scm: _Text
    shared_mode: _Text
    shared_source: _Text
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
