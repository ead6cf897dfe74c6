"""Links to a child process of ours: what every transport that starts programs has in common.

Rule: a child leads a session of its own, so that Ctrl-C in the operator's terminal does not reach it.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence

from capify.events import Stream

CHUNK = 64 * 1024  # bytes of a read; the program is made to wait when twice as much is unread
PATIENCE = 2.0  # seconds that a child has to end by itself, when it is told to


class ProcessLink:
    """A link whose other end is the program that a child process runs."""

    def __init__(
        self,
        child: asyncio.SubprocessTransport,
        streams: "_Streams",
        *,
        complain: Callable[[], str],
        meant: Callable[[int], int | None],
    ) -> None:
        self._child = child
        self._streams = streams
        self._complain = complain
        self._meant = meant

    @classmethod
    async def start(
        cls,
        words: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        complain: Callable[[], str] = str,
        meant: Callable[[int], int | None] = lambda status: status,
    ) -> "ProcessLink":
        """Start the program. Raises `OSError` when there is none.

        `complain` is asked for what the transport itself said; `meant` makes the remote status of the child's.
        """
        loop = asyncio.get_running_loop()
        child, streams = await loop.subprocess_exec(
            lambda: _Streams(limit=CHUNK, loop=loop), *words, env=environment, start_new_session=True
        )
        return cls(child, streams, complain=complain, meant=meant)

    async def read(self, stream: Stream) -> bytes:
        """Wait for a chunk of its output; empty at the end."""
        reader = self._streams.stdout if stream == "out" else self._streams.stderr
        assert reader is not None
        return await reader.read(CHUNK)

    async def write(self, data: bytes) -> None:
        """Send bytes to its standard input; returns when there is room for more. Raises `ConnectionError`."""
        stdin = self._streams.stdin
        assert stdin is not None
        if stdin.is_closing():
            raise ConnectionResetError("the link is closed")
        stdin.write(data)
        await stdin.drain()

    async def finish(self) -> None:
        """Close its standard input."""
        assert self._streams.stdin is not None
        self._streams.stdin.close()

    async def wait(self) -> int | None:
        """Wait until it has ended; its status, 128 + n for signal n, or `None` if the connection ended without one."""
        await self._streams.exited.wait()
        status = self._child.get_returncode()
        return None if status is None else self._meant(128 - status if status < 0 else status)

    async def close(self) -> None:
        """Drop the link at once: the program sees the end of its streams, and the child is told to end."""
        for number in (0, 1, 2):
            pipe = self._child.get_pipe_transport(number)
            if isinstance(pipe, asyncio.WriteTransport):
                # What was not sent yet must not be: it may be commands.
                if pipe.get_write_buffer_size() or not pipe.is_closing():
                    pipe.abort()
            elif pipe is not None:
                pipe.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            self._signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._streams.exited.wait(), PATIENCE)
                return

    def _signal(self, number: signal.Signals) -> None:
        # Not by the transport: it would look whether the child has ended, and so take its status from the loop.
        with contextlib.suppress(ProcessLookupError):
            if not self.ended:
                os.kill(self._child.get_pid(), number)

    @property
    def complaint(self) -> str:
        """What the transport itself said last."""
        return self._complain()

    @property
    def ended(self) -> bool:
        """Whether the child is gone."""
        return self._streams.exited.is_set()


class _Streams(asyncio.subprocess.SubprocessStreamProtocol):
    """The child's streams, and when it ended: its own end, however long others keep its streams open."""

    def __init__(self, *, limit: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=limit, loop=loop)
        self.exited = asyncio.Event()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        # Whoever writes next is told that the link is closed; asyncio would also keep the reason, and complain of it.
        super().pipe_connection_lost(fd, None if fd == 0 else exc)

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()
