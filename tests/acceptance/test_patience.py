"""Nothing hangs: connecting, commands and full disks have an end, and it is told."""

import signal

import pytest

from capify.testing.isolation import Isolation

from .operating import FOUR, Operator, wait_until

pytestmark = pytest.mark.fleet

NAP = "59.123"
HEAD = "from capify import capture, config, put, run, server, task\n\nconfig.grace = 1\n" + "".join(
    f'server("{name}", "app")\n' for name in FOUR
)


def recipe(line: str, *settings: str) -> dict[str, str]:
    chosen = "".join(f"config.{setting}\n" for setting in settings)
    return {"capfile.py": f"{HEAD}{chosen}\n@task\ndef last():\n    {line}\n"}


def left(operator: Operator) -> list[str]:
    assert operator.fleet
    return [line for name in FOUR for line in operator.fleet.processes(name).values() if NAP in line]


def test_a_server_that_hangs_is_not_connected_to_for_ever(four: Operator):
    assert four.fleet
    four.fleet.freeze("web2")
    four.write(recipe('run("touch /tmp/touched")', "connect_timeout = 2"))
    said = four.cap("last")
    assert said.status == 5
    assert "web2" in said.err
    assert not any(four.fleet.path(name, "/tmp/touched").exists() for name in FOUR)


def test_ctrl_c_while_connecting_ends_at_once(four: Operator):
    assert four.fleet
    four.fleet.freeze("web2")
    four.write(recipe('run("true")', "connect_timeout = 3600"))
    with four.begins("last") as running:
        wait_until(lambda: four.accepts()["web1"])
        running.interrupt(signal.SIGINT)
        assert running.ends().status == 130


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (f'run("sleep {NAP}", timeout=1)', "1"),
        (f'run("sleep {NAP}", silence=1)', "silen"),
        (f'capture("sleep {NAP}", timeout=1)', "1"),
    ],
    ids=["timeout", "silence", "capture"],
)
def test_a_command_that_takes_too_long_is_stopped_and_dead(four: Operator, line: str, word: str):
    four.write(recipe(line))
    said = four.cap("last")
    assert said.status == 1
    assert word in said.err.lower()
    assert left(four) == []


def test_the_settings_bound_every_command(four: Operator):
    four.write(recipe(f'run("sleep {NAP}")', "command_timeout = 1"))
    assert four.cap("last").status == 1
    assert left(four) == []


def test_output_keeps_a_command_from_being_silent(four: Operator):
    four.write(recipe('run("for n in 1 2 3 4 5 6; do echo $n; sleep 0.4; done", silence=1.5)'))
    four.does("last")


def test_a_command_that_reads_its_input_gets_none(four: Operator):
    four.write(recipe('run("cat; read line; echo status $?")'))
    assert set(four.does("last").lines) == {f"{name} | status 1" for name in FOUR}


def test_a_daemon_outlives_its_command(four: Operator):
    assert four.fleet
    daemon = f"setsid sleep {NAP} >/dev/null 2>&1 </dev/null & echo started"
    four.write(recipe(f'run("{daemon}")'))
    assert len(four.does("last").lines) == 4
    assert len([line for line in left(four) if line.startswith(f"sleep {NAP}")]) == 4


def test_a_full_disk_is_a_failure_with_the_reason(four: Operator):
    assert four.fleet
    if not Isolation(four.fleet.isolation).by_root:
        pytest.skip("mounting a small disk needs root")
    four.fleet.full("web3", "/srv")
    four.write(recipe('put(b"x" * 1_000_000, "/srv/big")'))
    for name in FOUR:
        four.fleet.path(name, "/srv").chmod(0o777)
    said = four.cap("last")
    assert said.status == 1
    assert "space" in said.err.lower()
    assert "web3" in said.err
    assert four.fleet.run("web3", "ls -A /srv").stdout == ""
