"""Operators who begin at once, each a process of its own: on three servers of this machine, over the `local` link.

    python -m tests.racing <orders

Standard input is a JSON list of delays (seconds) and orders; what is heavy is loaded once, then all are forked.

Rule: what an operator does in its critical section is told by lines in one file, each one write.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.agent import Order, _be_the_operator, _warm_up
from tests.crash.local_yard import _namespace

ROOT = Path(__file__).parents[1]
_ENTER = 'mount --bind "$0" "$1"; shift; cd / && exec /bin/sh "$@"'
RECIPE = """\
import os, time
from capify import config, load, on, after, server, task

load("deploy")
config.application = "shop"
config.deploy_to = "{deploy_to}"
config.transport = "local"
config.grace = 1
config.disk_reserve = 0
server("web1", "app", primary=True)
server("web2", "app", "two")
server("web3", "app", "two")
inside = []


def tell(what, more=""):
    file = os.open("{trace}", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{{os.getpid()}} {{what}} {{config.get('revision', '') if what == 'in' else ''}}\\n".encode())
    os.close(file)


def work():
    from capify.standard.grip import gripped

    gripped()
    tell("in")
    time.sleep(0.02)
    tell("out")


@task(roles="app", releases_only=True)
def on_all():
    work()


@task(roles="two", releases_only=True)
def on_two():
    work()


@after("deploy:starting")
def entered():
    inside.append(True)
    tell("in", config.revision)


@on("exit")
def left():
    if inside:
        tell("out")
"""


@dataclass(frozen=True)
class Runner:
    """One who takes part: what is called, when, and with which settings."""

    words: tuple[str, ...]
    delay: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)


class Track:
    """Three servers, which have one path for `deploy_to` and a folder each; `possible` says whether that can be."""

    servers = ("web1", "web2", "web3")
    possible = bool(_namespace())

    def __init__(self, folder: Path, *, repository: str = "") -> None:
        self.folder = folder
        self._here = folder / "here"
        self._trace = folder / "trace"
        self._count = 0
        for made in (self._here, folder / "project", *map(self.root, self.servers)):
            made.mkdir(parents=True)
        text = RECIPE.format(deploy_to=self._here / "shop", trace=self._trace)
        text += f'config.repository = "{repository}"\n' if repository else f'config.revision = "{"0" * 40}"\n'
        (folder / "project/capfile.py").write_text(text)
        self.run([Runner(("deploy:setup",))])

    def root(self, server: str) -> Path:
        """Find what a server has."""
        return self.folder / "servers" / server

    def run(self, runners: Sequence[Runner]) -> list[dict[str, Any]]:
        """Let all begin; returns what came of each."""
        orders = [self._order(runner) for runner in runners]
        given = json.dumps([(one.delay, asdict(order)) for one, order in zip(runners, orders, strict=True)])
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "tests.racing"], input=given, text=True, check=True, cwd=ROOT, env=environment,
            timeout=550,
        )  # fmt: skip
        return [json.loads(Path(order.result).read_text()) for order in orders]

    def entered(self) -> list[str]:
        """Read who was in the critical section, in order, and check that there was one at a time."""
        found: list[str] = []
        inside = ""
        for line in self._trace.read_text().splitlines() if self._trace.exists() else []:
            who, what, more = line.split(" ")
            assert inside == ("" if what == "in" else who), f"two were in the critical section: {line}"
            inside = who if what == "in" else ""
            found += [more or who] if what == "in" else []
        assert inside == ""
        self._trace.unlink(missing_ok=True)
        return found

    def _order(self, runner: Runner) -> Order:
        self._count += 1
        place = self.folder / f"runner{self._count}"
        enter = [*_namespace(), "/bin/sh", "-c", _ENTER]
        shells = {name: [*enter, str(self.root(name)), str(self._here)] for name in self.servers}
        project = str(self.folder / "project")
        return Order(project, runner.words, f"{place}.result", f"{place}.log", runner.settings, shells=shells)


def main() -> None:
    """Fork everybody, and wait for all."""
    runners = json.load(sys.stdin)
    _warm_up()
    children = []
    for delay, order in runners:
        child = os.fork()
        if child == 0:
            time.sleep(delay)
            _be_the_operator(Order(**order))
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
