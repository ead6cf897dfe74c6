"""The doors of `cap`: how it comes up, and how it leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RECIPE = """
from capify import config, on_rollback, run, server, task, transaction

config.transport = "local"
server("localhost", "app")

@task
def pour():
    with transaction():
        on_rollback(lambda: run("touch undone"))
        run("touch begun; yes '{line}'")

@task
def daemon():
    from capify import run_locally
    run_locally("sleep 300 & echo started $!")

@task
def mistaken():
    run("touch x")
    nonsense()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "capfile.py").write_text(RECIPE.replace("{line}", "x" * 1000))
    return tmp_path


def cap(project: Path, *words: str, deaf: bool = False) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "XDG_STATE_HOME": str(project / "state")}
    program = [sys.executable, "-m", "capify", *words]
    pipe, ignore = subprocess.PIPE, lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.Popen(
        program, cwd=project, env=environment, stdout=pipe, stderr=pipe, preexec_fn=ignore if deaf else None
    )


def test_an_interrupt_undoes_and_ends_even_while_nobody_reads_the_output(project: Path):
    with cap(project, "pour") as process:
        while not (project / "begun").exists():
            assert process.poll() is None
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert (project / "undone").exists()


def test_a_daemon_that_a_local_program_starts_does_not_hold_up_the_recipe(project: Path):
    process = cap(project, "daemon")
    out, _ = process.communicate(timeout=60)
    os.kill(int(out.split()[-1]), signal.SIGKILL)
    assert process.returncode == 0


def test_a_mistake_in_a_recipe_is_no_decision_at_run_time(project: Path):
    process = cap(project, "-n", "mistaken")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"nonsense" in err


def test_an_interrupt_that_is_ignored_from_outside_stays_so(project: Path):
    process = cap(project, "daemon", deaf=True)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.kill(int(out.split()[-1]), signal.SIGKILL)
    assert process.returncode == 0
