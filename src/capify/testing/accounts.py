"""Who can log in to a host: its account files and sudo rules, as text.

Rule: accounts of this machine stay as they are on the host, except those that the fleet's users replace.
"""

import os
import pwd
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from capify.testing.hosts import WEB_USER, Host, Spot
from capify.testing.isolation import Isolation
from capify.testing.skeleton import STANDARD_PATH, hand_over, home, shell

_FIRST_ID = 4200  # for users that this machine does not have: far from system accounts and from people's


@dataclass(frozen=True, slots=True)
class _Account:
    name: str
    uid: int
    gid: int
    shell: str

    @property
    def passwd(self) -> str:
        return f"{self.name}:x:{self.uid}:{self.gid}::{home(self.name)}:{self.shell}"


def current_user() -> str:
    """Name the user that this process runs as."""
    return pwd.getpwuid(os.geteuid()).pw_name


def write(spot: Spot, host: Host, isolation: Isolation) -> None:
    """Write the account files of a host that has its own root."""
    accounts = _accounts(spot, host, isolation)
    names = {account.name for account in accounts}
    first = [account.passwd for account in accounts]  # first, because of two names for one number the first is shown
    groups = [f"{account.name}:x:{account.gid}:" for account in accounts]
    files = {
        "passwd": _merged(first, names, Path("/etc/passwd")),
        "group": _merged(groups, names, Path("/etc/group")),
        "hosts": f"127.0.0.1 localhost {spot.name}\n::1 localhost\n",
        "hostname": f"{spot.name}\n",
    }
    modes = {}
    if isolation.by_root:
        opened = names | {"root"}
        # `*`: no password fits, but the account is not locked.
        files["shadow"] = _merged([f"{name}:*:19000:0:99999:7:::" for name in opened], opened, Path("/etc/shadow"))
        files["sudoers"] = _sudoers(spot, sorted(names))
        modes = {"shadow": 0o640, "sudoers": 0o440}
    _save(spot.root / "etc", files, modes)
    for account in accounts:
        hand_over(spot, account.name, (account.uid, account.gid) if isolation.by_root else None)


def sudo_works(isolation: Isolation) -> bool:
    """Tell whether users of hosts can become others, without a password."""
    return isolation.by_root and shutil.which("sudo") is not None and Path("/etc/sudoers").exists()


def _accounts(spot: Spot, host: Host, isolation: Isolation) -> list[_Account]:
    path = shell(spot, host)
    if isolation is Isolation.USER:
        names = dict.fromkeys((*host.users, current_user()))
        return [_Account(name, os.geteuid(), os.getegid(), path) for name in names]
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    web = known[WEB_USER].pw_gid if WEB_USER in known else _FIRST_ID
    found = []
    for number, name in enumerate(user for user in host.users if user != "root"):
        uid = known[name].pw_uid if name in known else _FIRST_ID + number
        # All users are of the web server's group, so that each can deploy to /var/www.
        found.append(_Account(name, uid, web, path))
    return found


def _merged(lines: list[str], names: set[str], file: Path) -> str:
    theirs = file.read_text().splitlines() if file.exists() else []
    return "".join(f"{line}\n" for line in [*lines, *(line for line in theirs if line.partition(":")[0] not in names)])


def _sudoers(spot: Spot, names: list[str]) -> str:
    users = "".join(f"{name} ALL=(ALL:ALL) NOPASSWD: ALL\n" for name in ["root", *names])
    return (
        "Defaults !lecture\n"
        'Defaults env_keep += "GIT_CONFIG_GLOBAL FLEET_HOST"\n'
        f'Defaults secure_path="{spot.programs}:{STANDARD_PATH}"\n{users}'
    )


def _save(folder: Path, files: Mapping[str, str], modes: Mapping[str, int]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(modes.get(name, 0o644))
