"""The two sides of a login: what each sshd is told, and what the operator's ssh needs to find and trust it.

Rule: every host has a key of its own, and the operator knows it; nothing is trusted on first use.
"""

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from capify.testing.hosts import Spot
from capify.testing.skeleton import STANDARD_PATH, program

MARK = "FLEET_FOLDER"
"""The variable by which a session's processes are known to be of a host, wherever they went."""

_SSHD = """\
ListenAddress {address}:{port}
HostKey {key}
AuthorizedKeysFile {fleet}/user_key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
UseDNS no
PidFile none
MaxStartups 2000:30:4000
MaxSessions 1000
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_*
SetEnv {variables}
Subsystem sftp internal-sftp
LogLevel DEBUG1
"""
_GIT = """\
[safe]
\tdirectory = *
[protocol "file"]
\tallow = always
[user]
\tname = Fleet
\temail = fleet@example.invalid
[init]
\tdefaultBranch = master
"""


def make_keys(files: Sequence[Path]) -> None:
    """Make a new key pair in each file, all at once."""
    for file in files:
        file.unlink(missing_ok=True)
    keygen = program("ssh-keygen")
    # The comment would otherwise carry the name of this machine.
    makers = [
        subprocess.Popen([keygen, "-q", "-t", "ed25519", "-N", "", "-C", "fleet", "-f", file], stdin=subprocess.DEVNULL)
        for file in files
    ]
    statuses = [maker.wait() for maker in makers]
    if any(statuses):
        raise OSError(f"`ssh-keygen` could not write a key to {files[0].parent}")


def write_git_config(file: Path) -> None:
    """Write what git on the hosts and on the operator's side is told: trust the fleet's repositories."""
    file.write_text(_GIT)


def write_sshd_config(spot: Spot, git_config: Path, *, home: str = "") -> None:
    """Write what a host's sshd is told."""
    variables = {
        "FLEET_HOST": spot.name,
        MARK: str(spot.folder),
        "GIT_CONFIG_GLOBAL": str(git_config),
        "PATH": f"{spot.programs}:{STANDARD_PATH}",
        **({"HOME": home} if home else {}),
    }
    text = _SSHD.format(
        address=spot.address,
        port=spot.port,
        key=spot.key,
        fleet=spot.fleet,
        variables=" ".join(f"{name}={value}" for name, value in variables.items()),
    )
    spot.sshd_config.write_text(text + _for_version(_version()))


def write_ssh_config(fleet: Path, spots: Iterable[Spot], user: str) -> None:
    """Write the operator's side: how to reach each host, and the keys by which they are known."""
    spots = tuple(spots)
    hosts = "".join(f"Host {spot.name}\n  HostName {spot.address}\n  Port {spot.port}\n" for spot in spots)
    (fleet / "ssh_config").write_text(
        f"{hosts}Host *\n"
        f"  User {user}\n"
        f"  IdentityFile {fleet}/user_key\n"
        "  IdentitiesOnly yes\n"
        "  IdentityAgent none\n"
        f"  UserKnownHostsFile {fleet}/known_hosts\n"
        "  GlobalKnownHostsFile none\n"
        "  StrictHostKeyChecking yes\n"
        "  PasswordAuthentication no\n"
    )
    (fleet / "known_hosts").write_text(
        "".join(f"[{spot.address}]:{spot.port} {_public(spot.key)}\n" for spot in spots)
    )


def _public(key: Path) -> str:
    return " ".join(key.with_name(f"{key.name}.pub").read_text().split()[:2])


def _for_version(version: tuple[int, int]) -> str:
    # The first post-quantum key exchange costs more than all else of a login; from 10 on a fast one is expected.
    exchange = "KexAlgorithms curve25519-sha256\n" if version < (10, 0) else ""
    # 9.8 began to lock out addresses that fail to log in, which here is every test of a failing login.
    return exchange + ("PerSourcePenalties no\n" if version >= (9, 8) else "")


def _version() -> tuple[int, int]:
    said = subprocess.run([program("ssh"), "-V"], check=True, capture_output=True, text=True).stderr
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
