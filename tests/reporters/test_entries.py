"""Claims about the lines of a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify import events
from capify.events import (
    CommandEnded,
    CommandPreviewed,
    CommandStarted,
    Connected,
    ConnectionLost,
    Event,
    Failure,
    Interrupting,
    InvocationEnded,
    InvocationStarted,
    LiveNow,
    Notice,
    Outcome,
    OutputLine,
    Tabled,
    TaskEnded,
    TaskSkipped,
    TaskStarted,
    Transferred,
    Undecided,
    Undoing,
    Verdict,
    Warned,
)
from capify.machines import Server
from capify.places import Place
from capify.reporters.entries import entries

WEB = Server("web1", "deploy", 2222)
SAID: list[tuple[Event, str]] = [
    (InvocationStarted("7f", ("deploy",), "production", "named", (WEB,), "deploy", "abc", dry=True),
     "invocation 7f: deploy; stage production (named); servers deploy@web1:2222; as deploy; revision abc; dry run"),
    (Notice("so it is", Place("a.py", 3)), "note: so it is (a.py:3)"),
    (Warned("is it", (Place("a.py", 3), Place("b.py", 4))), "warning: is it (a.py:3) (b.py:4)"),
    (Connected(WEB, "openssh"), "connected to deploy@web1:2222 by openssh"),
    (ConnectionLost(WEB, "reset"), "connection lost to deploy@web1:2222: reset"),
    (TaskStarted("t", (WEB,), 1, 2, 3, "before u", Place("a.py", 3)),
     "task t on deploy@web1:2222, wave 2 of 3, before u, at a.py:3"),
    (TaskEnded("t", ok=False), "task t failed"),
    (TaskSkipped("t", "no server"), "task t skipped: no server"),
    (CommandStarted("ls", (WEB,), reads=True), "read on deploy@web1:2222 $ ls"),
    (CommandPreviewed("ls", ()), "would run on local $ ls"),
    (Undecided("t", "who knows"), "decided at run time: t: who knows"),
    (OutputLine(WEB, "out", "x", quiet=True), "out (quiet) deploy@web1:2222 | x"),
    (OutputLine(None, "err", "x"), "err local | x"),
    (CommandEnded(WEB, "ls", 137, "timed out", 3.0),
     "command ended on deploy@web1:2222: timed out (signal 9) after 3.0 s $ ls"),
    (Undoing("t"), "undoing t"),
    (Interrupting(), "interrupted: stopping"),
    (Tabled("", (), (("a\x1b", "b"),)), "table | a\\x1b  b"),
    (LiveNow(WEB, "2026", "abc"), "live on deploy@web1:2222: 2026 abc"),
]


@pytest.mark.parametrize(("event", "line"), SAID)
def test_an_event_is_one_line(event: Event, line: str) -> None:
    assert entries(event) == [line]


def test_every_kind_of_event_has_its_words() -> None:
    assert {type(event) for event, _ in SAID} | {InvocationEnded, Transferred} == set(events.Event.__args__)


def test_how_far_a_transfer_is_has_no_line() -> None:
    assert entries(Transferred(WEB, "upload a → b", 5, 10)) == []


def test_a_table_has_a_line_for_each_of_its_own() -> None:
    assert entries(Tabled("all", ("name", "n"), (("web1", "2"),))) == [
        "table | all", "table | name  n", "table | web1  2",
    ]  # fmt: skip


def test_the_end_has_a_line_for_each_thing_it_says() -> None:
    failure = Failure(
        "it broke\n  web1 | exit 1", "t", Place("a.py", 3), "ls", {}, {WEB: "exit 1"}, "none", "try", "T\nE\n"
    )
    ended = InvocationEnded(6, (Outcome(WEB, Verdict.FAILED, "exit 1"),), (LiveNow(WEB, "2026", "abc"),), failure, 3.0)
    assert entries(ended) == [
        "outcome deploy@web1:2222: failed (exit 1); live now: 2026 abc",
        "failure: it broke",
        "failure:   web1 | exit 1",
        "failure: task: t",
        "failure: at: a.py:3",
        "failure: command: ls",
        "failure: changed: none",
        "failure: next: try",
        "failure: on deploy@web1:2222: exit 1",
        "failure: T",
        "failure: E",
        "ended: exit 6 (failed, and rolled back) after 3.0 s",
    ]


@given(st.text())
def test_no_output_can_forge_a_line_of_the_log(said: str) -> None:
    (line,) = entries(OutputLine(WEB, "out", said))
    assert line.startswith("out deploy@web1:2222 | ")
    assert len(line.splitlines()) == 1


def test_what_was_sent_is_told_line_by_line_where_the_command_only_names_it():
    sent = CommandStarted("publish 1", (Server("web1"),), text="set -eu\nmv a b")
    assert entries(sent) == ["command on web1 $ publish 1", "sent: set -eu", "sent: mv a b"]
