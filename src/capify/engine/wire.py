"""A session over a link: the tasks that move bytes between the two, and the answer to "is it still there?".

Rule: one write at a time, and each message of the protocol in one write, so that nothing gets into another's data.
Rule: nothing is buffered here without bound: reading waits for nobody, because listeners never wait.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeAlias

from capify.courier.messages import Hello, Message, Output, Pong
from capify.courier.protocol import Session
from capify.errors import ConnectFailed
from capify.events import Stream
from capify.machines import Server
from capify.ports import Link, Transport

Listener: TypeAlias = "Callable[[Message | None], None]"
"""Told every message, and `None` when the link is lost."""

LINGER = 1.0  # seconds that output may still take to arrive after the program has ended
NOISE = 1000  # bytes of what came before the hello that an error quotes


class Wire:
    """An open session. Made by `open`."""

    def __init__(self, link: Link, session: Session) -> None:
        self.session = session
        self.lacks: tuple[str, ...] = ()
        self.lost = False
        self.overslept = False  # the lease ran out because this machine slept, or this process was stopped
        self._renewed = 0.0
        self._lease = 0.0
        self._link = link
        self._listeners: list[Listener] = []
        self._noise = {"out": b"", "err": b""}
        self._greeted = asyncio.Event()  # or lost
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._typed = b""
        self._unanswered = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, transport: Transport, server: Server, session: Session, *, patience: float) -> "Wire":
        """Start the session's shell on the server, and wait for its hello. Raises `ConnectFailed`."""
        try:
            async with asyncio.timeout(patience):
                wire = cls(await transport.open(server, session.request), session)
                await wire._greet()
        except TimeoutError:
            raise ConnectFailed({server: f"its login shell was not ready within {patience:g} s"}) from None
        if wire.lost:
            raise ConnectFailed({server: await wire._reason(transport, server)})
        return wire

    def listen(self, listener: Listener) -> None:
        """Tell a listener of every message from now on."""
        self._listeners.append(listener)

    def ignore(self, listener: Listener) -> None:
        """Tell it no more."""
        self._listeners.remove(listener)

    def keep_alive(self, *, every: float, lease: float) -> None:
        """Renew the lease now and from now on; a server that answers no ping for as long as the lease is lost.

        Without a lease (0), a frozen operator's command runs on, and a silent server is waited for.
        """
        if lease:
            self._lease, self._renewed = lease, time.monotonic()
            self._begin(self._ping(every, lease))

    def flush(self) -> None:
        """Send what the session has to say, soon."""
        self._wake.set()

    async def send(self, data: bytes) -> None:
        """Send bytes behind what the session said; returns when there is room for more. Raises `ConnectionError`."""
        async with self._writing:
            typed, self._typed = self._typed, b""
            await self._link.write(self.session.outgoing() + typed + data)

    def type(self, reply: bytes) -> None:
        """Send a short reply, soon."""
        self._typed += reply
        self._wake.set()

    async def finish(self) -> None:
        """Close the other side's standard input."""
        async with self._writing:
            await self._link.finish()

    async def close(self, *, patience: float) -> None:
        """End it in order, and drop it if that takes too long."""
        self.session.quit()
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(patience):
                await self.send(b"")
                await self.finish()
                await self._link.wait()
        await self.drop()

    async def drop(self) -> None:
        """End it at once; the courier on the server then ends what it runs."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await self._link.close()
        if tasks:
            await asyncio.wait(tasks)
        self._lose()

    async def _greet(self) -> None:
        readers = [self._begin(self._read("out")), self._begin(self._read("err"))]
        self._begin(self._watch_over(readers))
        self._begin(self._write())
        try:
            await self._greeted.wait()
        except asyncio.CancelledError:
            await self.drop()
            raise

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _read(self, stream: Stream) -> None:
        while data := await self._link.read(stream):
            for message in self.session.receive(stream, data):
                self._tell(message)
            self.flush()
        for message in self.session.finished(stream):
            self._tell(message)

    async def _watch_over(self, readers: Sequence[asyncio.Task[None]]) -> None:
        """Notice the end: of both streams, or of the program, whoever keeps its streams open after it."""
        ended = asyncio.get_running_loop().create_task(self._link.wait())
        reading = set(readers)
        try:
            while reading and not ended.done():
                await asyncio.wait({*reading, ended}, return_when=asyncio.FIRST_COMPLETED)
                reading = {task for task in reading if not task.done()}
            if reading:
                await asyncio.wait(reading, timeout=LINGER)
        finally:
            ended.cancel()
            self._lose()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self.send(b"")

    async def _ping(self, every: float, lease: float) -> None:
        while self._unanswered * every < lease:
            self._notice_sleep()
            self._renewed = time.monotonic()
            self.session.ping(lease)
            self._unanswered += 1
            self.flush()
            await asyncio.sleep(every)
        await self.drop()

    def _tell(self, message: Message) -> None:
        match message:
            case Hello(lacks):
                self.lacks = lacks
                self._greeted.set()
            case Pong():
                self._unanswered = 0
            case Output(None, stream, data) if not self._greeted.is_set():
                self._noise[stream] = (self._noise[stream] + data)[-NOISE:]
        for listener in list(self._listeners):
            listener(message)

    def _notice_sleep(self) -> None:
        self.overslept |= bool(self._lease) and time.monotonic() - self._renewed >= self._lease

    def _lose(self) -> None:
        if self.lost:
            return
        self.lost = True
        self._notice_sleep()
        self._greeted.set()
        for listener in list(self._listeners):
            listener(None)

    async def _reason(self, transport: Transport, server: Server) -> str:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._link.wait(), 1)
        complaint = self._link.complaint
        await self.drop()
        if complaint:
            # A jump host's program complains on standard error.
            return transport.explain(server, f"{self._noise['err'].decode('utf-8', 'backslashreplace')}\n{complaint}")
        noise = (self._noise["err"] + b" " + self._noise["out"]).decode("utf-8", "backslashreplace")
        said = f" (it said: {' '.join(noise.split())})" if noise.strip() else ""
        return f"its login shell ended before it read our script{said}; look at `~/.bashrc` and the login shell there"
