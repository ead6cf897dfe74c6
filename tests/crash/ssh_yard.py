"""A yard of real sshd servers: a fleet whose hosts count their operations."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.shims import install
from tests.crash.yard import Act, Agent, Points, Yard

from capify.testing.fleet import Fleet

_PATIENCE = 60.0  # seconds; only ever used up when something is wrong


class SshYard(Yard):
    """The hosts of a fleet that has just been reset; `shell` as in `shims.install`."""

    def __init__(self, fleet: Fleet, *, shell: str = "dash") -> None:
        super().__init__(fleet.shared / "yard")
        self.fleet = fleet
        self._frozen = False
        self.servers = fleet.names
        self.deploy_to = f"{fleet.home(self.servers[0])}/shop"
        self.header = f'config.user = "{fleet.user}"'
        self.settings = {"ssh_config": str(fleet.ssh_config)}
        points = {}
        for name in self.servers:
            programs = fleet.command(name, "sh", "").parent
            shutil.rmtree(programs)
            points[name] = Points(install(programs, shell=shell), self.deploy_to)
        self._agent = Agent(fleet.environment(), self.folder)
        self._agent.watch(points)

    def root(self, server: str) -> Path:
        """Where the host's `deploy_to` lies on this machine."""
        return self.fleet.path(server, self.deploy_to).parent

    def own(self, place: Path) -> None:
        """Give it to the fleet's user: whoever has the home has it."""
        home = self.root(self.servers[0]).stat()
        for path in (place, *place.rglob("*")):
            shutil.chown(path, home.st_uid, home.st_gid)

    def kill_session(self, server: str) -> Act:
        """The act that ends every process of a host but its sshd."""

        def act(operator: int) -> bool:
            self.fleet._machine(server).end_sessions()
            return False

        return act

    @contextmanager
    def thawing(self, server: str) -> Iterator[None]:
        """Let a host be frozen within the block; nobody waits for what is left on it meanwhile."""
        self._frozen = True
        try:
            yield
        finally:
            self._frozen = False
            self.fleet.thaw(server)

    def settle(self) -> list[str]:
        """Wait until every host has no process but its sshd."""
        if self._frozen:
            return []
        until = time.monotonic() + _PATIENCE
        while left := self._sessions():
            if time.monotonic() > until:
                return left
            time.sleep(0.01)
        return []

    def _sessions(self) -> list[str]:
        machines = {name: self.fleet._machine(name) for name in self.servers}
        listening = {machine.listener for machine in machines.values()}
        return [
            f"{name}: {line}"
            for name in self.servers
            for process, line in self.fleet.processes(name).items()
            if process not in listening
        ]
