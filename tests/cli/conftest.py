"""What tests of the command line share: projects to work in, and `cap` as its users start it."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

CAPFILE = """\
from capify import load

load("config/deploy")
"""
DEPLOY = '''\
"""What the stages share."""

from capify import after, before, config, namespace, on, run, task

config.stages = ["production", "staging"]
config.default_stage = "staging"
config.application = "shop"
config.user = "deploy"
config.branch = "main"
config.deploy_to = lambda: f"/var/www/{config.application}"

deploy = namespace("deploy")
deploy.sequence("default", "update", "restart", description="Deploy the application. In two steps.")
deploy.sequence("update", "update_code", "create_symlink", in_transaction=True)


@deploy.task(roles="app")
def update_code():
    """[internal] Build the release."""


@deploy.task(roles="app")
def create_symlink():
    run("ln -sfn")


@deploy.task(roles="app", at_once=1, pause=5)
def restart():
    """Restart the application, one server after the other. It takes a while."""
    run("restart")


@task(once=True)
def logs(lines: int = 50, follow: bool = False):
    """Show the last lines of the log.

    With `follow=yes` it goes on until Ctrl-C.
    """
    run(f"tail -n {lines} log/production.log")


@task(local=True)
def hello():
    """Say hello here."""


@task(local=True)
def all_of_it():
    """Call other tasks."""
    logs()


@before("deploy:restart")
def warm_up():
    run("warm")


after("deploy:update", hello)


@on("failure")
def cry():
    pass
'''
PRODUCTION = """\
from capify import config, server

config.application = "shop-live"
config.append(linked_dirs=["log"])

server("web1", "app", "web", primary=True)
server("web2:2222", "app", zone="eu")
server("db1", "db")
"""
STAGING = """\
from capify import server

server("test1", "app", "web", "db", primary=True)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How `cap` ended, and what it said."""

    status: int
    out: str
    err: str


Cap = Callable[..., Said]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two stages, in which the test stands."""
    stages = {"config/deploy/production.py": PRODUCTION, "config/deploy/staging.py": STAGING}
    write(tmp_path, {"capfile.py": CAPFILE, "config/deploy.py": DEPLOY, **stages})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cap(tmp_path: Path) -> Cap:
    """Start `cap` as its users do, in a process of its own."""

    def start(
        *argv: str,
        environment: Mapping[str, str] | None = None,
        program: str = "capify",
        cwd: Path = tmp_path,
        encoding: str = "utf-8",
    ) -> Said:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CAPIFY_", "CI"))}
        own = {"HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "state")}
        done = subprocess.run(
            [sys.executable, "-m", program, *argv], cwd=cwd, capture_output=True, encoding=encoding, check=False,
            stdin=subprocess.DEVNULL, timeout=120,
            env={**clean, **own, **(environment or {})},
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return start


def lines(text: str) -> str:
    """Take a text as it stands in a test."""
    return dedent(text).lstrip("\n")


def protect(project: Path) -> None:
    """Make its stage `production` a protected one."""
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text() + '\nconfig.protected_stages = ["production"]\n')


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
