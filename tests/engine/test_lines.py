"""Chunks become whole lines, and no byte is lost, doubled or moved."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from capify.engine.lines import LONGEST, Lines

texts = st.lists(st.sampled_from(["", "a", "two words", "tab\there", "ünï", "x" * 50]), max_size=8)


@given(lines=texts, cuts=st.lists(st.integers(0, 200), max_size=10), ended=st.booleans())
def test_lines_do_not_depend_on_how_the_stream_was_cut(lines: list[str], cuts: list[int], ended: bool):
    stream = "\n".join(lines).encode() + (b"\n" if ended and lines else b"")
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    splitter = Lines()
    came = [line for start, end in pairwise(places) for line in splitter.feed(stream[start:end])]
    came += splitter.flush()
    expected = stream.decode().split("\n")
    assert came == (expected[:-1] if expected[-1] == "" else expected)


@given(st.binary(max_size=200))
def test_any_bytes_come_out_as_text(data: bytes):
    splitter = Lines()
    for line in [*splitter.feed(data), *splitter.flush()]:
        line.encode()


def test_a_line_without_end_is_held_back_only_so_far():
    splitter = Lines()
    chunk = b"x" * (1024 * 1024)
    came = [line for _ in range(LONGEST // len(chunk) + 1) for line in splitter.feed(chunk)]
    assert sum(map(len, came)) == LONGEST + len(chunk)


def test_a_carriage_return_before_the_end_is_no_part_of_the_line():
    assert Lines().feed(b"dos\r\nunix\n") == ["dos", "unix"]
