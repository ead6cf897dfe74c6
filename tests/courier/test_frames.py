"""The framer: whatever the portions, the same frames and the same output."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from capify.courier.frames import LONGEST, Framer, Piece

MARK = b"\x1e0123456789abcdef"

# Output full of what a marker begins with, and no whole marker.
near_marks = st.integers(0, len(MARK) - 1).map(lambda length: MARK[:length])
outputs = st.lists(st.one_of(near_marks, st.binary(max_size=20), st.just(b"\n"), st.just(b"\x1e"))).map(b"".join)
frames = st.lists(st.text("abc019=", min_size=1, max_size=8), min_size=1, max_size=4).map(tuple)
streams = st.lists(st.one_of(outputs.filter(lambda data: MARK not in data), frames), max_size=12)


def spelled(pieces: list[Piece]) -> bytes:
    return b"".join(piece if isinstance(piece, bytes) else MARK + f" {' '.join(piece)}\n".encode() for piece in pieces)


def joined(pieces: list[Piece]) -> list[Piece]:
    """Put neighbouring output together."""
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, bytes) and result and isinstance(result[-1], bytes):
            result[-1] += piece
        elif piece:
            result.append(piece)
    return result


def framed(pieces: list[Piece]) -> list[Piece]:
    return [piece for piece in pieces if isinstance(piece, tuple)]


def fed(data: bytes, cuts: list[int]) -> list[Piece]:
    framer, edges = Framer(MARK), [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [piece for start, end in pairwise(edges) for piece in framer.feed(data[start:end])]
    return joined([*pieces, framer.rest()])


@given(streams, st.lists(st.integers(0, 10_000), max_size=30))
def test_any_portions_give_the_same_pieces(stream: list[Piece], cuts: list[int]):
    data = spelled(stream)
    assert fed(data, cuts) == fed(data, [])


@given(streams, st.lists(st.integers(0, 10_000), max_size=30))
def test_frames_are_found_and_output_is_unharmed(stream: list[Piece], cuts: list[int]):
    found = fed(spelled(stream), cuts)
    assert framed(found) == framed(stream)
    assert spelled(found) == spelled(stream)


@given(st.binary(max_size=300), st.lists(st.integers(0, 1000), max_size=10))
def test_arbitrary_bytes_come_out_as_they_went_in(data: bytes, cuts: list[int]):
    assert fed(data, cuts) == joined([data])


@given(outputs.filter(lambda data: MARK not in data))
def test_only_what_may_become_a_marker_is_held_back(data: bytes):
    framer = Framer(MARK)
    framer.feed(data)
    held = framer.rest()
    assert MARK.startswith(held)
    assert data.endswith(held)


def test_an_endless_frame_is_output():
    data = MARK + b"x" * LONGEST
    assert fed(data, [3, 700, 4000]) == [data]
