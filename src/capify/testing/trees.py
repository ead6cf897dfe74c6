"""Looking at a host's files from this machine: where they lie, and what a folder holds, in a form to compare.

Rule: links are followed as the host would follow them, never out of its root into this machine's files.
"""

import hashlib
import os
import stat
from pathlib import Path

from capify.testing.hosts import Spot
from capify.testing.isolation import private_folders

_MOST_LINKS = 40  # as many as Linux follows before it speaks of a loop


def locate(spot: Spot, path: str, *, own_root: bool) -> Path:
    """Find where a file of the host lies on this machine; links in its parent folders are followed."""
    if not path.startswith("/"):
        raise ValueError(f"`{path}` is not an absolute path")
    if not own_root:
        parent, name = os.path.split(path.rstrip("/"))
        return Path(os.path.realpath(parent), name)
    private = private_folders(spot.fleet)
    inside, links = Path("/"), 0
    waiting = [part for part in path.split("/") if part not in {"", "."}]
    while waiting:
        part = waiting.pop(0)
        inside = inside.parent if part == ".." else inside / part
        outside = _outside(spot, inside, private)
        if waiting and outside.is_symlink():
            links += 1
            if links > _MOST_LINKS:
                raise OSError(f"too many links in `{path}`")
            target = outside.readlink()
            inside = Path("/") if target.is_absolute() else inside.parent
            waiting = [*(part for part in target.parts if part != "/"), *waiting]
    return _outside(spot, inside, private)


def listing(top: Path) -> list[str]:
    """List a folder whole: type, mode, owner, name, and a link's target or a file's digest; sorted by name."""
    if not top.is_symlink() and not top.exists():
        return [". absent"]
    found = [_described(top, ".")]
    if top.is_dir() and not top.is_symlink():
        paths = [Path(folder, name) for folder, folders, files in os.walk(top) for name in (*folders, *files)]
        found += [_described(path, str(path.relative_to(top))) for path in sorted(paths)]
    return found


def _outside(spot: Spot, inside: Path, private: tuple[str, ...]) -> Path:
    own = len(inside.parts) > 1 and inside.parts[1] in private and not inside.is_relative_to(spot.fleet)
    return spot.root.joinpath(*inside.parts[1:]) if own else inside


def _described(path: Path, name: str) -> str:
    status = path.lstat()
    line = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid} {name}"
    if path.is_symlink():
        return f"{line} -> {path.readlink()}"
    if stat.S_ISREG(status.st_mode):
        return f"{line} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    return line
