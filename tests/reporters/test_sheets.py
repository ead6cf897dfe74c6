"""Claims about streams that may go away, on real pipes and files."""

import io
import os
import threading
from pathlib import Path

from capify.reporters.sheets import Sheet


def test_a_line_is_there_at_once() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream, os.fdopen(reader, encoding="utf-8") as seen:
        Sheet(stream).line("hello")
        assert seen.readline() == "hello\n"


def test_a_reader_that_went_away_is_remembered_and_nothing_is_raised() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        sheet = Sheet(stream)
        sheet.line("hello")
        assert isinstance(sheet.lost, BrokenPipeError)
        sheet.line("again")  # and closing the stream, with what is left in it, does not complain either


def test_a_full_disk_is_remembered_and_nothing_is_raised() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as stream:
        sheet = Sheet(stream)
        sheet.line("hello")
        assert "No space left" in str(sheet.lost)


def test_a_closed_stream_is_remembered() -> None:
    stream = io.StringIO()
    stream.close()
    sheet = Sheet(stream)
    sheet.line("hello")
    assert isinstance(sheet.lost, ValueError)
    assert not sheet.terminal


def test_signs_that_a_stream_cannot_carry_are_spelled() -> None:
    raw = io.BytesIO()
    sheet = Sheet(io.TextIOWrapper(raw, encoding="ascii"))
    sheet.line("staging · grüße")
    assert raw.getvalue() == b"staging - gr\\xfc\\xdfe\n"


def test_a_pipe_that_another_program_made_impatient_loses_nothing() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with os.fdopen(writer, "w", encoding="utf-8") as stream, os.fdopen(reader, "rb") as seen:
        got: list[bytes] = []
        thread = threading.Thread(target=lambda: got.append(seen.read()))
        sheet = Sheet(stream)
        thread.start()
        sheet.line("x" * 1_000_000)
        assert sheet.lost is None
        stream.close()
        thread.join(30)
    assert got == [b"x" * 1_000_000 + b"\n"]
