"""What is true of a deployment, read from its files by other means than Capify's own.

Rule: nothing of Capify is asked; what it says is held to what is found here.
"""

import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from capify.testing.repository import Repository

Tree = Mapping[str, str]
"""What each path of a commit or a release is: `file MODE CONTENT` or `link TARGET`."""


@dataclass(frozen=True)
class Commits:
    """The commits of a repository, and the files of each; `linked` are the paths that releases share."""

    trees: Mapping[str, Tree]
    linked: Mapping[str, str]

    def wrong(self, release: Path) -> list[str]:
        """Say what a release lacks to be a complete one; empty if nothing."""
        if not release.is_dir() or release.is_symlink():
            return [f"{release.name} is no folder"]
        found = dict(tree(release))
        revision = found.pop("REVISION", "none").removeprefix("file - ").strip()
        if revision not in self.trees:
            return [f"{release.name} has REVISION {revision!r}"]
        wanted = {**self.trees[revision], **{path: f"link {target}" for path, target in self.linked.items()}}
        paths = sorted(path for path in {*wanted, *found} if wanted.get(path) != found.get(path))
        return [f"{release.name}: {path} is {found.get(path)!r}, not {wanted.get(path)!r}" for path in paths]


def commits(repository: Repository, linked: Mapping[str, str], folder: Path) -> Commits:
    """Read all commits of a repository, each taken out into a folder."""
    trees = {}
    for revision in repository.git("rev-list", "--all").split():
        place = folder / revision
        place.mkdir(parents=True)
        subprocess.run(
            f"git -C {repository.origin} archive {revision} | tar -xf - -C {place}",
            shell=True, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        trees[revision] = tree(place)
    return Commits(trees, linked)


def tree(folder: Path) -> Tree:
    """Read a folder: its files and links, whether files are programs, but not the folders themselves."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in [*files, *(name for name in folders if (Path(root) / name).is_symlink())]:
            path = Path(root) / name
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                found[str(path.relative_to(folder))] = f"link {path.readlink()}"
            else:
                program = "x" if mode & stat.S_IXUSR else "-"
                text = path.read_bytes().decode(errors="backslashreplace")
                found[str(path.relative_to(folder))] = f"file {program} {text}"
    return found


@dataclass(frozen=True)
class Record:
    """A release's record as it is in its file."""

    name: str
    fields: Mapping[str, str]

    @property
    def state(self) -> str:
        """What the release is."""
        return self.fields.get("state", "")

    def number(self, field: str) -> int:
        """A field that counts."""
        return int(self.fields.get(field, "0"))


def records(shop: Path) -> dict[str, Record]:
    """Read all records."""
    found = {}
    folder = shop / ".capify/releases"
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        lines = [line.partition(" ") for line in file.read_text(errors="replace").splitlines()]
        found[file.name] = Record(file.name, {name: value for name, _, value in lines})
    return found


def live(shop: Path) -> str:
    """Name the release that `current` leads to; empty where there is no `current`, `?` for whatever else it is."""
    link = shop / "current"
    if not link.is_symlink():
        return "?" if link.exists() else ""
    target = shop / link.readlink()
    return target.name if target.is_dir() and target.parent.resolve() == (shop / "releases").resolve() else "?"


def releases(shop: Path) -> list[str]:
    """Name what lies among the releases."""
    folder = shop / "releases"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def good(shop: Path) -> list[str]:
    """Name the releases that are live, or were and are still there; the one that was published last comes first."""
    there = [one for one in records(shop).values() if one.state in {"live", "retired"} and one.name in releases(shop)]
    return [one.name for one in sorted(there, key=lambda one: one.number("published"), reverse=True)]


def revision(shop: Path, release: str) -> str:
    """Read which commit a release says it is of."""
    file = shop / "releases" / release / "REVISION"
    return file.read_text().strip() if release and file.is_file() else ""


def held(shop: Path) -> list[Path]:
    """Find the lock, if somebody holds it: the one with the highest number, unless it is released."""
    locks = [path for path in (shop / ".capify/locks").glob("*") if path.name.isdigit()]
    highest = sorted(locks, key=lambda path: int(path.name))[-1:]
    return [path for path in highest if not path.read_text().startswith("released")]


def operation(shop: Path, field: str = "release") -> str:
    """Read what an open journal says, such as the release that it is about; empty where none is open."""
    file = shop / ".capify/operation"
    lines = file.read_text(errors="replace").splitlines() if file.is_file() else []
    return next((line.partition(" ")[2] for line in lines if line.startswith(f"{field} ")), "")


def digest(folder: Path) -> dict[str, str]:
    """Read everything below a folder, also empty folders, so that two moments can be compared."""
    if not folder.exists():
        return {}
    folders = {str(Path(root).relative_to(folder)): "folder" for root, _, _ in os.walk(folder)}
    return {**folders, **tree(folder)}
