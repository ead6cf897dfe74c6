"""Claims about output that is told once: whoever reads it knows what each server said."""

import io
import random
import re

from hypothesis import given
from hypothesis import strategies as st

from capify.events import CommandEnded, CommandStarted, Event, InvocationEnded, InvocationStarted, OutputLine, Stream
from capify.machines import Server
from capify.reporters.alike import headline, spoken, voices
from capify.reporters.live import Live
from capify.reporters.region import Region

FLEET = tuple(Server(f"web{number}") for number in range(1, 6))
ONE, TWO, THREE, FOUR, FIVE = FLEET
WORDS = st.lists(st.sampled_from(["new", "old", "0 | 1", "web1 | (the same from web1)", ""]), max_size=3)


def heard(*said: str) -> dict[Server, list[OutputLine]]:
    """What each server said, letter by letter."""
    return {
        server: [OutputLine(server, "out", line) for line in lines] for server, lines in zip(FLEET, said, strict=False)
    }


def told(*said: str, whole: bool = False) -> tuple[str, list[tuple[str, str, str]]]:
    found = voices(heard(*said))
    lines = [(one.label, "".join(line.line for line in one.lines), one.also) for one in spoken(found, {}, whole=whole)]
    return headline(found, {}), lines


def test_what_all_say_is_told_once() -> None:
    assert told("ab", "ab", "ab") == ("", [("3 servers", "ab", "")])


def test_the_largest_voice_has_a_number_and_all_others_have_names() -> None:
    assert told("b", "a", "a", "b", "a") == (
        "3 servers said the same, 2 differ", [("3 servers", "a", ""), ("web1", "b", "(the same from web4)")],
    )  # fmt: skip
    assert told("a", "a", "b")[0] == "2 servers said the same, 1 differs"


def test_who_said_nothing_is_named() -> None:
    assert told("a", "", "a", "") == (
        "2 servers said the same; web2 and web4 said nothing", [("2 servers", "a", "")],
    )  # fmt: skip


def test_where_each_says_something_else_nothing_is_counted() -> None:
    assert told("a", "b", "") == ("", [("web1", "a", ""), ("web2", "b", "")])
    assert told("", "", "") == ("", [])


def test_verbose_names_everybody() -> None:
    assert told("a", "a", "b", whole=True)[1] == [("web1", "a", "(the same from web2)"), ("web3", "b", "")]


def test_in_which_order_two_streams_arrive_makes_no_difference_and_in_which_a_line_was_written_does() -> None:
    def said(server: Server, *lines: tuple[Stream, str]) -> list[OutputLine]:
        return [OutputLine(server, stream, line) for stream, line in lines]

    found = voices({
        ONE: said(ONE, ("out", "a"), ("err", "b")), TWO: said(TWO, ("err", "b"), ("out", "a")),
        THREE: said(THREE, ("err", "a"), ("out", "b")),
    })  # fmt: skip
    assert [voice.servers for voice in found] == [(ONE, TWO), (THREE,)]


def understood(text: str) -> dict[str, list[str]]:
    """Read what was said, as a person does: the largest voice is that of everybody who is not named."""
    rest = [server.name for server in FLEET]
    found: dict[str, list[str]] = {}
    silent = re.search(r"said the same.*; (.*) said nothing", text)
    for name in re.split(", | and ", silent[1]) if silent else []:
        found[name] = []
    label = ""
    for line in text.splitlines():
        if also := re.fullmatch(r"\(the same from (.*)\)", line):
            found |= dict.fromkeys(also[1].split(", "), found[label])
        elif " | " in line:
            label, _, said = line.partition(" | ")
            label = label.strip()
            found.setdefault(label, []).append(said)
    counted = next((label for label in found if label.endswith(" servers")), None)
    if counted is not None:
        said_by_most = found.pop(counted)
        unnamed = [name for name in rest if name not in found]
        assert counted == f"{len(unnamed)} servers"
        return found | dict.fromkeys(unnamed, said_by_most)
    return {name: [] for name in rest} | found


@given(st.tuples(*[WORDS for _ in FLEET]), st.randoms(), st.sampled_from([0, 1]))
def test_from_what_is_shown_one_can_tell_what_each_server_said(
    said: tuple[list[str], ...], chance: random.Random, verbosity: int
) -> None:
    lines = [[OutputLine(server, "out", line) for line in own] for server, own in zip(FLEET, said, strict=True)]
    mixed: list[Event] = []
    while any(lines):
        mixed.append(chance.choice([own for own in lines if own]).pop(0))
    ends = [CommandEnded(server, "x", 0) for server in FLEET]
    stream = io.StringIO()
    live = Live(Region(stream), verbosity=verbosity)
    begun = InvocationStarted("7", (), None, "none", FLEET, "")
    for event in (begun, CommandStarted("x", FLEET), *mixed, *ends, InvocationEnded(0)):
        live.handle(event, 1.0)
    live.close()
    assert understood(stream.getvalue()) == {server.name: own for server, own in zip(FLEET, said, strict=True)}
