"""Claims about the streams that an invocation is shown on: real pipes, terminals and full disks."""

import fcntl
import io
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from capify.events import Interrupting, OutputLine
from capify.machines import Server
from capify.reporters.plain import Plain

WEB1 = Server("web1")
PIPED = """
import sys
from capify.events import InvocationEnded, OutputLine
from capify.reporters.plain import Plain
from capify.machines import Server
plain = Plain(sys.stdout, sys.stderr)
print("ready", flush=True)
sys.stdin.readline()
for number in range(3):
    plain.handle(OutputLine(Server("web1"), "out", str(number)), 0)
plain.handle(InvocationEnded(0, seconds=1), 0)
sys.exit(141 if plain.broken else 0)
"""


def test_a_reader_that_went_away_is_remembered_and_the_rest_is_still_told() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PIPED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write("go\n")
        child.stdin.flush()
        assert child.stderr.read() == "done in 1.0 s\n"
        assert child.wait(30) == 141


def test_output_that_a_full_disk_swallowed_is_said_once() -> None:
    err = io.StringIO()
    with Path("/dev/full").open("w", encoding="utf-8") as out:
        reporter = Plain(out, err)
        reporter.handle(OutputLine(WEB1, "out", "a"), 0)
        reporter.handle(OutputLine(WEB1, "out", "b"), 0)
    assert not reporter.broken
    assert err.getvalue() == (
        "warning: standard output cannot be written, what follows is in the log only: "
        "[Errno 28] No space left on device\n"
    )


def seen(terminal: int, lines: int = 1) -> bytes:
    """What stands on a terminal, which gives it away in pieces."""
    shown = b""
    while shown.count(b"\r\n") < lines:
        shown += os.read(terminal, 4096)
    return shown


@pytest.mark.parametrize("columns", [0, 20])
def test_a_narrow_terminal_loses_nothing(columns: int) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as screen:
        Plain(screen, screen).handle(OutputLine(WEB1, "out", "x" * 200), 0)
        assert seen(ours) == b"web1 | " + b"x" * 200 + b"\r\n"
    os.close(ours)


def test_an_interrupt_is_told_on_a_line_of_its_own() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as screen:
        screen.write("^C")  # as the terminal shows the key
        Plain(screen, screen).handle(Interrupting(hard=True), 0)
        assert seen(ours, lines=2) == b"^C\r\nletting everything go\r\n"
    os.close(ours)
