"""Claims about events as JSON lines: nothing is lost on the way out and back, and nothing foreign comes in."""

import io
import json
import os
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reporters.test_plain import DEPLOY

from capify.events import (
    Connected,
    Event,
    Failure,
    InvocationEnded,
    InvocationStarted,
    LiveNow,
    Notice,
    Outcome,
    OutputLine,
    Verdict,
)
from capify.machines import Server
from capify.places import Place
from capify.reporters.json_lines import KINDS, VERSION, JsonLines, Recorded, event_of, events_of, line_of
from capify.reporters.json_shapes import shape
from capify.reporters.text import harmless

HARMLESS = st.text().filter(lambda text: harmless(text) == text)
NUMBERS = st.integers(-(2**31), 2**31)
SERVERS = st.builds(
    Server, HARMLESS, st.none() | HARMLESS, st.none() | NUMBERS,
    st.frozensets(st.text(), max_size=3), st.dictionaries(st.text(), st.booleans() | st.text(), max_size=2),
)  # fmt: skip
st.register_type_strategy(Server, SERVERS)
RELATIVE = st.text().filter(lambda text: not text.startswith("/"))
st.register_type_strategy(Place, st.builds(Place, RELATIVE, NUMBERS))
st.register_type_strategy(int, NUMBERS)
FLOATS = st.floats(0, 1e10)
st.register_type_strategy(float, FLOATS)
EVENTS = st.one_of([st.from_type(kind) for kind in get_args(Event)])


@given(EVENTS, FLOATS, st.integers(1))
def test_every_event_is_read_back_as_it_was(event: Event, at: float, number: int) -> None:
    recorded = Recorded("7f3a", number, at, event)
    line = line_of(recorded)
    assert event_of(line) == recorded
    assert all(" " <= letter <= "~" for letter in line)  # one line, and nothing that steers a terminal


@pytest.mark.parametrize("name", KINDS)
def test_no_field_of_an_event_has_a_name_of_the_envelope(name: str) -> None:
    assert not {"capify", "invocation", "number", "time", "event"} & {one.name for one in fields(KINDS[name])}


def test_a_line_looks_like_this() -> None:
    properties = {"primary": True, "since": Path("x"), "n": (1, 2.5)}
    server = Server("web1", "deploy", 2222, frozenset({"web", "app"}), properties)
    assert line_of(Recorded("7f3a", 3, 1.5, OutputLine(server, "err", "\x1b[2J\x7fgrüße"))) == (
        '{"capify":1,"invocation":"7f3a","number":3,"time":1.5,"event":"output_line",'
        '"server":{"host":"web1","user":"deploy","port":2222,"roles":["app","web"],'
        '"properties":{"primary":true,"since":"x","n":[1,2.5]}},'
        '"stream":"err","line":"\\u001b[2J\\u007fgr\\u00fc\\u00dfe","quiet":false}'
    )


def test_servers_that_belong_to_something_are_objects_too() -> None:
    web = Server("web1")
    ended = InvocationEnded(1, (Outcome(web, Verdict.FAILED),), failure=Failure("x", endings={web: "exit 1"}))
    data = json.loads(line_of(Recorded("7f", 1, 0.0, ended)))
    assert data["failure"]["endings"][0]["server"]["host"] == "web1"
    assert data["failure"]["endings"][0]["value"] == "exit 1"
    assert data["outcomes"][0]["verdict"] == "failed"


def test_a_place_is_recorded_as_it_was_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = line_of(Recorded("7f", 1, 0.0, Notice("x", Place(str(tmp_path / "capfile.py"), 3))))
    monkeypatch.chdir("/")
    event = event_of(line).event
    assert isinstance(event, Notice)
    assert str(event.place) == "capfile.py:3"


def test_a_property_that_refuses_to_become_text_does_not_end_the_record() -> None:
    class Shy:
        def __str__(self) -> str:
            raise TypeError("no")

    server = Server("a", properties={"token": Shy(), "load": float("inf")})
    data = json.loads(line_of(Recorded("7f", 1, 0.0, Connected(server, "ssh"))))
    assert data["server"]["properties"] == {"token": "(Shy)", "load": "inf"}


def test_what_newer_versions_add_is_left_out_and_what_older_ones_lack_has_its_default() -> None:
    line = line_of(Recorded("7f", 1, 0.0, LiveNow(Server("a"), "1", "abc")))
    data = json.loads(line)
    assert event_of(json.dumps({**data, "new": [1], "server": {"host": "a", "new": 2}})) == event_of(line)
    del data["revision"]
    assert event_of(json.dumps(data)).event == LiveNow(Server("a"), "1")


