"""What a host of a fleet shall be like, and where it lies: values. Nothing here starts or writes anything."""

import random
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from capify.machines import HOST

WEB_USER = "www-data"

_PLAIN_FOLDER = re.compile(r"/[A-Za-z0-9._+,=@/-]+")  # what sshd, ssh and sudo all read without quotes


@dataclass(frozen=True, slots=True)
class Host:
    """One host: who can log in, with which shell, and whether BusyBox stands in for the usual programs.

    `shell` is the login shell of `users`; a name without a folder is looked up on this machine. `busybox` makes
    BusyBox both the shell and the first place where programs are found. Users and shells take effect where hosts have
    their own roots; elsewhere the current user is the only one.
    """

    users: tuple[str, ...] = (WEB_USER, "deploy")
    shell: str = "/bin/sh"
    busybox: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a host lies: the fleet's folder, the host's own part of it, and the address it listens on."""

    fleet: Path
    name: str
    address: str
    port: int

    @property
    def folder(self) -> Path:
        """Everything that is about this host."""
        return self.fleet / "hosts" / self.name

    @property
    def root(self) -> Path:
        """What the host sees as `/var`, `/tmp`, `/home` and so on lies in here."""
        return self.folder / "root"

    @property
    def programs(self) -> Path:
        """The folder that is first in the PATH of every session on this host."""
        return self.folder / "programs"

    @property
    def key(self) -> Path:
        """The host's private key."""
        return self.folder / "host_key"

    @property
    def log(self) -> Path:
        """What the host's sshd says."""
        return self.folder / "sshd.log"

    @property
    def sshd_config(self) -> Path:
        """What the host's sshd is told."""
        return self.folder / "sshd_config"


def check(folder: Path, hosts: Iterable[str]) -> None:
    """Check the folder and the names of a fleet. Raises `ValueError`."""
    if not _PLAIN_FOLDER.fullmatch(str(folder)):
        raise ValueError(f"`{folder}` has characters that OpenSSH's files cannot carry, or is the root")
    for name in hosts:
        if not HOST.fullmatch(name) or not name.strip(".") or ":" in name:
            raise ValueError(f"`{name}` is not a host name")


def choose_spots(folder: Path, names: Iterable[str]) -> list[Spot]:
    """Choose a free address and port for each name: a network of the fleet's own in 127/8."""
    chance = random.SystemRandom()
    network = f"127.{chance.randint(1, 254)}.{chance.randint(0, 255)}"
    spots = []
    for number, name in enumerate(names, 1):
        address = f"{network}.{number}"
        with socket.socket() as probe:
            probe.bind((address, 0))
            spots.append(Spot(folder, name, address, probe.getsockname()[1]))
    return spots
