"""On a terminal: a protected stage's name is asked for before anything begins, and lists fit."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from .conftest import protect

ASKED = "stage `production` is protected; type its name to go on:"
WIDE, NARROW = 100, 40
Start = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def on_terminal(project: Path) -> Iterator[Start]:
    """Start `cap` on a terminal of its own."""
    protect(project)
    begun: list[pexpect.spawn[str]] = []

    def start(*argv: str, columns: int = 80) -> "pexpect.spawn[str]":
        clean = {name: value for name, value in os.environ.items() if name != "CI"}
        environment = {**clean, "XDG_STATE_HOME": str(project / "state"), "NO_COLOR": "1"}
        begun.append(
            pexpect.spawn(
                sys.executable, ["-m", "capify", *argv], cwd=str(project), env=environment, encoding="utf-8",
                timeout=60, dimensions=(24, columns),
            )
        )
        return begun[-1]

    yield start
    for one in begun:
        one.close(force=True)


def ended(it: "pexpect.spawn[str]") -> tuple[int | None, str]:
    it.expect(pexpect.EOF)
    it.wait()
    return it.exitstatus, it.before or ""


def test_the_right_name_lets_it_go_on(on_terminal: Start) -> None:
    it = on_terminal("production", "hello")
    it.expect_exact(ASKED)
    it.sendline("production")
    status, said = ended(it)
    assert (status, "done in" in said) == (0, True)


@pytest.mark.parametrize("answer", ["staging", "", "y", "Production"])
def test_any_other_answer_does_not(on_terminal: Start, answer: str) -> None:
    it = on_terminal("production", "hello")
    it.expect_exact(ASKED)
    it.sendline(answer)
    status, said = ended(it)
    assert status == 3
    assert "was not confirmed" in said
    assert "done in" not in said


def test_ctrl_c_at_the_question_ends_it(on_terminal: Start) -> None:
    it = on_terminal("production", "hello")
    it.expect_exact(ASKED)
    it.sendintr()
    assert ended(it)[0] == 130


@pytest.mark.parametrize("argv", [("staging", "hello"), ("production", "hello", "--confirm", "production")])
def test_nobody_is_asked_without_need(on_terminal: Start, argv: tuple[str, ...]) -> None:
    status, said = ended(on_terminal(*argv))
    assert (status, ASKED in said) == (0, False)


def test_no_input_is_a_refusal(on_terminal: Start) -> None:
    status, said = ended(on_terminal("production", "hello", "--no-input"))
    assert (status, ASKED in said) == (3, False)
    assert "--confirm production" in said



@pytest.mark.parametrize(("columns", "cut"), [(WIDE, False), (NARROW, True)])
def test_a_list_is_cut_to_the_terminal_and_no_further(on_terminal: Start, columns: int, *, cut: bool) -> None:
    _, said = ended(on_terminal("-T", columns=columns))
    listed = [line for line in said.splitlines() if line.startswith("cap ")]
    assert len(listed) == 5
    assert max(map(len, listed)) <= columns
    assert any(line.endswith("…") for line in listed) == cut
