"""Recipes under mypy: what is right passes, also strictly; what is wrong is found on its line."""

import subprocess
import sys
from pathlib import Path

import pytest

GOOD = '''\
"""A recipe that is right."""

from pathlib import Path
from typing import assert_type

from capify import Results, batch, before, config, deploy, link, parallel, run, server, stream, task, template
from capify.recipe.handles import TaskHandle

config.deploy_to = lambda: f"/srv/{config.application}"
config.deploy_to = Path("/srv/shop")
config.keep_releases = 3
config.linked_dirs = ["log"]
config.linked_dirs += ["tmp"]
config.default_env = {"LANG": "C"}
config.silence = 3
config.umask = None
config.own = 3
assert_type(config.keep_releases, int)
assert_type(config.linked_dirs, list[str])
assert_type(config.deploy_to, str)
assert_type(config.stage, str | None)
assert_type(deploy.restart, TaskHandle[[], None])
server("deploy@web1", "app", primary=True)
before(deploy.restart, lambda: run("warm-up"))


@config.late
def branch() -> str:
    return "main"


@task(roles="app", before=deploy.setup)
def pages(lines: int = 50) -> int:
    """Make pages."""
    with batch():
        results = run("one")
        link("/a", "/b")
    assert_type(results, Results)
    stream("tail -f log")
    template("site.j2", "/etc/site", sudo=True)
    deploy.restart()
    deploy.rollback.code()
    return len(parallel(lambda: run("a"), lambda: run("b")))


assert_type(pages(lines=3), int)
deploy()
'''
BAD = """\
from capify import config, deploy, run, strem, task
config.keep_releases = "3"
config.deploy_to = 3
config.linked_dirs = "log"
config.use_sudo = lambda: "yes"
deploy.restart(3)
_ = "a" + config.keep_releases
@task
def pages(lines: int = 50): ...
pages(lines="x")
pages(line=3)
@task(role="app")
def other(): ...
run("x", tiemout=3)
"""
WRONG = {1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 14}


def mypy(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "recipe.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--no-pretty", *options, "recipe.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("options", [(), ("--strict",)], ids=["plain", "strict"])
def test_a_recipe_that_is_right_passes(tmp_path: Path, options: tuple[str, ...]):
    done = mypy(tmp_path, GOOD, *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_wrong_is_found_on_its_line(tmp_path: Path):
    done = mypy(tmp_path, BAD)
    lines = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    assert lines == WRONG, done.stdout
