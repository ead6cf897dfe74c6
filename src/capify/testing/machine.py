"""One host of a fleet while it runs: its sshd, and everything that was started through it.

Rule 1: stopping a host is pulling its plug: every process of it is gone when `stop` returns.
Rule 2: a connection is counted when sshd accepts it, whether or not anybody logs in.
"""

import signal
import socket
import subprocess
import time

from capify.errors import CheckFailed
from capify.testing.access import MARK
from capify.testing.hosts import Spot
from capify.testing.isolation import Isolation, enter, join
from capify.testing.processes import Guard, command_line, descendants, marked, signal_all
from capify.testing.skeleton import program

_PATIENCE = 30.0  # seconds; only ever used up when something is wrong
_GLANCE = 0.004  # seconds between two looks


class Machine:
    """A running or stopped host."""

    def __init__(self, spot: Spot, isolation: Isolation, guard: Guard) -> None:
        self.spot = spot
        self._isolation = isolation
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._said = 0  # bytes that its log had when it was started
        self.frozen = False

    @property
    def running(self) -> bool:
        """Whether its sshd is there, frozen or not."""
        return self._process is not None

    def start(self) -> None:
        """Start sshd; `wait_until_ready` waits for it."""
        if self._process is not None:
            return
        self._said = self.spot.log.stat().st_size if self.spot.log.exists() else 0
        sshd = [program("sshd"), "-D", "-E", str(self.spot.log), "-f", str(self.spot.sshd_config)]
        with (self.spot.folder / "start.log").open("wb") as complaints:
            self._process = subprocess.Popen(
                enter(self._isolation, self.spot, sshd),
                stdin=subprocess.DEVNULL,
                stdout=complaints,
                stderr=complaints,
                start_new_session=True,
            )
        self._guard.hold(self._process.pid)

    def wait_until_ready(self) -> None:
        """Wait until sshd listens. Raises `CheckFailed` with what it said."""
        assert self._process is not None
        until = time.monotonic() + _PATIENCE
        while "Server listening on" not in (said := self._log_since(self._said)):
            if self._process.poll() is not None or time.monotonic() > until:
                said = (self.spot.folder / "start.log").read_text() + said
                self.stop()
                raise CheckFailed(f"the sshd of `{self.spot.name}` did not start: {said.strip() or 'it said nothing'}")
            time.sleep(_GLANCE)

    def stop(self) -> None:
        """End every process of the host, at once, as if its power failed."""
        if self._process is None:
            return
        if self._isolation is Isolation.NONE:
            self._end_one_by_one()
        else:
            self._end_namespace()
        self._guard.release(self._process.pid)
        self._process = None
        self.frozen = False

    def end_sessions(self) -> None:
        """End everything on the host but its listening sshd."""
        while left := [process for process in self.processes() if process != self.listener]:
            signal_all(left, signal.SIGKILL)
            time.sleep(_GLANCE)

    def freeze(self) -> None:
        """Stop the clock of every process of the host: connections stay open, nothing answers."""
        self._proc_needed()
        stopped: set[int] = set()
        # Again until nothing new is found, because a process may fork while we look.
        while fresh := [process for process in self.processes() if process not in stopped]:
            signal_all(fresh, signal.SIGSTOP)
            stopped.update(fresh)
        self.frozen = True

    def thaw(self) -> None:
        """Let a frozen host go on."""
        signal_all(self.processes(), signal.SIGCONT)
        self.frozen = False

    def mount_tiny(self, path: str, size: int) -> None:
        """Mount an empty file system of so many bytes over a folder of the host."""
        if not self._isolation.by_root:
            raise CheckFailed("a full disk needs hosts with their own roots, made by root", hint="run as root")
        options = f"size={size},mode=1777"
        mount = ["mount", "-t", "tmpfs", "-o", options, "none", path]
        done = subprocess.run(join(self.listener, mount), check=False, capture_output=True, text=True)
        if done.returncode:
            raise CheckFailed(f"no file system could be mounted at `{path}`: {done.stderr.strip()}")

    def processes(self) -> list[int]:
        """List the host's processes, by their numbers on this machine: sshd, its sessions, what they started."""
        if self._process is None:
            return []
        if self._isolation is not Isolation.NONE:
            return descendants(self._process.pid)
        mine = [self._process.pid, *descendants(self._process.pid)]
        lost = [process for process in marked(f"{MARK}={self.spot.folder}") if process not in mine]
        return [process for process in (*mine, *lost) if command_line(process)]

    @property
    def listener(self) -> int:
        """The number, on this machine, of the sshd that listens."""
        assert self._process is not None
        self._proc_needed()
        if self._isolation is Isolation.NONE:
            return self._process.pid
        return descendants(self._process.pid)[0]

    def accepts(self) -> int:
        """Count the connections that sshd accepted since the fleet was made."""
        log = self.log()
        # The listener says the first, the process for the connection the second; either may come late, or never.
        return max(log.count("debug1: Forked child "), log.count("Connection from "))

    def log(self) -> str:
        """Read what sshd said since the fleet was made."""
        return self._log_since(0)

    def _log_since(self, start: int) -> str:
        if not self.spot.log.exists():
            return ""
        return self.spot.log.read_bytes()[start:].decode("utf-8", "replace").replace("\r\n", "\n")

    def _end_namespace(self) -> None:
        assert self._process is not None
        # The first process of a namespace is not gone before all others are, and `unshare` waits for it.
        first = descendants(self._process.pid)[:1]
        signal_all(first or [self._process.pid], signal.SIGKILL)
        self._process.wait()
        while not first and self._listens():
            time.sleep(_GLANCE)

    def _end_one_by_one(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)  # so that it accepts nothing while its sessions end
        self.end_sessions()
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.spot.address, self.spot.port)) == 0

    def _proc_needed(self) -> None:
        if self._process is not None and not descendants(1) and not descendants(self._process.pid):
            raise CheckFailed("processes cannot be found without `/proc`", hint="mount -t proc proc /proc")
