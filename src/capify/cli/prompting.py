"""What prompts share: an invocation that connects when a line needs it, lines under their own Ctrl-C, a history.

Rule: at a terminal no line ends the prompt, whatever becomes of it; elsewhere the first failure does, as in a script.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from capify.cli.asked import Asked
from capify.cli.invoking import invoke_plan
from capify.cli.oneoff import TYPED
from capify.cli.planning import plan_task, selected
from capify.errors import Interrupted
from capify.outcomes import Verdict
from capify.recipe.tasks import Options, Task

LONGEST = 2000  # lines of a history


def prompt(asked: Asked, name: str, session: Callable[[], None]) -> int:
    """Hold a session inside an invocation that works on the selected servers; returns its exit status."""
    asked.refuse_words(name)
    options = Options() if selected(asked.book, asked.arguments) else Options(local=True)

    def body() -> None:
        with _own_signals():
            session()

    # With a space in its name, so that no task of a recipe has it, nor hooks on it.
    task = Task(f"the {name}", TYPED, body, options=options)
    make = lambda: plan_task(asked.book, task, asked.arguments, typed=name, lazy=True)  # noqa: E731 - a plan to be made
    return invoke_plan(asked.book, make, asked.arguments)


def interactive() -> bool:
    """Whether somebody types, and sees what comes of it."""
    with suppress(ValueError, AttributeError):
        return sys.stdin.isatty()
    return False


def read(question: str) -> str:
    """Read a line, when all that was reported is shown. Raises `EOFError` at the end of the input."""
    with _still():
        return input(question if interactive() else "")


def write(text: str) -> None:
    """Write a line of data, when all that was reported is shown."""
    with _still():
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def attempt(work: Callable[[], Any]) -> BaseException | None:
    """Do what one line says, with a Ctrl-C of its own; returns what became of it, if that is not good."""
    from capify.engine.interrupt import interruptible
    from capify.engine.scene import scene

    invocation = scene().invocation
    try:
        with interruptible(invocation):
            work()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, the next line is asked for
        return error
    finally:
        if any(outcome.verdict is Verdict.UNKNOWN for outcome in invocation.bad.values()):
            invocation.loop.call(invocation.crew.close())  # the next line connects again
        invocation.bad.clear()
        invocation.let_go, invocation.failed = False, None
    return None


@contextmanager
def history(file: Path, complete: Callable[[str, int], str | None] | None = None) -> Iterator[None]:
    """Remember what is typed, for this user alone, and complete words with TAB; does nothing without a terminal."""
    if not interactive():
        yield
        return
    import readline

    with suppress(OSError):
        readline.read_history_file(file)
    readline.set_history_length(LONGEST)
    if complete is not None:
        readline.set_completer(complete)
        libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    try:
        yield
    finally:
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
            readline.write_history_file(file)


@contextmanager
def _still() -> Iterator[None]:
    from capify.engine.scene import scene
    from capify.reporters.console import Console

    terminal = scene().invocation.terminal
    if isinstance(terminal, Console):
        with terminal.still():
            yield
    else:
        yield


@contextmanager
def _own_signals() -> Iterator[None]:
    """Let Ctrl-C at the prompt mean that line alone; to be told to end, or to lose the terminal, ends the session."""

    def end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the shape of a handler
        raise Interrupted("told to end")

    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: end, signal.SIGHUP: end}
    heard = [number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, wanted[number]) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
