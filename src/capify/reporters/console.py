"""The console: the one way to ask the operator, and the only place that reads the keyboard.

Rule: nobody is asked where nobody can answer; the refusal says which question it was, and how to answer it beforehand.
Rule: what was typed before a question was seen does not answer it.
"""

import getpass
import os
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TextIO

from capify.errors import Refused
from capify.reporters.text import harmless, indented

KEYBOARD = Path("/dev/tty")


class Console:
    """Terminal of the operator.

    `flush` waits until all that was reported is shown; `suspend` keeps the display silent while a question is open.
    Somebody can answer when standard input is a terminal, this is no CI job, and `--no-input` was not given.
    """

    def __init__(
        self,
        flush: Callable[[], None],
        *,
        suspend: Callable[[], AbstractContextManager[object]] = nullcontext,
        no_input: bool = False,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._flush = flush
        self._suspend = suspend
        self._no_input = no_input
        self._environment = environment
        self._asking = threading.Lock()  # one question at a time, whichever thread asks

    @property
    def interactive(self) -> bool:
        """Whether somebody can answer."""
        return not self._obstacle

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask, and wait for a line, which is given back without its end; a secret is not shown while it is typed.

        Raises `Refused` when nobody can answer, or the input ends. Ctrl-C goes on as `KeyboardInterrupt`.
        """
        about = harmless(" ".join(question.split()))
        if self._obstacle:
            hint = "run it on a terminal, or give the answer beforehand: `-s name=value`, or the option made for it"
            raise Refused(f"nobody can answer `{about}`: {self._obstacle}", hint=hint)
        prompt = "\n".join(indented(question, "")) + " "
        with self._asking:
            self._flush()
            with self._suspend():
                try:
                    return _hidden(prompt) if secret else _typed(prompt)
                except EOFError:
                    raise Refused(f"`{about}` was not answered: the input ended") from None

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep the display silent, after all that was reported so far: somebody types at a prompt, or reads there."""
        with self._asking:
            self._flush()
            with self._suspend():
                yield

    @property
    def _obstacle(self) -> str:
        """Why nobody can answer; empty when somebody can."""
        if self._no_input:
            return "`--no-input` was given"
        if self._environment.get("CI", "").lower() not in {"", "0", "false", "no"}:
            return "this is a CI job (`CI` is set)"
        with suppress(ValueError, AttributeError):
            return "" if sys.stdin.isatty() else "standard input is not a terminal"
        return "there is no standard input"


def _typed(prompt: str) -> str:
    with _keyboard() as (keys, screen):
        _forget(keys)
        screen.write(prompt)
        screen.flush()
        try:
            line = keys.readline()
        except KeyboardInterrupt:
            _break(screen)
            raise
        if not line:
            _break(screen)
            raise EOFError
        return line.rstrip("\r\n")


def _hidden(prompt: str) -> str:
    """Ask without echo; `getpass` knows how, and gives the terminal back as it was."""
    with _keyboard() as (_keys, screen):
        try:
            return getpass.getpass(prompt)
        except (KeyboardInterrupt, EOFError):
            _break(screen)
            raise


@contextmanager
def _keyboard() -> Iterator[tuple[TextIO, TextIO]]:
    """Open the terminal itself, so that redirected output does not swallow questions; else the standard streams."""
    with ExitStack() as stack:
        keys, screen = sys.stdin, sys.stderr
        with suppress(OSError):  # a terminal that is not this session's own
            keys = stack.enter_context(KEYBOARD.open(encoding="utf-8", errors="replace"))
            screen = stack.enter_context(KEYBOARD.open("w", encoding="utf-8", errors="backslashreplace"))
        yield keys, screen


def _forget(keys: TextIO) -> None:
    """Drop what was typed too early; it was meant for something else."""
    with suppress(termios.error, OSError, ValueError):
        termios.tcflush(keys.fileno(), termios.TCIFLUSH)


def _break(screen: TextIO) -> None:
    with suppress(OSError, ValueError):
        screen.write("\n")
        screen.flush()
