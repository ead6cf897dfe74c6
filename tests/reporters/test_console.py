"""Claims about asking the operator, on real pseudo-terminals."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from capify.errors import Refused
from capify.reporters.console import Console

PATIENCE = 30  # seconds; only a guard against hanging for ever
ASKING = """
import sys
from contextlib import contextmanager
from capify.errors import CapifyError
from capify.reporters.console import Console

@contextmanager
def suspended():
    print("[silent]", file=sys.stderr, flush=True)
    yield
    print("[on]", file=sys.stderr, flush=True)

console = Console(lambda: print("[flushed]", file=sys.stderr, flush=True), suspend=suspended, environment={})
try:
    print("got", repr(console.ask(QUESTION, secret=SECRET)))
except CapifyError as error:
    print("refused:", error)
except KeyboardInterrupt:
    print("interrupted")
"""


def script(question: str, *, secret: bool = False) -> list[str]:
    return ["-c", ASKING.replace("QUESTION", repr(question)).replace("SECRET", repr(secret))]


@contextmanager
def terminal(arguments: list[str]) -> Iterator[pexpect.spawn]:
    child = pexpect.spawn(sys.executable, arguments, encoding="utf-8", timeout=PATIENCE)
    try:
        yield child
        child.expect(pexpect.EOF)  # it ends by itself
    finally:
        child.close(force=True)


def test_a_question_is_asked_once_everything_else_is_shown_and_silent() -> None:
    with terminal(script("which branch?")) as child:
        child.expect_exact("[flushed]\r\n[silent]\r\nwhich branch? ")
        child.sendline("feature/grüße")
        child.expect_exact("[on]\r\ngot 'feature/grüße'")


def test_a_secret_is_not_shown_while_it_is_typed() -> None:
    with terminal(script("password:", secret=True)) as child:
        child.expect_exact("password: ")
        child.sendline("hunter2")
        child.expect_exact("got 'hunter2'")
        assert "hunter2" not in child.before


@pytest.mark.parametrize("secret", [False, True])
def test_the_end_of_the_input_is_a_refusal(secret: bool) -> None:
    with terminal(script("sure?", secret=secret)) as child:
        child.expect_exact("sure? ")
        child.sendeof()
        child.expect_exact("refused: `sure?` was not answered: the input ended")


@pytest.mark.parametrize("secret", [False, True])
def test_an_interrupt_goes_on_as_one(secret: bool) -> None:
    with terminal(script("sure?", secret=secret)) as child:
        child.expect_exact("sure? ")
        child.sendintr()
        child.expect_exact("interrupted")


def test_what_was_typed_too_early_is_no_answer() -> None:
    waits = "import select\nprint('ready', flush=True)\nselect.select([0], [], [])\n"
    with terminal(["-c", waits + script("type `production`:")[1]]) as child:
        child.expect_exact("ready")
        child.sendline("production")
        child.expect_exact("type `production`: ")
        child.sendline("staging")
        child.expect_exact("got 'staging'")


def test_a_question_cannot_steer_the_terminal() -> None:
    with terminal(script("break the lock of \x1b[2Jmallory\nreally?")) as child:
        child.expect_exact("break the lock of \\x1b[2Jmallory\r\n  really? ")
        child.sendline("no")
        child.expect_exact("got 'no'")


def test_a_question_is_seen_also_when_output_goes_to_a_file(tmp_path: Path) -> None:
    shell = f'exec {sys.executable} "$@" >{tmp_path}/out 2>{tmp_path}/err'
    with terminal(["-c", "import os, sys; os.execvp('sh', ['sh', '-c', *sys.argv[1:]])", shell, "sh",
                   *script("which branch?")]) as child:
        child.expect_exact("which branch? ")
        child.sendline("main")
    assert (tmp_path / "out").read_text() == "got 'main'\n"
    assert "which branch" not in (tmp_path / "err").read_text()


@pytest.mark.parametrize("secret", [False, True])
def test_a_terminal_that_is_not_the_sessions_own_will_do(secret: bool) -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, *script("sure?", secret=secret)], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        assert child.stderr
        assert child.stdout
        asked = b""
        while not asked.endswith(b"sure? "):
            asked += child.stderr.read(1)
        os.write(ours, b"yes\n")
        assert child.stdout.read() == b"got 'yes'\n"
    os.close(ours)
    os.close(theirs)


def test_off_a_terminal_a_question_is_refused_with_a_way_out() -> None:
    done = subprocess.run(
        [sys.executable, *script("which branch?")], input="main\n", capture_output=True, text=True, check=False
    )
    assert done.stdout == (
        "refused: nobody can answer `which branch?`: standard input is not a terminal\n"
        "  run it on a terminal, or give the answer beforehand: `-s name=value`, or the option made for it\n"
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"environment": {"CI": "true"}}, "`CI` is set"),
        ({"environment": {}, "no_input": True}, "`--no-input` was given"),
    ],
)
def test_where_nobody_looks_nobody_is_asked(said: dict[str, Any], why: str) -> None:
    console = Console(lambda: None, **said)
    assert not console.interactive
    with pytest.raises(Refused, match=why):
        console.ask("sure?")


def test_without_any_standard_input_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Refused, match="there is no standard input"):
        Console(lambda: None, environment={}).ask("sure?")
