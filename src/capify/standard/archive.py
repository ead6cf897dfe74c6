"""A commit's files as one stream, for strategy `copy`.

Rule: the archive carries no folders, owners or masks: the server's own rules apply, as when git writes the files there.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tarfile import TarInfo


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Say where the operator's mirrors are: `$XDG_CACHE_HOME/capify`, or `~/.cache/capify`."""
    home = environment.get("XDG_CACHE_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".cache") / "capify"


def mirror_name(repository: str) -> str:
    """Name a repository's mirror by its address, so that a moved repository gets a new one."""
    from hashlib import sha256  # as below: whoever only reads the recipe does without

    return sha256(repository.encode()).hexdigest()[:32] + ".git"


def pack(folder: Path, archive: Path) -> int:
    """Write a folder's files into an archive, and count them."""
    import tarfile

    count = 0
    with tarfile.open(archive, "w:gz", format=tarfile.GNU_FORMAT, compresslevel=6, encoding="utf-8") as tar:
        for path, name in _files(folder):
            tar.add(path, name, recursive=False, filter=_plain)
            count += 1
    return count


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Walk through files and links in a fixed order; a folder only if it is empty (the place of a submodule)."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in sorted([*names, *linked]):
            path = Path(root) / name
            yield path, str(path.relative_to(folder))
        if not folders and not names and Path(root) != folder:
            yield Path(root), str(Path(root).relative_to(folder))


def _plain(entry: "TarInfo") -> "TarInfo":
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o777 if entry.mode & 0o100 or entry.isdir() else 0o666
    return entry
