"""A throw-away sshd on loopback, and ways to reach it."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
DEADLINE = 10.0  # seconds for sshd to listen; a guard against hanging


@dataclass
class Sshd:
    """A running sshd, with a configuration file whose hosts lead to it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def config(self) -> str:
        return str(self.folder / "ssh_config")

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text()

    @property
    def logins(self) -> int:
        return self.log.count("Accepted publickey")

    def configuration(self, name: str, *lines: str, known: str | None = None) -> str:
        """Write a configuration with other lines first, and other known hosts; return its path."""
        path = self.folder / name
        known_hosts = self.folder / f"{name}.known"
        known_hosts.write_text(self.known_hosts if known is None else known)
        usual = (self.folder / "ssh_config").read_text().replace("known_hosts", known_hosts.name)
        path.write_text("\n".join([*lines, usual]))
        return str(path)

    @property
    def known_hosts(self) -> str:
        return (self.folder / "known_hosts").read_text()


@contextmanager
def running_sshd() -> Iterator[Sshd]:
    """Run one; what it needs lies in a folder of its own, because sshd minds who may write there."""
    with tempfile.TemporaryDirectory(prefix="cap-sshd-") as name:
        folder = Path(name)
        port = _free_port()
        _write(folder, port)
        process = subprocess.Popen([SSHD, "-D", "-f", folder / "sshd_config", "-E", folder / "sshd.log"])
        try:
            _wait_for(port, process)
            yield Sshd(folder, port, process)
        finally:
            process.terminate()
            process.wait()


def _write(folder: Path, port: int) -> None:
    for name in ("host_key", "user_key", "other_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
    shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
    host_key = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\n"
        "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "LogLevel VERBOSE\nMaxSessions 20\nMaxStartups 100\n"
    )
    (folder / "ssh_config").write_text(
        f"Host testhost\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {folder}/user_key\n  IdentitiesOnly yes\n  UserKnownHostsFile {folder}/known_hosts\n"
        "  GlobalKnownHostsFile /dev/null\n  KexAlgorithms curve25519-sha256\n"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit("sshd did not start")
