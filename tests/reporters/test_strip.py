"""Claims about the rows that show what goes on: they fit, and they leave nobody out of account."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.events import (
    CommandEnded,
    CommandStarted,
    Connected,
    ConnectionLost,
    Event,
    Interrupting,
    InvocationEnded,
    InvocationStarted,
    OutputLine,
    TaskEnded,
    TaskStarted,
    Transferred,
    Undoing,
)
from capify.machines import Server
from capify.reporters.board import Board
from capify.reporters.strip import WIDEST, amount, bar, columns, fitted, strip

FLEET = tuple(Server(f"web{number}") for number in range(1, 5))
ONE, TWO, THREE, FOUR = FLEET
STARTED = InvocationStarted("7", (), None, "none", FLEET, "")
TASK = TaskStarted("deploy", FLEET)


def rows(*events: Event, columns: int = 80, lines: int = 24, now: float = 10.0) -> list[str]:
    """Draw what goes on at `now`; each event was one second after the one before."""
    board = Board()
    for second, event in enumerate(events):
        board.take(event, float(second))
    return strip(board, os.terminal_size((columns, lines)), now)


def test_before_the_first_task_it_shows_who_is_not_connected_yet() -> None:
    assert rows(STARTED, Connected(TWO, "openssh")) == [
        "connecting · 3 connecting, 1 connected · 10 s",
        "  web1   10 s  connecting",
        "  web2         connected",
        "  web3   10 s  connecting",
        "  web4   10 s  connecting",
    ]


def test_a_row_has_its_server_the_time_the_command_and_what_was_said_last() -> None:
    shown = rows(
        STARTED, TASK, CommandStarted("make \\\n all", FLEET), OutputLine(TWO, "out", "\tcompiling\x1b[2J"),
        CommandEnded(THREE, "make \\\n all", 0), CommandEnded(FOUR, "make \\\n all", 2), ConnectionLost(ONE, "reset"),
    )  # fmt: skip
    assert shown == [
        "deploy · 2 failed, 1 running, 1 done · 9 s",
        "  web1         failed: the connection was lost",
        "  web2    8 s  make \\ all | compiling\\x1b[2J",
        "  web3  2.0 s  done",
        "  web4  3.0 s  failed: exit 2",
    ]


def test_a_transfer_has_a_bar() -> None:
    sent = CommandStarted("upload x → /y", (ONE,))
    assert rows(STARTED, TASK, sent, Transferred(ONE, "upload x → /y", 25, 100))[1] == (
        "  web1    8 s  ██░░░░░░░░  25 %  upload x → /y"
    )
    assert rows(STARTED, TASK, sent, Transferred(ONE, "upload x → /y", 3 << 20))[1] == (
        "  web1    8 s  3.0 MiB  upload x → /y"
    )


def test_what_the_recipe_asks_and_what_the_operator_does_not_see_is_no_failure_and_no_news() -> None:
    shown = rows(
        STARTED, TASK, CommandStarted("test -e x", (ONE,), reads=True), OutputLine(ONE, "out", "secret", quiet=True),
        CommandEnded(ONE, "test -e x", 1, quiet=True),
    )  # fmt: skip
    assert shown[1] == "  web1  2.0 s  done"


def test_the_operators_machine_has_a_row_while_it_works() -> None:
    start = CommandStarted("make", ())
    assert rows(STARTED, TaskStarted("build", ()), start) == ["build · 9 s", "  local    8 s  make"]
    assert rows(STARTED, TaskStarted("build", ()), start, CommandEnded(None, "make", 0)) == []


@pytest.mark.parametrize(
    "events",
    [
        (), (STARTED, TASK, TaskEnded("deploy", ok=True)), (STARTED, TASK, InvocationEnded(0)),
        (STARTED, TASK, CommandStarted("tail -f", FLEET, lasts=True), OutputLine(ONE, "out", "x")),
    ],
)  # fmt: skip
def test_where_nothing_goes_on_or_all_is_shown_as_it_comes_there_is_nothing(events: tuple[Event, ...]) -> None:
    assert rows(*events) == []


def test_a_heartbeat_hides_nothing() -> None:
    beat = CommandStarted("beat", FLEET, lasts=True)
    shown = rows(STARTED, TASK, beat, CommandStarted("make", FLEET), CommandEnded(ONE, "beat", 0, quiet=True))
    assert shown[1] == "  web1    7 s  make"


def test_the_wave_and_the_task_are_those_that_are_on() -> None:
    wave = TaskStarted("restart", (ONE, TWO), 1, 2, 3)
    assert rows(STARTED, TASK, wave)[0] == "restart, wave 2 of 3 · 2 waiting · 8 s"
    assert rows(STARTED, TASK, wave, TaskEnded("restart", ok=True, depth=1))[0] == "deploy · 4 waiting · 9 s"


def test_stopping_and_undoing_are_told() -> None:
    assert rows(STARTED, TASK, Interrupting())[0] == "stopping deploy · 4 waiting · 9 s"
    undone = (STARTED, TASK, Undoing("deploy:update"), TaskEnded("deploy", ok=False), CommandStarted("rm", (ONE,)))
    assert rows(*undone)[:2] == ["undoing deploy:update · 1 running, 3 waiting · 10 s", "  web1    6 s  rm"]
    assert rows(*undone, CommandEnded(ONE, "rm", 0), InvocationEnded(6)) == []


def test_long_times_stay_in_their_column() -> None:
    start = CommandStarted("make", FLEET)
    assert rows(STARTED, TASK, start, now=2 + 75.5)[1] == "  web1   1:15  make"
    assert rows(STARTED, TASK, start, now=2 + 3725)[1] == "  web1 1h 02m  make"


def test_of_too_many_those_that_matter_are_shown_and_the_others_counted() -> None:
    fleet = tuple(Server(f"web{number}") for number in range(1, 201))
    everyone = InvocationStarted("7", (), None, "none", fleet, "")
    begun: list[Event] = [everyone, TaskStarted("t", fleet), CommandStarted("x", fleet[:150])]
    ended = [CommandEnded(server, "x", int(server.host == "web120")) for server in fleet[:140]]
    assert rows(*begun, *ended, lines=14, now=500) == [
        "t · 1 failed, 10 running, 50 waiting, 139 done · 8:19",
        "  web120   2:00  failed: exit 1",
        "  web141   8:18  x",
        "  web142   8:18  x",
        "  web143   8:18  x",
        "  … and 196 more: 7 running, 50 waiting, 139 done",
    ]


NAMES = st.text(st.sampled_from("ab漢é.\x1b"), min_size=1, max_size=40)


@given(
    st.lists(NAMES, min_size=1, max_size=30, unique=True), st.text(max_size=90), st.text(max_size=90),
    st.integers(0, 250), st.integers(0, 60),
)  # fmt: skip
def test_whatever_is_said_it_fits(names: list[str], command: str, said: str, width: int, height: int) -> None:
    fleet = tuple(Server(name) for name in names)
    shown = rows(
        InvocationStarted("7", (), None, "none", fleet, ""), TaskStarted(command, fleet),
        CommandStarted(command, fleet), OutputLine(fleet[0], "out", said),
        Transferred(fleet[-1], command, 1, 3), columns=width, lines=height,
    )  # fmt: skip
    assert len(shown) < max(height / 2, 1)
    assert all(columns(row) < width and columns(row) <= WIDEST for row in shown)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join(shown))


def test_cutting_knows_wide_signs() -> None:
    assert fitted("漢字漢字", 8) == "漢字漢字"
    assert fitted("漢字漢字", 7) == "漢字漢…"
    assert fitted("漢字漢字", 6) == "漢字…"
    assert fitted("abc", 0) == ""


def test_bars_and_amounts() -> None:
    assert bar(10, 10) == "██████████ 100 %"
    assert bar(11, 10) == "██████████ 100 %"
    assert [amount(number) for number in (5, 2048, 5 << 30)] == ["5 B", "2.0 KiB", "5.0 GiB"]
