"""How a release comes to be: from a clone on the server or from an archive, at its final place, step by step.

Rule: every step acts only on a release whose record says that it is being built, or was never live.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from capify.standard.layout import Layout, links, release_name, revision
from capify.standard.spelling import script, text


@dataclass(frozen=True, slots=True)
class Build:
    """A release to be made: its name, its commit, and the maker, a word that only this invocation knows."""

    release: str
    revision: str
    maker: str

    def __post_init__(self) -> None:
        release_name(self.release)
        revision(self.revision)
        release_name(self.maker)


@dataclass(frozen=True, slots=True)
class Source:
    """Where commits come from: the repository, and more options (shell words) for the `ssh` that reaches it."""

    repository: str
    ssh_options: tuple[str, ...] = ()


def prepare(layout: Layout, build: Build, source: Source, *, group: str = "") -> str:
    """Build a release from the clone on the server (strategy `remote_cache`); its record stays `building`."""
    values = {**_build(build), **_source(source), "cache": f"shared/{layout.repository_cache}"}
    return script(layout, "write", "git", "release", "prepare", values={**values, "group": group})


def receive(layout: Layout, build: Build, *, group: str = "") -> str:
    """Build a release from the archive on standard input (strategy `copy`); its record stays `building`."""
    return script(layout, "write", "release", "receive", values={**_build(build), "group": group})


def finalize(
    layout: Layout, release: str, *, files: Iterable[str] = (), folders: Iterable[str] = (), group: str = ""
) -> str:
    """Link what is shared into a release, and call it `ready`; says `replaced` where the commit had something."""
    linked_files, linked_folders = links(files, folders)
    values = {"release": release_name(release), "files": str(len(linked_files))}
    return script(
        layout, "write", "finalize", values={**values, "group": group}, words=[*linked_files, *linked_folders]
    )


def discard(layout: Layout, release: str, maker: str) -> str:
    """Remove a release that this maker made and that never went live."""
    values = {"release": release_name(release), "maker": release_name(maker)}
    return script(layout, "write", "discard", values=values)


def mirror(source: Source, commit: str, *, store: str, folder: str) -> str:
    """Take a commit's files out into a folder of the operator's machine, by way of a bare mirror there."""
    values = {"revision": revision(commit), "store": store, "folder": folder, "index": f"{folder}.index"}
    return text("git", "mirror", values={**_source(source), **values})


def _build(build: Build) -> dict[str, str]:
    return {"release": build.release, "revision": build.revision, "maker": build.maker}


def _source(source: Source) -> dict[str, str]:
    return {"repository": source.repository, "ssh_options": "".join(f"{word} " for word in source.ssh_options)}
