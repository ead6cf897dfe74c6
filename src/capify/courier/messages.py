"""What a courier tells: a closed union of frozen values. `number` is a command's id in its session.

Rule: a command's end is told only when all that it wrote has been told.
"""

from dataclasses import dataclass
from typing import TypeAlias

from capify.events import Stream


@dataclass(frozen=True, slots=True)
class Hello:
    """The shell is there. `lacks` names what the server has not, without which stopped commands may leave something."""

    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A command runs; `group` is its process group, 0 where it has none of its own."""

    number: int
    group: int


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes that a command wrote; `number` is `None` for what came outside any."""

    number: int | None
    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """A command ended, and this is its status; `None`: it was skipped, because one before it in its chain failed."""

    number: int
    status: int | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was asked to be stopped is dead, but for `left` processes that could not be killed."""

    number: int
    left: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping: the lease is renewed."""


@dataclass(frozen=True, slots=True)
class ExecutorDied:
    """The shell that runs the commands was killed: none of them will be answered any more."""


Message: TypeAlias = Hello | Begun | Output | Ended | Stopped | Pong | ExecutorDied

__all__ = ["Begun", "Ended", "ExecutorDied", "Hello", "Message", "Output", "Pong", "Stopped"]
