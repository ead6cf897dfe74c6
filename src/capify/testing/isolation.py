"""Giving a host a root of its own: mount, UTS and process namespaces, where the kernel lets us.

Rule 1: mounts are made in the host's own namespace only, and vanish with its last process.
Rule 2: whoever cannot have namespaces gets plain sshd, and `Isolation.NONE` says so.
"""

import os
import subprocess
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path

from capify.testing import unshared
from capify.testing.hosts import Spot

PRIVATE = ("var", "tmp", "run", "home", "srv", "root")
"""Folders below `/` that each host has for itself."""

_SYSTEM = frozenset({"bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "sys", "usr"})
_NAMESPACES = ("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child")
_PROBE = "mount -t proc proc /proc && mount -t tmpfs none /run && hostname probe"

# Called with: the host's name, its own root, the fleet's folder, how many private folders follow, these, then sshd.
_ENTER = """
set -e
name=$1 own=$2 fleet=$3 count=$4
shift 4
mount -t proc proc /proc
hostname "$name"
for file in passwd group shadow hosts hostname sudoers; do
  if [ -e "$own/etc/$file" ] && [ -e "/etc/$file" ]; then mount --bind "$own/etc/$file" "/etc/$file"; fi
done
if [ -d "$own$fleet" ]; then mount --bind "$fleet" "$own$fleet"; fi
while [ "$count" -gt 0 ]; do
  mount --rbind "$own/$1" "/$1"
  shift
  count=$((count - 1))
done
cd /
exec "$@"
"""


class Isolation(StrEnum):
    """How far hosts are apart from this machine and from each other."""

    ROOT = "root"  # own roots, any user can log in
    CHROOT = "chroot"  # the same, where `/` is no mount point
    USER = "user"  # own roots, every user is the current one under another name
    NONE = "none"  # one root for all, the current user only

    @property
    def by_root(self) -> bool:
        """Whether hosts have own roots in which everything works that root can do: other users, sudo, mounts."""
        return self in {Isolation.ROOT, Isolation.CHROOT}


@cache
def possible() -> Isolation:
    """Find out, by trying, what this machine allows."""
    ways = (Isolation.ROOT, Isolation.CHROOT) if os.geteuid() == 0 else (Isolation.USER,)
    return next((way for way in ways if _works(way)), Isolation.NONE)


def private_folders(fleet: Path) -> tuple[str, ...]:
    """Name the folders below `/` that hosts of a fleet in this folder have for themselves."""
    top = fleet.parts[1]
    # A fleet in a folder such as /work: the host gets a /work of its own, with nothing in it but the fleet.
    own_top = (top,) if len(fleet.parts) > 2 and top not in _SYSTEM and top not in PRIVATE else ()
    return tuple(name for name in (*PRIVATE, *own_top) if Path("/", name).is_dir() and not Path("/", name).is_symlink())


def enter(isolation: Isolation, spot: Spot, command: list[str]) -> list[str]:
    """Spell the command that runs another command inside the host's own root."""
    if isolation is Isolation.NONE:
        return command
    folders = private_folders(spot.fleet)
    # Capabilities inside a user namespace would let sessions read and write past every file mode.
    drop = ["setpriv", "--ambient-caps=-all", "--inh-caps=-all"] if isolation is Isolation.USER else []
    return [
        *(*_prefix(isolation), "sh", "-c", _ENTER, "sh", spot.name, str(spot.root), str(spot.fleet)),
        *(str(len(folders)), *folders),
        *(*drop, *command),
    ]


def join(process: int, command: list[str]) -> list[str]:
    """Spell the command that runs another command among the mounts of a running host; needs root."""
    return ["nsenter", "--target", str(process), "--mount", "--root", "--", *command]


def _works(isolation: Isolation) -> bool:
    command = [*_prefix(isolation), "sh", "-c", _PROBE]
    try:
        done = subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _prefix(isolation: Isolation) -> list[str]:
    match isolation:
        case Isolation.USER:
            return [*_NAMESPACES, "--user", "--map-current-user", "--keep-caps"]
        case Isolation.CHROOT:
            return [sys.executable, "-I", "-S", unshared.__file__, *_NAMESPACES, "--propagation", "unchanged"]
        case _:
            return [*_NAMESPACES]
