"""The folders of a host's own root, and its own programs.

Rule: building anew empties what a running host has, without removing anything that is mounted: that would unmount it.
"""

import os
import shutil
import subprocess
from pathlib import Path

from capify.errors import CheckFailed
from capify.testing.hosts import WEB_USER, Host, Spot
from capify.testing.isolation import private_folders

STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_FOLDERS = {
    "etc": 0o755,
    "var": 0o755,
    "var/lib": 0o755,
    "var/log": 0o755,
    "var/cache": 0o755,
    "var/empty/sshd": 0o755,
    "var/tmp": 0o1777,
    "var/www": 0o775,
    "tmp": 0o1777,
    "run": 0o755,
    "run/sshd": 0o755,
    "run/lock": 0o1777,
    "home": 0o755,
    "srv": 0o755,
    "root": 0o700,
}
_LINKS = {"var/run": "/run", "var/lock": "/run/lock"}


def build(spot: Spot) -> None:
    """Make the host's own root as it was on the first day."""
    mounted = spot.root.joinpath(*spot.fleet.parts[1:])
    tops = spot.root.iterdir() if spot.root.is_dir() else ()
    for top in tops:
        _clear(top, mounted)
    private = private_folders(spot.fleet)
    for name, mode in {**dict.fromkeys(private, 0o755), **_FOLDERS}.items():
        folder = spot.root / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    for name, target in _LINKS.items():
        (spot.root / name).symlink_to(target)
    if spot.fleet.parts[1] in private:
        mounted.mkdir(parents=True, exist_ok=True)


def build_programs(spot: Spot, host: Host) -> None:
    """Empty the folder of the host's own programs, and fill it with BusyBox where that was wished."""
    shutil.rmtree(spot.programs, ignore_errors=True)
    spot.programs.mkdir(parents=True)
    if host.busybox:
        busybox = program("busybox")
        listed = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout
        for applet in listed.split():
            (spot.programs / applet).symlink_to(busybox)


def shell(spot: Spot, host: Host) -> str:
    """Find the login shell of the host's users."""
    wished = "busybox" if host.busybox else host.shell
    found = program(wished)
    if Path(found).name != "busybox":
        return found
    # BusyBox goes by the name that it is called with.
    link = spot.folder / "sh"
    if not link.is_symlink():
        link.symlink_to(found)
    return str(link)


def program(name: str) -> str:
    """Find a program on this machine. Raises `CheckFailed`."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{STANDARD_PATH}")
    if found is None:
        raise CheckFailed(f"`{name}` is not installed", hint="install it, or ask for a fleet that does not need it")
    return found


def home(user: str) -> str:
    """Say where a user of a host is at home."""
    return {WEB_USER: "/var/www", "root": "/root"}.get(user, f"/home/{user}")


def hand_over(spot: Spot, user: str, owner: tuple[int, int] | None) -> None:
    """Give a user of the host a home; `owner` are the user's and group's numbers, where they are not this process's."""
    folder = spot.root / home(user).lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    if owner is not None:
        os.chown(folder, *owner)


def _clear(folder: Path, kept: Path) -> None:
    """Remove everything in a folder, but not the way to `kept`."""
    for child in folder.iterdir():
        if child == kept:
            continue
        if kept.is_relative_to(child):
            _clear(child, kept)
        elif child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()
