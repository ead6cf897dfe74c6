"""At a terminal, somebody can answer: before every command (`-d`), for a protected stage, to `ask` and `confirm`."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pexpect
import pytest

from .operating import FOUR, GUARD, PRODUCTION, PROGRAMS, STAGING, Operator

pytestmark = pytest.mark.fleet

SERVERS = "".join(f'server("{name}", "app")\n' for name in FOUR[:2])
HEAD = "from capify import ask, confirm, run, server, task\n\n" + SERVERS
TASKS = """

@task
def twice():
    run("echo first >> /tmp/ran")
    run("echo second >> /tmp/ran")


@task
def sure():
    confirm("really?")
    run("echo sure >> /tmp/ran")


@task
def named():
    run(["echo", ask("what?", default="nothing")])


@task
def last():
    run("touch /tmp/begun; sleep 60.5")
"""


@contextmanager
def terminal(operator: Operator, *argv: str) -> Iterator["pexpect.spawn[str]"]:
    """Run `cap` at a terminal."""
    child: pexpect.spawn[str] = pexpect.spawn(
        str(PROGRAMS / "cap"), list(argv), cwd=str(operator.project), env={**operator.environment, "TERM": "xterm"},
        encoding="utf-8", timeout=GUARD, dimensions=(40, 160),
    )  # fmt: skip
    child.logfile_read = sys.stdout
    try:
        yield child
    finally:
        child.close(force=True)


def status(child: "pexpect.spawn[str]") -> int:
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return int(child.exitstatus)


def ran(operator: Operator) -> list[list[str]]:
    """What each server did."""
    assert operator.fleet
    files = [operator.fleet.path(name, "/tmp/ran") for name in FOUR[:2]]
    return [file.read_text().split() if file.exists() else [] for file in files]


@pytest.fixture
def asked(four: Operator) -> Operator:
    """A project of two servers, with tasks that ask."""
    return four.write({"capfile.py": HEAD + TASKS})


@pytest.mark.parametrize(
    ("answers", "ended", "done"),
    [
        (["y", "yes"], 0, ["first", "second"]),
        (["", ""], 0, ["first", "second"]),
        (["n", "y"], 0, ["second"]),
        (["y", "a"], 1, ["first"]),
        (["a"], 1, []),
    ],
    ids=str,
)
def test_debugging_asks_before_every_command(asked: Operator, answers: list[str], ended: int, done: list[str]):
    with terminal(asked, "-d", "twice") as child:
        for answer in answers:
            child.expect("bort: ?")
            child.sendline(answer)
        assert status(child) == ended
    assert ran(asked) == [done, done]


@pytest.mark.parametrize(("answer", "ended", "done"), [("y", 0, ["sure"]), ("no", 1, []), ("", 1, [])])
def test_confirm_takes_nothing_but_yes_for_a_yes(asked: Operator, answer: str, ended: int, done: list[str]):
    with terminal(asked, "sure") as child:
        child.expect(r"really\? \[y/N\]")
        child.sendline(answer)
        assert status(child) == ended
    assert ran(asked) == [done, done]


def test_an_empty_answer_is_the_default(asked: Operator):
    with terminal(asked, "named") as child:
        child.expect(r"what\?")
        child.sendline("")
        child.expect(r"\| nothing")
        assert status(child) == 0


def test_ctrl_c_at_a_question_ends_with_130(asked: Operator):
    with terminal(asked, "sure") as child:
        child.expect(r"really\?")
        child.sendintr()
        assert status(child) == 130
    assert ran(asked) == [[], []]


def test_ctrl_c_during_a_command_ends_with_130_and_leaves_nothing_running(asked: Operator):
    assert asked.fleet
    with terminal(asked, "last") as child:
        for name in FOUR[:2]:
            while not asked.fleet.path(name, "/tmp/begun").exists():
                assert child.isalive()
        child.sendintr()
        assert status(child) == 130
    assert not [line for name in FOUR[:2] for line in asked.fleet.processes(name).values() if "60.5" in line]


@pytest.mark.parametrize(("typed", "ended"), [("production", 0), ("staging", 3), ("", 3)])
def test_a_protected_stage_wants_its_name(article: Operator, typed: str, ended: int):
    recipe = article.project / "config/deploy.py"
    recipe.write_text(recipe.read_text() + '\nconfig.protected_stages = ["production"]\n')
    with terminal(article, "production", "uname") as child:
        child.expect("type its name")
        child.sendline(typed)
        assert status(child) == ended
    assert article.accepts() == {PRODUCTION: int(ended == 0), STAGING: 0}


def test_at_a_terminal_there_is_colour_unless_it_is_declined(asked: Operator):
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        asked.variables = variables
        with terminal(asked, "named") as child:
            child.expect(r"what\?")
            before = child.before or ""
            child.sendline("x")
            child.expect(pexpect.EOF)
            shown = before + (child.before or "")  # the cursor may move in any case
            assert (re.search(r"\x1b\[[\d;]*m", shown) is not None) is coloured
