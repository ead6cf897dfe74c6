"""A yard over the `local` link: servers that are folders of this machine.

Where the machine lets us, each server sees its own folder at one and the same path, in a mount namespace of its own; so
there are several. Elsewhere there is one.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.crash.shims import install
from tests.crash.yard import Act, Agent, Points, Yard

from capify.testing import unshared
from capify.testing.isolation import Isolation, possible
from capify.testing.processes import marked, signal_all

MARK = "CRASH_SERVER"
_ENTER = """\
set -e
[ "$1" = - ] || mount --bind "$1" "$2"
PATH=$3:$PATH CRASH_SERVER=$4
export PATH CRASH_SERVER
shift 4
cd /
exec /bin/sh "$@"
"""
_GIT = """\
[safe]
\tdirectory = *
[protocol "file"]
\tallow = always
[init]
\ttemplateDir =
"""


class LocalYard(Yard):
    """Servers that run `shell`: `dash`, `bash`, `busybox`, or `traced` (see `shims.install`)."""

    header = 'config.transport = "local"'

    def __init__(self, folder: Path, *, servers: tuple[str, ...] = ("web1", "web2"), shell: str = "dash") -> None:
        super().__init__(folder)
        self._prefix = _namespace()
        self.servers = servers if self._prefix else servers[:1]
        self._here = folder / "here" if self._prefix else self._inside(self.servers[0])
        self.deploy_to = str(self._here / "shop")
        for made in (folder / "home", self._here, *map(self._inside, self.servers)):
            made.mkdir(parents=True, exist_ok=True)
        (folder / "enter").write_text(_ENTER)
        (folder / "home/.gitconfig").write_text(_GIT)
        points = {name: install(self.programs(name), shell=shell) for name in self.servers}
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "LANG": "C.UTF-8"}
        self._agent = Agent(environment, folder, prefix=self._around())
        self._agent.watch({name: Points(place, self.deploy_to) for name, place in points.items()})

    def root(self, server: str) -> Path:
        """The folder that a server has for itself."""
        return self._inside(server)

    def programs(self, server: str) -> Path:
        """The folder that is first in a server's PATH."""
        return self.folder / "programs" / server

    def shells(self, *, counted: bool) -> dict[str, list[str]]:
        """Enter the server's namespace, and start a shell there."""
        return {name: self._shell(name, counted=counted) for name in self.servers}

    def kill_session(self, server: str) -> Act:
        """The act that kills everything on a server, as if its power failed."""

        def act(operator: int) -> bool:
            while left := marked(f"{MARK}={self._inside(server)}"):
                signal_all(left, signal.SIGKILL)
            return False

        return act

    def wrong_clock(self, server: str, seconds: int) -> None:
        """Let a server's `date` be wrong by so many seconds."""
        file = self.programs(server) / "date"
        real = shutil.which("date")
        file.write_text(f'#!/bin/sh\nexec {real} -d "@$(($({real} +%s) + {seconds}))" "$@"\n')

    def _inside(self, server: str) -> Path:
        """The same folder, as the agent and the server's shell see it."""
        return self.folder / "servers" / server

    def _around(self) -> tuple[str, ...]:
        """What starts the agent."""
        return ()

    def _shell(self, name: str, *, counted: bool) -> list[str]:
        root = str(self._inside(name))
        bound = root if self._prefix else "-"
        return [
            *(*self._prefix, "/bin/sh", str(self.folder / "enter")),
            *(bound, str(self._here), str(self.programs(name) if counted else self.folder), root),
        ]


class FaultyYard(LocalYard):
    """Servers with small disks of their own, that can become full or read-only. Needs root.

    The disks are mounted for the agent and what it starts; this process looks at them through `/proc`.
    """

    _MOUNT = 'for disk; do mount -t tmpfs -o size=4m,nr_inodes=2000 none "$disk"; shift; [ "$1" != -- ] || break; done'

    def root(self, server: str) -> Path:
        """The server's disk."""
        return Path(f"/proc/{self._agent.pid}/root{self._inside(server)}")

    def fill(self, server: str) -> None:
        """Leave no byte on a server's disk."""
        with (self.root(server) / "filler").open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"." * 4096)

    def use_up_inodes(self, server: str) -> None:
        """Let a server make no new file."""
        folder = self.root(server) / "fillers"
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            for number in range(10000):
                (folder / str(number)).touch()

    def lock_up(self, server: str) -> None:
        """Make a server's disk read-only; without effect while a file is being written."""
        self._remount(server, "ro")

    def free(self) -> None:
        """Give every server its whole disk back."""
        for server in self.servers:
            self._remount(server, "rw")
            (self.root(server) / "filler").unlink(missing_ok=True)
            shutil.rmtree(self.root(server) / "fillers", ignore_errors=True)

    def _around(self) -> tuple[str, ...]:
        disks = [str(self._inside(name)) for name in self.servers]
        return (*self._prefix, "/bin/sh", "-ec", f'{self._MOUNT}; shift; exec "$@"', "sh", *disks, "--")

    def _remount(self, server: str, how: str) -> None:
        mount = ["mount", "-o", f"remount,{how}", str(self._inside(server))]
        subprocess.run(["nsenter", "--target", str(self._agent.pid), "--mount", "--", *mount], capture_output=True)


def _namespace() -> tuple[str, ...]:
    """Spell how a shell gets mounts of its own; empty where it cannot."""
    match possible():
        case Isolation.ROOT:
            return ("unshare", "--mount")
        case Isolation.CHROOT:
            return (sys.executable, "-I", "-S", unshared.__file__)
        case Isolation.USER:
            return ("unshare", "--mount", "--user", "--map-root-user")
        case _:
            return ()
