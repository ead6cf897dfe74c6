"""Claims about what is held back until all servers have said it: histories of events, and what is shown when."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.events import (
    CommandEnded,
    CommandStarted,
    ConnectionLost,
    Event,
    Interrupting,
    InvocationEnded,
    Notice,
    OutputLine,
    TaskEnded,
    Undoing,
)
from capify.machines import Server
from capify.reporters.holding import MOST, Holding

A, B, C = (Server("a"), Server("b"), Server("c"))
BOTH = (A, B)


def says(server: Server, line: str = "x") -> OutputLine:
    return OutputLine(server, "out", line)


def ends(server: Server, command: str = "ls") -> CommandEnded:
    return CommandEnded(server, command, 0)


def shown(events: Iterable[Event]) -> list[object]:
    """What is shown: events, and for voices how many servers spoke with each."""
    holding = Holding()
    return [
        one if isinstance(one, Event) else [len(voice.servers) for voice in one]
        for event in events for one in holding.take(event)
    ]  # fmt: skip


def test_output_comes_when_all_have_ended_and_before_their_ends() -> None:
    start, first, last = CommandStarted("ls", BOTH), ends(A), ends(B)
    assert shown([start, says(A), first]) == [start]
    assert shown([start, says(A), first, says(B), last]) == [start, [2], first, last]


def test_one_server_alone_is_shown_as_it_comes() -> None:
    here = OutputLine(None, "out", "y")
    events: list[Event] = [CommandStarted("ls", (A,)), says(A), ends(A), CommandStarted("ls", ()), here]
    assert shown(events) == events


def test_a_command_that_each_server_spells_in_its_own_way_is_one() -> None:
    one, other = CommandStarted("ls a", (A,)), CommandStarted("ls b", (B,))
    events: list[Event] = [one, other, says(A), says(B), ends(A, "ls a"), ends(B, "ls b")]
    assert shown(events) == [one, other, [2], *events[-2:]]


def test_a_batch_is_one() -> None:
    events: list[Event] = [CommandStarted("1", BOTH), CommandStarted("2", BOTH), says(A), says(B, "z")]
    ended: list[Event] = [ends(A, "1"), ends(A, "2"), ends(B, "1"), ends(B, "2")]
    assert shown([*events, *ended]) == [*events[:2], [1, 1], *ended]


def test_what_goes_on_for_ever_is_shown_as_it_comes() -> None:
    events: list[Event] = [CommandStarted("tail -f", BOTH, lasts=True), says(A), says(B)]
    assert shown(events) == events


def test_other_news_is_not_held_back_and_a_lost_connection_comes_behind_what_was_said() -> None:
    start, lost, note = CommandStarted("ls", BOTH), ConnectionLost(A, "gone"), Notice("so")
    assert shown([start, says(A), lost, note, ends(A), ends(B)]) == [start, note, [1, 1], lost, ends(A), ends(B)]


TROUBLE: tuple[Event, ...] = (Interrupting(), Undoing("t"), TaskEnded("t", ok=False), InvocationEnded(1))


@pytest.mark.parametrize("event", TROUBLE, ids=lambda one: type(one).__name__)
def test_when_something_goes_wrong_all_is_shown_and_from_then_on_as_it_comes(event: Event) -> None:
    start = CommandStarted("ls", BOTH)
    assert shown([start, says(A), event, says(B), ends(B)]) == [start, [1, 1], event, says(B), ends(B)]


def test_another_command_for_a_server_comes_behind_what_was_said() -> None:
    start, other = CommandStarted("ls", BOTH), CommandStarted("pwd", (B, C))
    assert shown([start, says(A), ends(A), other]) == [start, [1, 1], ends(A), other]


def test_two_waves_of_servers_do_not_wait_for_each_other() -> None:
    d = Server("d")
    one, other = CommandStarted("ls", BOTH), CommandStarted("pwd", (C, d))
    events: list[Event] = [one, says(A), other, says(C), ends(C, "pwd"), ends(d, "pwd")]
    assert shown(events) == [one, other, [1, 1], *events[-2:]]


def test_a_heartbeat_beside_it_does_no_harm() -> None:
    beat, start = CommandStarted("beat", BOTH, lasts=True), CommandStarted("ls", BOTH)
    events: list[Event] = [beat, start, says(A), ends(A, "beat"), says(B), ends(A), ends(B)]
    assert shown(events) == [beat, start, [2], ends(A, "beat"), ends(A), ends(B)]


def test_what_is_held_back_is_bounded() -> None:
    start, line = CommandStarted("ls", BOTH), says(A, "x" * (MOST // 2))
    assert shown([start, line, line, says(B), ends(A), ends(B)]) == [start, [1, 1], says(B), ends(A), ends(B)]


SERVERS = st.sampled_from([A, B, C])
SEVERAL = st.sampled_from([(A, B, C), BOTH, (B, C), (A,), ()])
COMMANDS = st.sampled_from(["ls", "pwd"])
EVENTS = st.lists(
    st.one_of(
        st.builds(CommandStarted, COMMANDS, SEVERAL, lasts=st.booleans()),
        st.builds(OutputLine, SERVERS | st.none(), st.sampled_from(["out", "err"]), st.sampled_from(["x", "y"])),
        st.builds(CommandEnded, SERVERS | st.none(), COMMANDS, st.integers(0, 1)),
        st.builds(ConnectionLost, SERVERS, st.just("gone")), st.builds(TaskEnded, st.just("t"), st.booleans()),
        st.just(Interrupting()), st.just(Undoing("t")), st.builds(Notice, st.sampled_from(["a", "b"])),
    ),
    max_size=40,
)  # fmt: skip


@given(EVENTS)
def test_whatever_happens_all_that_goes_in_comes_out_once_and_for_each_server_in_its_order(events: list[Event]) -> None:
    holding = Holding()
    given_back = [*(one for event in events for one in holding.take(event)), *holding.release()]
    said: dict[tuple[Server | None, str], list[str]] = {}
    others: list[Event] = []
    for one in given_back:
        if isinstance(one, list):
            for voice in one:
                for server in voice.servers:
                    for line in voice.lines:
                        said.setdefault((server, line.stream), []).append(line.line)
        elif isinstance(one, OutputLine):
            said.setdefault((one.server, one.stream), []).append(one.line)
        else:
            others.append(one)
    expected: dict[tuple[Server | None, str], list[str]] = {}
    for event in events:
        if isinstance(event, OutputLine):
            expected.setdefault((event.server, event.stream), []).append(event.line)
    assert said == expected
    for kinds in ((CommandStarted, Notice, Interrupting, Undoing, TaskEnded), (CommandEnded, ConnectionLost)):
        kept = [one for one in others if isinstance(one, kinds)]
        assert sorted(map(repr, kept)) == sorted(repr(one) for one in events if isinstance(one, kinds))
    loud = (CommandStarted, Notice, Interrupting, Undoing, TaskEnded)
    assert [one for one in others if isinstance(one, loud)] == [one for one in events if isinstance(one, loud)]
