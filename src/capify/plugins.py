"""Plugins: what other packages offer to Capify, as values that they name among their entry points.

    [project.entry-points."capify.recipes"]
    maintenance = "capify_maintenance:plugin"

| group                 | value             | asked for by                                       |
|-----------------------|-------------------|----------------------------------------------------|
| `capify.recipes`      | `RecipePlugin`    | `load("NAME")`                                     |
| `capify.readers`      | `ReaderPlugin`    | a recipe whose file ends in `.NAME`                |
| `capify.transports`   | `TransportPlugin` | `config.transport = "NAME"`                        |
| `capify.reporters`    | `ReporterPlugin`  | `config.reporters = ["NAME"]`                      |
| `capify.strategies`   | `StrategyPlugin`  | `config.deploy_via = "NAME"`                       |

Rule: a plugin does nothing until a project asks for it by name, so it never matters which others are installed.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from capify.ports import Reporter, Terminal, Transport

API: Final = 1
"""The version of what plugins may rely on: this module and the words of recipes; `Link`, `Transport`, `Terminal` and
`Reporter` of `capify.ports`; `ProcessLink` of `capify.transports.links`; the events, the errors, `Server` and `Place`.

A new one may break plugins.
"""


@dataclass(frozen=True, slots=True)
class RecipePlugin:
    """A recipe in a package; `load(NAME)` reads it as it reads `deploy`: what it sets are defaults.

    `recipe` is its file, `api` the version of `capify.plugins.API` that it was written for, as a number.
    """

    recipe: Path
    api: int


class Lookup(Protocol):
    """The project's settings, to be read."""

    def get(self, name: str, default: Any = None) -> Any:
        """Give a setting's value, or the default where nobody set it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a recipe says: values of settings, and `servers` as in YAML.

    `lines` are the lines of the file that say it, so that errors can name them: by the setting's name, and for servers
    by `servers.HOST` or, in a list, `servers.0`. Lines that are not known may be left out.
    """

    values: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReaderPlugin:
    """A reader of recipes whose files end in `.NAME`.

    `read` gets the file's path. Where the file is wrong, it raises `RecipeError` with a `Place`. While it reads, the
    words of recipes (`task`, `server`, `config`) declare for the project; who uses only those returns `Declared({})`.
    """

    read: Callable[[Path], Declared]
    api: int


@dataclass(frozen=True, slots=True)
class TransportPlugin:
    """A way to the servers. `make` gets the settings, and the terminal where the operator can be asked.

    What it makes lives for one invocation. It must pass the checks of `capify.testing.conformance`.
    """

    make: Callable[[Lookup, Terminal], Transport]
    api: int


@dataclass(frozen=True, slots=True)
class ReporterPlugin:
    """Something that shows or stores events, beside the screen and the log. `make` gets the settings.

    What it makes lives for one invocation, and is called by a thread of its own: it may take its time. One that raises
    is dropped with a warning, and the invocation goes on.
    """

    make: Callable[[Lookup], Reporter]
    api: int


@dataclass(frozen=True, slots=True)
class Release:
    """A release to be filled: its name, the full id of its commit, and its folder on every server."""

    name: str
    revision: str
    folder: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of a release, as a gzipped tar file on the operator's machine. Every server unpacks it."""

    path: Path


@dataclass(frozen=True, slots=True)
class Script:
    """POSIX shell text that brings the files of a release; every server runs it in the release's empty folder.

    It runs under `set -eu` with nothing on standard input, and `$release`, `$revision` in its environment. Whatever it
    prints is progress.
    """

    text: str


class Strategy(Protocol):
    """How the files of a commit come to the servers."""

    def files(self, release: Release) -> AbstractContextManager[Archive | Script]:
        """Say how this release is filled; called once, for all servers. What it made itself goes when the block ends.

        All words of recipes can be used. In a dry run (`dry_run()`), local commands do nothing, and no archive is read.
        """


@dataclass(frozen=True, slots=True)
class StrategyPlugin:
    """A strategy of the standard deployment. Records, links, publishing and undoing stay Capify's."""

    strategy: Strategy
    api: int
