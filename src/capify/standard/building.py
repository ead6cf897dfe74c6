"""How a release comes to be: from a clone on the server or from an archive, at its final place, step by step.

Rule: every step acts only on a release whose record says that it is being built, or was never live.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from capify.standard.authors import Author
from capify.standard.layout import Layout, links, release_name, revision
from capify.standard.spelling import script, text

_WRITING = ("lock", "journal", "write")
_MAKING = ("release", "manifest", "linking")


@dataclass(frozen=True, slots=True)
class Build:
    """A release to be made: its name, its commit, and what every release takes from `shared`."""

    release: str
    revision: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        release_name(self.release)
        revision(self.revision)
        links(self.files, self.folders)


@dataclass(frozen=True, slots=True)
class Source:
    """Where commits come from: the repository, and more options (shell words) for the `ssh` that reaches it."""

    repository: str
    ssh_options: tuple[str, ...] = ()


def prepare(layout: Layout, build: Build, author: Author, *, source: Source, group: str = "") -> str:
    """Build a release from the clone on the server (strategy `remote_cache`), link what is shared, call it `ready`.

    Says its `digest`, and `replaced` where the commit had something that is shared.
    """
    values = {**_source(source), "cache": f"shared/{layout.repository_cache}", "group": group}
    return made(layout, build, author, parts=("git", "prepare"), values=values)


def receive(layout: Layout, build: Build, author: Author, *, group: str = "") -> str:
    """Build a release from the archive on standard input (strategy `copy`); else the same as `prepare`."""
    return made(layout, build, author, parts=("receive",), values={"group": group})


def made(layout: Layout, build: Build, author: Author, *, parts: tuple[str, ...], values: Mapping[str, str]) -> str:
    """Build a release by these parts of `shell/`, which bring its files."""
    files, folders = links(build.files, build.folders)
    known = {"release": build.release, "revision": build.revision, "files": str(len(files))}
    text = (*_WRITING, *_MAKING, *parts, "written", "lost")
    return script(layout, *text, values={**known, **values, **author.values}, words=(*files, *folders))


def discard(layout: Layout, release: str, author: Author, *, maker: str = "") -> str:
    """Put a release aside that this author (or `maker`) made and that never went live."""
    values = {"release": release_name(release), "maker": release_name(maker or author.token), **author.values}
    return script(layout, *_WRITING, "discard", values=values)


def mirror(source: Source, commit: str, *, store: str, folder: str) -> str:
    """Take a commit's files out into a folder of the operator's machine, by way of a bare mirror there."""
    values = {"revision": revision(commit), "store": store, "folder": folder, "index": f"{folder}.index"}
    return text("git", "mirror", values={**_source(source), **values})


def _source(source: Source) -> dict[str, str]:
    return {"repository": source.repository, "ssh_options": "".join(f"{word} " for word in source.ssh_options)}
