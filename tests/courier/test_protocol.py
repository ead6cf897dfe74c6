"""The protocol's client side: bytes in, messages and bytes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.courier.messages import Begun, Ended, ExecutorDied, Hello, Output, Pong, Stopped
from capify.courier.protocol import Session
from capify.events import Stream


def greeted() -> Session:
    session = Session(grace=1)
    for stream in ("out", "err"):
        session.receive(stream, f"noise\x1e{session._nonce} H pid=1 lacks=\n".encode())
    session.outgoing()
    return session


def frame(session: Session, words: str) -> bytes:
    return f"\x1e{session._mark} {words}\n".encode()


def test_the_marker_is_not_sent_before_the_hello():
    session = Session(grace=1)
    session.run("true")
    session.ping(45)
    before = session.receive("out", b"Welcome!\n")
    assert before == [Output(None, "out", b"Welcome!\n")]
    assert session._mark.encode() not in b"".join(session._out)
    hello = f"\x1e{session._nonce} H pid=1 lacks=setsid,/proc\n".encode()
    assert session.receive("out", hello) == [Hello(("setsid", "/proc"))]
    first, rest = session.outgoing().split(b"\n", 1)
    assert first == f"M {session._mark} {session.tag} 10".encode()
    assert rest == b"R 1 1 1 0\ntrue\nP 45\n"


def test_a_result_is_complete_when_both_streams_have_said_so():
    session = greeted()
    number = session.run("true")
    assert session.receive("out", frame(session, f"b {number} 77")) == [Begun(number, 77)]
    assert session.receive("out", b"x" + frame(session, f"e {number} 3")) == [Output(number, "out", b"x")]
    assert session.receive("err", b"y") == [Output(number, "err", b"y")]
    assert session.receive("err", frame(session, f"e {number} 3")) == [Ended(number, 3)]
    assert session.receive("out", b"late") == [Output(None, "out", b"late")]


def test_streams_that_are_not_in_step_keep_their_commands_apart():
    session = greeted()
    one, two = session.run("one"), session.run("two")
    session.receive("out", frame(session, f"e {one} 0"))
    assert session.receive("out", b"of two") == [Output(two, "out", b"of two")]
    assert session.receive("err", b"of one") == [Output(one, "err", b"of one")]


def test_a_stop_before_the_beginning_is_sent_when_it_begins():
    session = greeted()
    number = session.run("sleep 1")
    session.outgoing()
    session.stop(number)
    assert session.outgoing() == b""
    session.receive("out", frame(session, f"b {number} 77"))
    assert session.outgoing() == b"K 1 77\n"
    session.stop(number)
    assert session.outgoing() == b""


def test_a_stop_of_something_that_has_ended_is_nothing():
    session = greeted()
    session.stop(99)
    assert session.outgoing() == b""


@pytest.mark.parametrize(("said", "meant"), [(0, 0), (1, 1), (137, 137), (255, 255), (256 + 9, 137), (384 + 15, 143)])
def test_statuses_beyond_a_byte_are_signals(said: int, meant: int):
    session = greeted()
    session.run("true")
    session.receive("out", frame(session, f"e 1 {said}"))
    assert session.receive("err", frame(session, f"e 1 {said}")) == [Ended(1, meant)]


def test_other_facts_are_told():
    session = greeted()
    assert session.receive("out", frame(session, "P")) == [Pong()]
    assert session.receive("out", frame(session, "k 4 2")) == [Stopped(4, 2)]
    assert session.receive("out", frame(session, "D 137")) == [ExecutorDied()]


def test_long_texts_are_counted_in_bytes():
    session = greeted()
    session.run("x" * 20_000)
    assert session.outgoing().startswith(b"R 1 1 B20001 0\n")


def test_input_follows_the_text():
    session = greeted()
    session.run("cat\ncat", chain=7, stdin=b"in\0put")
    assert session.outgoing() == b"R 1 7 2 6\ncat\ncat\nin\0put"


def test_a_channel_of_its_own_shares_the_session_but_not_the_marker():
    session = greeted()
    number = session.adopt()
    single = session.single(number, "cat", takes_input=True)
    assert session.outgoing() == f"A {number}\n".encode()
    assert (single.tag, single._mark == session._mark) == (session.tag, False)
    single.receive("out", f"\x1e{single._nonce} H pid=1 lacks=\n".encode())
    assert single.outgoing() == f"O {single._mark} {single.tag} 10 {number} 1 1\ncat\n".encode()


known = st.sampled_from(["b", "e", "k", "P", "D", "H", "skip", "1", "2", "-1", "\u0663"])
words = st.lists(st.one_of(known, st.text("ab1 ", max_size=5)))
streams: st.SearchStrategy[Stream] = st.sampled_from(["out", "err"])


@given(st.lists(st.tuples(streams, words.map(" ".join)), max_size=20))
def test_frames_that_make_no_sense_are_never_an_error(said: list[tuple[Stream, str]]):
    session = greeted()
    session.run("one")
    session.run("two")
    ended = [
        message.number
        for stream, line in said
        for message in session.receive(stream, frame(session, line.replace("\n", " ")))
        if isinstance(message, Ended)
    ]
    assert ended in ([], [1], [1, 2])  # each at most once, in order