WRONG = {
    "it is no JSON": "nonsense",
    "it is no event of Capify": "[]",
    "its format is version `2`, and this Capify reads version 1": '{"capify":2}',
    "this Capify knows no event `owned`": '{"capify":1,"event":"owned"}',
    "it has no `number`": '{"capify":1,"event":"undoing","invocation":"a","number":true,"time":1,"task":"x"}',
    "Undoing has no `task`": '{"capify":1,"event":"undoing","invocation":"a","number":1,"time":1}',
    "`[]` is no string": '{"capify":1,"event":"undoing","invocation":"a","number":1,"time":1,"task":[]}',
    "`yes` is no boolean": '{"capify":1,"event":"interrupting","invocation":"a","number":1,"time":1,"hard":"yes"}',
    "`inf` is no number": (
        '{"capify":1,"event":"invocation_ended","invocation":"a","number":1,"time":1,"status":0,"seconds":1e999}'
    ),
    "`nan` is no time": '{"capify":1,"event":"undoing","invocation":"a","number":1,"time":NaN,"task":"x"}',
    "`10000000000000000` is no integer": (
        '{"capify":1,"event":"invocation_ended","invocation":"a","number":1,"time":1,"status":10000000000000000}'
    ),
    "`\\x1b[2J` is no server": (
        '{"capify":1,"event":"connected","invocation":"a","number":1,"time":1,"server":{"host":"\\u001b[2J"},'
        '"transport":"x"}'
    ),
    "Server is not an object": (
        '{"capify":1,"event":"connected","invocation":"a","number":1,"time":1,"server":"web1","transport":"x"}'
    ),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_no_event_is_refused_with_its_line(why: str) -> None:
    good = line_of(Recorded("7f", 1, 0.0, Notice("x")))
    with pytest.raises(ValueError, match=r"^line 2: ") as refused:
        list(events_of([f"{good}\n", f"{WRONG[why]}\n"]))
    assert str(refused.value) == f"line 2: {why}"


@given(st.text() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_whatever_a_file_holds_only_value_errors_come_of_it(text: str) -> None:
    with pytest.raises(ValueError, match="it is no"):
        event_of(text)


def test_a_line_that_was_cut_off_is_left_out() -> None:
    good = line_of(Recorded("7f", 1, 0.0, Notice("x")))
    assert [one.event for one in events_of([f"{good}\n", "\n", good[:40]])] == [Notice("x")]


def test_a_type_that_has_no_shape_is_found_at_once() -> None:
    with pytest.raises(TypeError, match="has no shape in JSON"):
        shape(bytes)


def test_the_reporter_numbers_events_and_writes_them_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reporter = JsonLines(path.open("w", encoding="utf-8"), "7f", name="a file")
    for second, event in enumerate(DEPLOY):
        reporter.handle(event, 1_000_000_000.1 + second)
        lines = path.read_text(encoding="ascii").splitlines()
        assert len(lines) == second + 1
    reporter.close()
    found = list(events_of(path.read_text(encoding="utf-8").splitlines(keepends=True)))
    assert [one.event for one in found] == list(DEPLOY)
    assert [one.number for one in found] == list(range(1, len(DEPLOY) + 1))
    assert {(one.invocation, json.loads(lines[0])["capify"]) for one in found} == {("7f", VERSION)}
    assert found[3].at == 1_000_000_003.1


def test_a_full_disk_is_warned_about_once() -> None:
    err = io.StringIO()
    stream = os.fdopen(os.open("/dev/full", os.O_WRONLY), "w")
    reporter = JsonLines(stream, "7f", name="`full`", err=err)
    for _ in range(3):
        reporter.handle(Notice("x"), 0)
    reporter.close()
    assert err.getvalue() == (
        "warning: the events in `full` are not complete, it could not be written: [Errno 28] No space left on device\n"
    )


def test_a_stream_of_others_is_left_open() -> None:
    stream = io.StringIO()
    JsonLines(stream, "7f", name="x", owned=False).close()
    assert not stream.closed


def test_the_first_event_may_come_before_the_invocation_began() -> None:
    first = InvocationStarted("7f", ("a",), None, "none", (), "")
    stream = io.StringIO()
    reporter = JsonLines(stream, "7f", name="x", owned=False)
    for event in (Notice("early"), first):
        reporter.handle(event, 0)
    assert {one.invocation for one in events_of(stream.getvalue().splitlines(keepends=True))} == {"7f"}
