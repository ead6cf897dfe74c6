"""A throw-away fleet: real OpenSSH servers on loopback addresses of this machine.

    with Fleet(folder, ["production.server.com", "staging.server.com"]) as fleet:
        fleet.run("staging.server.com", "uname -n")

Rule 1: where the machine allows it, each host has its own root; elsewhere `own_roots` is false, and hosts share one.
Rule 2: whatever happens to this process, no process of the fleet stays behind.
"""

import atexit
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from capify.testing import access, accounts, skeleton, trees
from capify.testing.hosts import WEB_USER, Host, Spot, check, choose_spots
from capify.testing.isolation import Isolation, possible
from capify.testing.machine import Machine
from capify.testing.processes import Guard, command_line


class Fleet:
    """Hosts by name, each an sshd on an address and a port of its own.

    `folder` is made if absent and seen by every host at the same path. `hosts` are names, or names with what each
    `Host` shall be like. Without `isolation` the most that the machine allows is taken.
    """

    def __init__(
        self, folder: Path, hosts: Mapping[str, Host] | Iterable[str], *, isolation: Isolation | None = None
    ) -> None:
        self.folder = folder.resolve()
        self.hosts = dict(hosts) if isinstance(hosts, Mapping) else {name: Host() for name in hosts}
        self.isolation = possible() if isolation is None else isolation
        self._maker = os.getpid()
        self._guard: Guard | None = None
        self._machines: dict[str, Machine] = {}
        self._counted: dict[str, int] = {}
        self._rekeyed: set[str] = set()
        self._remounted: set[str] = set()
        check(self.folder, self.hosts)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts' names, in their order."""
        return tuple(self.hosts)

    @property
    def own_roots(self) -> bool:
        """Whether each host has its own `/var`, `/tmp`, `/home` and accounts."""
        return self.isolation is not Isolation.NONE

    @property
    def sudo(self) -> bool:
        """Whether the hosts' users may use sudo, without a password."""
        return accounts.sudo_works(self.isolation)

    @property
    def user(self) -> str:
        """The user to log in as: `www-data`, or the current user where that is the only one possible."""
        if not self.own_roots:
            return accounts.current_user()
        return WEB_USER if all(WEB_USER in host.users for host in self.hosts.values()) else "root"

    @property
    def ssh_config(self) -> Path:
        """The OpenSSH configuration by which every host is reached and known: for `ssh -F`, or the setting."""
        return self.folder / "ssh_config"

    @property
    def shared(self) -> Path:
        """A folder for what hosts and operator both use; every host sees it at this path. `reset` empties it."""
        return self.folder / "shared"

    @property
    def git_config(self) -> Path:
        """What git is told on the hosts, and in `environment()`."""
        return self.folder / "gitconfig"

    def start(self) -> None:
        """Make the folder and its files, and start every host at once."""
        if self._machines:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self._empty_folders()
        self._guard = Guard()
        atexit.register(self.close)
        try:
            self._prepare(choose_spots(self.folder, self.names))
            self.up(*self.names)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End every process of the fleet. The files stay."""
        if os.getpid() != self._maker:  # a forked child must not end what its parent uses
            return
        atexit.unregister(self.close)
        for machine in self._machines.values():
            machine.stop()
        self._machines = {}
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def reset(self) -> None:
        """Make every host as it was on the first day, and up; the counts of connections begin at 0 again."""
        for name, machine in self._machines.items():
            if machine.frozen or name in self._remounted | self._rekeyed:
                machine.stop()
            if machine.running:
                machine.end_sessions()
        if self._rekeyed:
            access.make_keys([self._machines[name].spot.key for name in self._rekeyed])
            self._write_ssh_config()
        self._remounted.clear()
        self._rekeyed.clear()
        self._empty_folders()
        for name in self.names:
            self._furnish(name)
        self.up(*self.names)
        self._counted = {name: machine.accepts() for name, machine in self._machines.items()}

    # Asking.

    def address(self, name: str) -> tuple[str, int]:
        """Say on which address and port a host listens."""
        spot = self._machine(name).spot
        return spot.address, spot.port

    def environment(self) -> dict[str, str]:
        """Give the environment of an operator at this fleet: a home of its own, and the way to the hosts."""
        home = str(self.folder / "operator")
        kept = {name: os.environ[name] for name in ("PATH", "TERM", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": home,
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": str(self.git_config),
            "CAPIFY_SSH_CONFIG": str(self.ssh_config),
        }

    def run(self, name: str, command: str, *, user: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on a host over ssh, and wait for it; never raises for its status."""
        login = ["-l", user] if user else []
        return subprocess.run(
            ["ssh", "-F", str(self.ssh_config), "-o", "BatchMode=yes", *login, "--", name, command],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def home(self, name: str) -> str:
        """Name a folder of the host in which its `user` may deploy: `/var/www`, where that is the host's own."""
        return "/var/www" if self.own_roots else str(self._machine(name).spot.root / "var/www")

    def path(self, name: str, path: str) -> Path:
        """Find where a host's file lies on this machine; links in its parent folders are followed."""
        return trees.locate(self._machine(name).spot, path, own_root=self.own_roots)

    def tree(self, name: str, path: str) -> list[str]:
        """List a host's folder whole, in a form to compare: types, modes, owners, names, link targets, digests."""
        return trees.listing(self.path(name, path))

    def accepts(self, name: str) -> int:
        """Count the connections that a host accepted since the start, or the last `reset`."""
        return self._machine(name).accepts() - self._counted.get(name, 0)

    def log(self, name: str) -> str:
        """Read what a host's sshd said."""
        return self._machine(name).log()

    def processes(self, name: str) -> dict[int, str]:
        """List a host's processes: number on this machine, and command line. Zombies are left out."""
        lines = {process: command_line(process) for process in self._machine(name).processes()}
        return {process: line for process, line in lines.items() if line}

    # Faults.

    def stop(self, *names: str) -> None:
        """Take hosts down, as if their power failed: connections are refused."""
        for name in names:
            self._machine(name).stop()

    def up(self, *names: str) -> None:
        """Start hosts again, at the same addresses; those that are up stay so."""
        fresh = [machine for machine in map(self._machine, names) if not machine.running]
        for machine in fresh:
            machine.start()
        for machine in fresh:
            machine.wait_until_ready()

    def freeze(self, name: str) -> None:
        """Make a host hang: connections stay open and new ones are taken, but nothing answers."""
        self._machine(name).freeze()

    def thaw(self, name: str) -> None:
        """Let a frozen host go on."""
        self._machine(name).thaw()

    def change_host_key(self, name: str) -> None:
        """Give a host another key than the operator knows, as an impostor would have."""
        machine = self._machine(name)
        machine.stop()
        access.make_keys([machine.spot.key])
        self._rekeyed.add(name)
        self.up(name)

    def full(self, name: str, path: str, size: int = 65536) -> None:
        """Mount a file system of only so many bytes over a host's folder. Needs root.

        `path` and `tree` do not see into it.
        """
        self._machine(name).mount_tiny(path, size)
        self._remounted.add(name)

    def command(self, name: str, program: str, script: str) -> Path:
        """Put a program first in the PATH of a host's sessions; `script` begins with its `#!` line."""
        file = self._machine(name).spot.programs / program
        file.unlink(missing_ok=True)
        file.write_text(script)
        file.chmod(0o755)
        return file

    def _machine(self, name: str) -> Machine:
        if name not in self._machines:
            raise KeyError(f"the fleet has no running host `{name}`")
        return self._machines[name]

    def _prepare(self, spots: Iterable[Spot]) -> None:
        assert self._guard is not None
        self._machines = {spot.name: Machine(spot, self.isolation, self._guard) for spot in spots}
        for machine in self._machines.values():
            machine.spot.folder.mkdir(parents=True, exist_ok=True)
            machine.spot.log.unlink(missing_ok=True)
        access.make_keys([self.folder / "user_key", *(machine.spot.key for machine in self._machines.values())])
        access.write_git_config(self.git_config)
        for name, machine in self._machines.items():
            self._furnish(name)
            # Without roots of their own, hosts have at least no use for the operator's dot files.
            home = "" if self.own_roots else str(machine.spot.root / "home")
            access.write_sshd_config(machine.spot, self.git_config, home=home)
        if self.isolation is Isolation.NONE and os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd locks itself in before the login
        self._write_ssh_config()

    def _empty_folders(self) -> None:
        for folder in (self.shared, self.folder / "operator"):
            if folder.is_dir():
                shutil.rmtree(folder)
            folder.mkdir(mode=0o755)
            folder.chmod(0o755)

    def _furnish(self, name: str) -> None:
        spot, host = self._machines[name].spot, self.hosts[name]
        skeleton.build(spot)
        skeleton.build_programs(spot, host)
        if self.own_roots:
            accounts.write(spot, host, self.isolation)

    def _write_ssh_config(self) -> None:
        access.write_ssh_config(self.folder, [machine.spot for machine in self._machines.values()], self.user)
