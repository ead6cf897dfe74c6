"""Ctrl-C: once stops what runs and undoes what was begun, twice lets go; either way nothing stays on a server."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from capify.testing.repository import Repository

from .operating import APP, FOUR, PRODUCTION, STAGING, Operator, Running, Said, fleet_of, live, wait_until

pytestmark = pytest.mark.fleet

NAP = f"60.{os.getpid():07}"  # seconds that nobody else sleeps
STUBBORN = f"trap '' TERM HUP INT; touch /tmp/begun; sleep {NAP}; sleep {NAP}; touch /tmp/went-on"
PLAIN = f"touch /tmp/begun; sleep {NAP}; touch /tmp/went-on"
DEEP = f"(setsid sh -c 'touch /tmp/begun; exec sleep {NAP}'); touch /tmp/went-on"
HEAD = "from capify import config, on_rollback, run, server, sudo, task, transaction\n\nconfig.grace = 1\n" + "".join(
    f'server("{name}", "app")\n' for name in FOUR
)


def recipe(command: str) -> dict[str, str]:
    return {"capfile.py": f"{HEAD}\n@task\ndef last():\n    run({command!r})\n"}


def in_transaction(command: str) -> dict[str, str]:
    return {
        "capfile.py": f"{HEAD}\n@task\ndef last():\n    with transaction():\n"
        f'        on_rollback(lambda: run("touch /tmp/undone"))\n        run({command!r})\n'
    }


def begun(operator: Operator, path: str = "/tmp/begun") -> None:
    """Wait until every server runs the command."""
    for name in FOUR:
        wait_until(fleet_of(operator).path(name, path).exists)


def left(operator: Operator) -> list[str]:
    """List what still runs on the servers of what was begun."""
    names = fleet_of(operator).names
    return [line for name in names for line in fleet_of(operator).processes(name).values() if NAP in line]


def interrupted(operator: Operator, *numbers: signal.Signals) -> Said:
    with operator.begins("last") as running:
        begun(operator)
        for number in numbers:
            running.interrupt(number)
        return running.ends()


@pytest.mark.parametrize("command", [PLAIN, STUBBORN, DEEP], ids=["plain", "stubborn", "in a session of its own"])
def test_once_ends_with_130_and_leaves_nothing_running(four: Operator, command: str):
    four.write(recipe(command))
    said = interrupted(four, signal.SIGINT)
    assert said.status == 130
    assert left(four) == []
    assert not any(fleet_of(four).path(name, "/tmp/went-on").exists() for name in FOUR)
    assert "interrupted" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["TERM", "HUP"])
def test_a_cancelled_job_and_a_closed_terminal_count_like_ctrl_c(four: Operator, number: signal.Signals):
    four.write(recipe(PLAIN))
    assert interrupted(four, number).status == 130
    assert left(four) == []


def test_a_command_of_another_user_is_stopped_too(four: Operator):
    if not fleet_of(four).sudo:
        pytest.skip("needs hosts with sudo")
    four.write({"capfile.py": f"{HEAD}\n@task\ndef last():\n    sudo({PLAIN!r})\n"})
    assert interrupted(four, signal.SIGINT).status == 130
    assert left(four) == []


@pytest.mark.parametrize("command", [PLAIN, STUBBORN], ids=["plain", "stubborn"])
def test_within_a_transaction_what_was_begun_is_undone(four: Operator, command: str):
    four.write(in_transaction(command))
    said = interrupted(four, signal.SIGINT)
    assert said.status in {6, 130}  # 6 has precedence over 130
    assert [fleet_of(four).path(name, "/tmp/undone").exists() for name in FOUR] == [True] * 4
    assert left(four) == []


@pytest.mark.parametrize("command", [PLAIN, STUBBORN], ids=["plain", "stubborn"])
def test_twice_ends_at_once_and_the_servers_clear_up_themselves(four: Operator, command: str):
    four.write(recipe(command))
    said = interrupted(four, signal.SIGINT, signal.SIGINT)
    assert said.status in {130, 7}
    wait_until(lambda: left(four) == [])
    assert not any(fleet_of(four).path(name, "/tmp/went-on").exists() for name in FOUR)


def test_killing_cap_itself_leaves_nothing_running_either(four: Operator):
    four.write(recipe(STUBBORN))
    with four.begins("last") as running:
        begun(four)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    wait_until(lambda: left(four) == [])


def test_twice_during_an_undo_says_that_not_all_was_undone(four: Operator):
    undo = f"touch /tmp/undoing; sleep {NAP}; touch /tmp/undone"
    four.write({
        "capfile.py": f"{HEAD}\n@task\ndef last():\n    with transaction():\n"
        f"        on_rollback(lambda: run({undo!r}))\n        run({PLAIN!r})\n"
    })
    with four.begins("last") as running:
        begun(four)
        running.interrupt()
        begun(four, "/tmp/undoing")
        running.interrupt()
        said = running.ends()
    assert said.status == 7
    wait_until(lambda: left(four) == [])
    assert "Traceback" not in said.err


def test_a_deployment_that_is_interrupted_leaves_what_was_live(article: Operator, source: Repository):
    article.does("production", "deploy:setup", "deploy")
    assert article.fleet
    link = article.fleet.path(PRODUCTION, f"{APP}/current").readlink()
    source.commit("second")
    article.fleet.command(PRODUCTION, "git", f"#!/bin/sh\ntouch /tmp/begun\nexec sleep {NAP}\n")
    with article.begins("production", "deploy") as running:
        wait_until(article.fleet.path(PRODUCTION, "/tmp/begun").exists)
        running.interrupt()
        said = running.ends()
    assert said.status in {6, 130}
    assert article.fleet.path(PRODUCTION, f"{APP}/current").readlink() == link
    assert [path.name for path in article.fleet.path(PRODUCTION, f"{APP}/releases").iterdir()] == [link.name]
    assert left(article) == []
    (article.fleet.path(PRODUCTION, "/tmp/begun")).unlink()


@pytest.mark.slow
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("at", [part / 10 for part in range(1, 12)])
def test_whenever_a_deployment_is_interrupted_something_whole_is_live(
    article: Operator, source: Repository, at: float, twice: bool
):
    article.does("staging", "deploy:setup", "deploy")
    allowed = {source.head("develop"), source.commit("second", branch="develop")}
    with article.begins("staging", "-s", "lease=2", "deploy") as running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(at)
        with contextlib.suppress(ProcessLookupError):
            running.interrupt()
            if twice:
                running.interrupt()
        said = running.ends()
    assert said.status in {0, 1, 6, 7, 130, -signal.SIGINT}, said.err
    # While Python itself is starting, before `cap` has said a word, it complains in its own way.
    inside = any(room in said.err for room in ("capify/engine", "capify/cli/main"))
    starting = said.err.startswith("Traceback") and not inside
    assert "Traceback" not in said.err or starting, said.err
    assert live(fleet_of(article), STAGING) in allowed
    folder = fleet_of(article).path(STAGING, f"{APP}/current").readlink()
    assert fleet_of(article).path(STAGING, f"{APP}/releases/{folder.name}/version.txt").exists()
    wait_until(lambda: not [line for line in fleet_of(article).processes(STAGING).values() if "capify" in line])
    article.does("staging", "--wait", "deploy")  # who let everything go did not let the lock go: its lease ends
    assert live(fleet_of(article), STAGING) == source.head("develop")


def test_a_local_command_is_stopped_too(four: Operator):
    note = four.project / "began"
    four.write({
        "capfile.py": f"{HEAD}from capify import run_locally\n\n@task(local=True)\ndef last():\n"
        f"    run_locally('touch {note}; sleep {NAP}')\n"
    })
    with four.begins("last") as running:
        wait_until(note.exists)
        running.process.send_signal(signal.SIGINT)  # to `cap` alone: it must end its child itself
        said = running.ends()
        assert said.status == 130
        assert _sleeping(running) == []


def _sleeping(running: Running) -> list[str]:
    """List the sleepers on this machine, but for `cap` itself."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if f"sleep {NAP}" in line and str(running.process.pid) not in line:
            found.append(line)
    return found
