"""`--progress`: how an invocation is shown is chosen, and what is not drawn on is left as it is."""

import subprocess
import sys
from pathlib import Path

from .conftest import Cap
from .test_startup import LOADED

RECIPE = """\
from capify import config, run, server, task

config.transport = "local"
config.application = "shop"
server("web1", "app")
server("web2", "app")

@task
def hello():
    run("echo hello")
"""
DRAWING = {"capify.reporters.live", "capify.reporters.region", "capify.reporters.strip", "rich", "curses"}


def test_live_is_refused_where_nothing_can_be_drawn_and_before_anything_begins(cap: Cap, tmp_path: Path) -> None:
    (tmp_path / "capfile.py").write_text(RECIPE)
    said = cap("--progress", "live", "hello")
    assert (said.status, said.out) == (2, "")
    assert "`--progress live` cannot be: standard output is not on a terminal" in said.err
    assert not (tmp_path / "state").exists()


def test_in_a_pipe_both_others_are_the_same(cap: Cap, tmp_path: Path) -> None:
    (tmp_path / "capfile.py").write_text(RECIPE)
    for argv in (("hello",), ("--progress", "plain", "hello"), ("--progress=auto", "hello")):
        said = cap(*argv)
        assert sorted(said.out.splitlines()) == ["web1 | hello", "web2 | hello"]


def test_what_draws_is_not_loaded_where_nothing_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "capfile.py").write_text(RECIPE)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TERM": "xterm"}
    command = [sys.executable, "-c", LOADED, "--progress", "plain", "hello"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=environment)
    assert "capify.reporters.plain" in done.stderr
    assert not DRAWING & set(done.stderr.split())
