"""The sockets in the wall: what the engine plugs into. Small, typed, and each with a fake or a second maker.

Rule: foreign errors are translated at the port, once, into `capify.errors`.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from capify.blocks import Block, Line
from capify.events import Event, Stream
from capify.machines import Server
from capify.outcomes import Result

Watch: TypeAlias = Callable[[int, Stream, bytes], None]
"""Called with the number of the line in its block, the stream, and a chunk of what it wrote, as it comes."""

Moved: TypeAlias = Callable[[int, int, int], None]
"""Called with the number of the line in its block, and how many bytes of its transfer have gone, of how many (0: nobody
knows). Not for every byte."""


def unwatched(number: int, done: int, size: int) -> None:
    """Watch no transfer."""


class Link(Protocol):
    """An open way to a program on a server: byte streams, and how the program ended."""

    async def read(self, stream: Stream) -> bytes:
        """Wait for a chunk of its output; empty at the end."""

    async def write(self, data: bytes) -> None:
        """Send bytes to its standard input; returns when there is room for more. Raises `ConnectionError`."""

    async def finish(self) -> None:
        """Close its standard input."""

    async def wait(self) -> int | None:
        """Wait until the program has ended; its status, or `None` if the connection ended without one."""

    async def close(self) -> None:
        """Drop the link at once. Never raises."""

    @property
    def complaint(self) -> str:
        """What the transport itself said last (why a login failed, say); empty if nothing."""


class Transport(Protocol):
    """A way of opening links: the OpenSSH program, a library, the machine itself."""

    name: str

    async def open(self, server: Server, command: str) -> Link:
        """Start a command under the login shell of the server's user, on a channel of its own.

        The first call for a server connects, verifies the host key and logs in; later calls share that connection.
        Returns as soon as bytes can be written. Raises `ConnectFailed`.
        """

    def explain(self, server: Server, complaint: str) -> str:
        """Turn what the transport said into one line that says what to do."""

    async def close(self) -> None:
        """End every connection. Never raises."""


class Conversation(Protocol):
    """A line that waits on a server for what it is told."""

    @property
    def ended(self) -> bool:
        """Whether it has ended, by itself or not."""

    async def type(self, data: bytes) -> None:
        """Give it something to read. Does nothing after its end."""

    async def finish(self) -> None:
        """Let it read the end of its input."""

    async def result(self, *, stop: bool = False) -> Result:
        """Wait for its end, or make it end (`stop`); what it gave. When the wait is cancelled, it is dead first."""


class Remote(Protocol):
    """What the engine talks to: a block in, results out. Courier-over-link, dry, and the shipped fake."""

    server: Server

    @property
    def route(self) -> str:
        """Which transport it uses, by name."""

    @property
    def weakness(self) -> str:
        """What cannot be promised on this server, and why; empty if nothing. Known once connected."""

    async def connect(self) -> None:
        """Get ready for blocks. Raises `ConnectFailed`."""

    async def execute(self, block: Block, watch: Watch, moved: Moved = unwatched) -> Sequence[Result]:
        """Run the lines in order until one fails; one result for each line, the skipped ones included.

        Never raises for what happens on the server: a lost connection is a result with `note="lost"`. When the call is
        cancelled, the running command is stopped, dead, before `CancelledError` goes on.
        """

    async def converse(self, line: Line, watch: Watch) -> Conversation:
        """Start a line that waits for what it is told. Never raises for what happens on the server."""

    async def close(self) -> None:
        """End the courier. Never raises."""


class Reporter(Protocol):
    """Something that shows or stores events. One thread calls it, in one order."""

    def handle(self, event: Event, at: float) -> None:
        """Take one event; `at` is seconds since the epoch."""

    def close(self) -> None:
        """Finish what was begun: flush, restore the terminal."""


@runtime_checkable
class Display(Reporter, Protocol):
    """A reporter that also draws what goes on at the moment. The same thread calls it."""

    def tick(self, at: float) -> None:
        """Draw it anew: some time went by (`at`, seconds since the epoch) in which nothing was to be handled."""

    def rest(self) -> None:
        """Take it off the terminal until the next tick: somebody else needs it. Nothing is kept back."""


class Terminal(Protocol):
    """The one way to ask the operator."""

    @property
    def interactive(self) -> bool:
        """Whether somebody can answer."""

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask, and wait for a line. Raises `Refused` when nobody can answer."""


class Clock(Protocol):
    """The time, handed in so that tests need not wait."""

    def now(self) -> float:
        """Seconds since the epoch."""
