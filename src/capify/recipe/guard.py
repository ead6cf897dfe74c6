"""The guard around looking: whoever only shows settings must not ask, run or fetch anything.

Rule: what would act raises `LookingOnly`; no `except Exception` of a recipe swallows it, and a swallowed one is found.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Final, NoReturn

_ACTS: Final = (
    "builtins.input", "ctypes.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
    "pty.spawn", "socket.", "subprocess.Popen", "urllib.Request"
)  # fmt: skip


class LookingOnly(BaseException):
    """Something would have acted while settings were only looked at."""


@contextmanager
def looking_only() -> Iterator[None]:
    """Refuse to act inside. Raises `LookingOnly` at the end, too, where a recipe swallowed it."""
    attempts: list[str] = []
    token = _attempts.set(attempts)
    _watched().append(attempts)
    stdin, sys.stdin = sys.stdin, _NoInput()
    try:
        yield
        refuse_swallowed()
    finally:
        sys.stdin = stdin
        _watched().pop()
        _attempts.reset(token)


def acting(what: str) -> None:
    """Say that something is about to act; every word that asks, runs or fetches begins with this."""
    attempts = _attempts.get()
    if attempts is not None:
        attempts.append(what)
        raise LookingOnly(what)


def refuse_swallowed() -> None:
    """Raise `LookingOnly` again, if something tried to act and a recipe swallowed the refusal."""
    attempts = _attempts.get()
    if attempts:
        raise LookingOnly(attempts[0])


@cache
def watch_interpreter() -> None:
    """Refuse inside `looking_only` what Python itself would start. Cannot be undone: for `cap vars` alone."""
    sys.addaudithook(_hook)


class _NoInput:
    """Stands in for standard input."""

    def __getattr__(self, name: str) -> NoReturn:
        acting("reading standard input")
        raise AttributeError(name)


@cache
def _watched() -> list[list[str]]:
    """What looks now, in any thread: a recipe's own threads know nothing of context variables."""
    return []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    watched = _watched()
    if watched and (event.startswith(_ACTS) or (event == "open" and arguments[0] == "/dev/tty")):
        watched[-1].append(event)
        raise LookingOnly(event)


_attempts: ContextVar[list[str] | None] = ContextVar("capify.guard", default=None)
