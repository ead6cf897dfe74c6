"""Strategies of installed packages: what `config.deploy_via` may name besides `remote_cache` and `copy`.

Rule: a strategy brings files. The record of the release, its links, publishing and undoing are as with any other.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capify import config, dry_run
from capify.errors import RecipeError, TaskFailed
from capify.plugins import Archive, Release, Script, StrategyPlugin
from capify.recipe.plugged import STRATEGIES, Plugged, find
from capify.standard import building
from capify.standard.authors import Author
from capify.standard.building import Build
from capify.standard.layout import Layout


@contextmanager
def filled(where: Layout, build: Build, author: Author, *, group: str) -> Iterator[tuple[str, Path | None]]:
    """Ask the strategy for this release's files: the script for every server, and an archive for its input, if any.

    Raises `RecipeError` for a strategy that cannot be used, and `TaskFailed` for one that fails.
    """
    found = _strategy(str(config.deploy_via))
    release = Release(build.release, build.revision, where.release(build.release))
    with _files(found, release) as files:
        match files:
            case Archive(path):
                if not dry_run() and not Path(path).is_file():
                    raise TaskFailed(f"{found.title} made no archive `{path}`", hint="ask the package's makers")
                yield building.receive(where, build, author, group=group), Path(path)
            case Script(text):
                yield fill(where, build, author, brings=text, strategy=found.title, group=group), None
            case _:
                text = f"{found.title} gave a `{type(files).__name__}`, and neither an `Archive` nor a `Script`"
                raise RecipeError(text, hint="ask the package's makers")


def fill(layout: Layout, build: Build, author: Author, *, brings: str, strategy: str, group: str = "") -> str:
    """Build a release by shell text that brings its files; else the same as `building.prepare`."""
    values = {"fill": brings, "strategy": strategy, "group": group}
    return building.made(layout, build, author, parts=("fill",), values=values)


@contextmanager
def _files(found: Plugged[StrategyPlugin], release: Release) -> Iterator[object]:
    """Ask the plugin, and blame it for what it does itself, not for what is done with its files."""
    with found.blamed(TaskFailed):
        block = found.value.strategy.files(release)
        files = block.__enter__()
    try:
        yield files
    finally:
        with found.blamed(TaskFailed):
            block.__exit__(*sys.exc_info())


def _strategy(name: str) -> Plugged[StrategyPlugin]:
    found = find(STRATEGIES, name, None)
    if found is None:
        hint = "there is `remote_cache` and `copy`; `cap plugins` shows what is installed"
        raise RecipeError(f"there is no strategy `{name}`", hint=hint)
    return found
