"""Claims about the live reporter and its region that need no terminal: what is written, and in which order."""

import fcntl
import io
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

import pytest
from tests.reporters.test_plain import DEPLOY

from capify.app import SystemClock
from capify.events import CommandStarted, Event, InvocationStarted, Notice, TaskStarted
from capify.machines import Server
from capify.ports import Display
from capify.reporters.colour import BELOW
from capify.reporters.feed import Feed
from capify.reporters.live import Live
from capify.reporters.plain import Plain
from capify.reporters.region import Region, below, obstacle
from capify.reporters.stopping import stoppable

FLEET = (Server("web1"), Server("web2"))
WORK: tuple[Event, ...] = (
    InvocationStarted("7", (), None, "none", FLEET, ""), TaskStarted("t", FLEET), CommandStarted("make", FLEET),
)  # fmt: skip
SIZE = os.terminal_size((80, 24))


class Screen(io.StringIO):
    """A terminal of a size of its own."""

    def isatty(self) -> bool:
        return True


class Sized(Region):
    """A region of a terminal that is no real one."""

    @property
    def size(self) -> os.terminal_size:
        return SIZE


@contextmanager
def terminal() -> Iterator[TextIO]:
    """A real terminal, which nobody looks at."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "w") as stream:
        yield stream


@pytest.mark.parametrize("verbosity", [0, 1])
def test_every_line_of_the_plain_reporter_is_there(verbosity: int) -> None:
    plain, live = io.StringIO(), io.StringIO()
    for reporter in (Plain(plain, plain, verbosity=verbosity), Live(Region(live), verbosity=verbosity)):
        for second, event in enumerate(DEPLOY):
            reporter.handle(event, 1_000_000_000 + second)
        reporter.close()
    assert sorted(live.getvalue().splitlines()) == sorted(plain.getvalue().splitlines())


def test_what_is_over_at_once_is_never_drawn() -> None:
    stream = Screen()
    live = Live(Sized(stream))
    for event in WORK:
        live.handle(event, 1.0)
    live.close()
    assert "\x1b" not in stream.getvalue()


def test_what_is_drawn_is_taken_off_before_anything_is_written_and_at_the_end() -> None:
    stream = Screen()
    live = Live(Sized(stream))
    for event in WORK:
        live.handle(event, 1.0)
    live.tick(2.0)
    assert stream.getvalue().count("web1    1 s") == 1
    live.tick(2.1)
    assert stream.getvalue().count("web1    1 s") == 1  # nothing has changed
    live.handle(Notice("look"), 2.2)
    assert f"{BELOW}note: look\n" in stream.getvalue()
    live.close()
    assert stream.getvalue().endswith(f"\x1b8{BELOW}")


def test_drawing_leaves_the_cursor_where_it_was_and_visible() -> None:
    drawn = below(["one", "two"])
    assert drawn == "\x1bD\x1bD\x1b[2A\x1b7\x1b[?7l\r\none\x1b[K\r\ntwo\x1b[K\x1b[?7h\x1b8"
    assert below([]) == ""
    assert "?25l" not in drawn


def test_a_live_reporter_that_breaks_leaves_a_tidy_terminal() -> None:
    stream = Screen()
    live = Live(Sized(stream))
    with Feed([live], SystemClock(), err=stream) as feed:
        for event in WORK:
            feed.emit(event)
        while "2 running" not in stream.getvalue():
            pass
        feed.emit(cast("Event", "no event"))
    assert f"{BELOW}warning: the reporter `Live` failed" in stream.getvalue()


def test_signs_that_a_terminal_does_not_have_are_spelled() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Sized(ascii_only).draw("", ["██░░ · a… é"], SIZE)
    ascii_only.seek(0)
    assert "##.. - a~ ?" in ascii_only.read()


def test_what_others_write_takes_it_off_first() -> None:
    out, before = Screen(), (sys.stdout, sys.stderr)
    region = Sized(out)
    region.draw("", ["row"], SIZE)
    sys.stdout, sys.stderr = out, io.StringIO()
    try:
        with region.guarded():
            print("printed")  # noqa: T201 - as a recipe does
            sys.stdout.writelines(["a\n", "b\n"])
            assert sys.stdout.isatty()
            sys.stderr.write("elsewhere")
        assert sys.stdout is out
    finally:
        sys.stdout, sys.stderr = before
    assert out.getvalue().endswith(f"{BELOW}printed\na\nb\n")


@pytest.mark.parametrize(
    ("environment", "why"),
    [({"TERM": "dumb"}, "`TERM` says so"), ({}, "`TERM` says so"), ({"TERM": "xterm"}, "has 0 columns and 0 rows")],
    ids=str,
)
def test_a_terminal_that_cannot_be_drawn_on_says_why(environment: dict[str, str], why: str) -> None:
    with terminal() as stream:
        assert why in obstacle(stream, stream, environment)


def test_two_terminals_and_a_pipe_are_none_to_draw_on() -> None:
    xterm = {"TERM": "xterm"}
    with terminal() as one, terminal() as other:
        for stream in (one, other):
            fcntl.ioctl(stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        assert obstacle(one, one, xterm) == ""
        assert "different terminals" in obstacle(one, other, xterm)
        assert obstacle(io.StringIO(), one, xterm) == "standard output is not on a terminal"
        assert obstacle(one, io.StringIO(), xterm) == "the progress is not on a terminal"


def test_paused_displays_are_off_the_terminal_until_it_goes_on() -> None:
    class Drawn:
        def __init__(self) -> None:
            self.seen: list[str] = []

        def handle(self, event: Event, at: float) -> None:
            self.seen.append("event")

        def tick(self, at: float) -> None:
            self.seen.append("tick")

        def rest(self) -> None:
            self.seen.append("rest")

        def close(self) -> None:
            self.seen.append("close")

    drawn = Drawn()
    assert isinstance(drawn, Display)
    with Feed([drawn], SystemClock()) as feed:
        while "tick" not in drawn.seen:
            pass
        with feed.paused():
            assert drawn.seen[-1] == "rest"
            with feed.paused():
                feed.emit(Notice("later"))
            assert drawn.seen[-1] == "rest"
        assert drawn.seen.count("rest") == 1
        feed.flush()
        assert "event" in drawn.seen
    assert drawn.seen[-1] == "close"


def test_what_is_not_ours_of_ctrl_z_is_left_alone() -> None:
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        with stoppable(contextmanager(lambda: iter([None]))):
            assert signal.getsignal(signal.SIGTSTP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTSTP, before)
    with stoppable(contextmanager(lambda: iter([None]))):
        assert callable(signal.getsignal(signal.SIGTSTP))
    assert signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL


def test_escapes_are_written_by_reporters_alone() -> None:
    package = Path(sys.modules["capify"].__file__ or "").parent
    sources = [path for path in package.rglob("*.py") if path.parent.name != "reporters"]
    assert [path.name for path in sources if re.search(r"\\x1b\[|\\033\[|\\e\[", path.read_text())] == []
