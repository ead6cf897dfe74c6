"""Operating `cap` as its users do: the real command, in a process of its own, against real OpenSSH servers.

Rule: nothing of Capify is called here but `capify.testing`; claimed is what a user sees, and what is on a server.
"""

import contextlib
import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from capify.testing.fleet import Fleet

PROGRAMS = Path(sysconfig.get_path("scripts"))
PRODUCTION, STAGING = "production.server.com", "staging.server.com"
FOUR = ("web1", "web2", "web3", "web4")
APP = "/var/www/capistrano-multistage-test"
SHOP = "/var/www/shop"
BOTH = (PRODUCTION, STAGING)
SHOP_RECIPE = f"""\
from capify import after, config, load, namespace, on_rollback, run, server, task, transaction

load("deploy")
config.application = "shop"
config.deploy_to = "{SHOP}"
config.branch = "master"
server("{PRODUCTION}", "app", "web", primary=True)
server("{STAGING}", "app", "web")
deploy = namespace("deploy")
"""
GUARD = 60.0  # seconds; only ever used up when something hangs


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str
    raw: bytes = b""

    @property
    def warnings(self) -> list[str]:
        """The lines that warn."""
        return [line for line in (self.out + self.err).splitlines() if "warning" in line.lower()]

    @property
    def lines(self) -> list[str]:
        """The lines on stdout."""
        return self.out.splitlines()


@dataclass
class Operator:
    """Somebody at a terminal of their own machine: a project, an environment, and servers to reach."""

    project: Path
    fleet: Fleet | None = None
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        if self.fleet is not None:
            return {**self.fleet.environment(), **self.variables}
        home = self.project.parent / "home"
        return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **self.variables}

    def cap(self, *argv: str, program: str = "cap") -> Said:
        """Run `cap` to its end; nobody can answer questions."""
        done = subprocess.run(
            [PROGRAMS / program, *argv], cwd=self.project, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=GUARD * 2,
        )  # fmt: skip
        said = Said(done.returncode, _text(done.stdout), _text(done.stderr), done.stdout)
        assert "Traceback (most recent call last)" not in said.out + said.err or "--debug" in argv, said.err
        return said

    def does(self, *argv: str) -> Said:
        """Run `cap`, which succeeds and warns of nothing."""
        said = self.cap(*argv)
        assert said.status == 0, said.err + said.out
        assert said.warnings == []
        return said

    @contextlib.contextmanager
    def begins(self, *argv: str) -> Iterator["Running"]:
        """Run `cap` in a session of its own, to send it signals."""
        process = subprocess.Popen(
            [PROGRAMS / "cap", *argv], cwd=self.project, env=self.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            yield Running(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def write(self, files: Mapping[str, str]) -> "Operator":
        """Write files of the project."""
        for name, text in files.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def accepts(self) -> dict[str, int]:
        """Count the connections that each server accepted so far."""
        assert self.fleet is not None
        return {name: self.fleet.accepts(name) for name in self.fleet.names}

    def runs_on(self, said: Said) -> set[str]:
        """Name the servers whose lines are in the output."""
        return {line.partition(" | ")[0].strip() for line in said.lines if " | " in line}


@dataclass(frozen=True, slots=True)
class Running:
    """A `cap` that has begun."""

    process: subprocess.Popen[bytes]

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send a signal to its whole foreground, as a terminal does for Ctrl-C."""
        os.killpg(self.process.pid, number)

    def ends(self) -> Said:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=GUARD)
        return Said(self.process.returncode, _text(out), _text(err), out)


def fleet_of(operator: Operator) -> Fleet:
    """Give the servers of an operator who has some."""
    assert operator.fleet is not None
    return operator.fleet


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something to become so; fail when it does not."""
    until = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def live(fleet: Fleet, name: str, app: str = APP) -> str:
    """Say which revision `current` leads to on a host: what a visitor would get."""
    release = fleet.path(name, f"{app}/current").readlink()
    return fleet.path(name, f"{Path(app) / release}/REVISION").read_text().strip()


def releases(fleet: Fleet, name: str, app: str = APP) -> list[str]:
    """List the releases of a host, oldest first."""
    return sorted(path.name for path in fleet.path(name, f"{app}/releases").iterdir())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
