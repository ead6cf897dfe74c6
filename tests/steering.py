"""Couriers for tests: a synchronous handle on one, and ways to see what is left on the machine."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from capify.blocks import Block, Line
from capify.courier.protocol import Session
from capify.engine.courier_remote import CourierRemote
from capify.engine.wire import Wire
from capify.events import Stream
from capify.machines import Server
from capify.outcomes import Result
from capify.ports import Remote, Transport

GUARD = 30.0  # seconds until a test that hangs fails

_tokens = itertools.count(os.getpid() * 1000)


class Steered:
    """A courier remote that is driven from synchronous tests."""

    def __init__(self, transport: Transport, server: Server, **options: object) -> None:
        self.runner = asyncio.Runner()
        self.transport = transport
        self.remote: Remote = CourierRemote(server, transport, **({"grace": 0.5} | options))  # type: ignore[arg-type]
        self.closed = False
        self.seen: list[tuple[int, Stream, bytes]] = []

    def connect(self) -> None:
        self.runner.run(asyncio.wait_for(self.remote.connect(), GUARD))

    def block(self, *lines: Line) -> list[Result]:
        return list(self.runner.run(asyncio.wait_for(self.remote.execute(Block(lines), self.watch), GUARD)))

    def run(self, text: str, **options: object) -> Result:
        return self.block(Line(text, text, **options))[0]  # type: ignore[arg-type]

    def watch(self, number: int, stream: Stream, data: bytes) -> None:
        self.seen.append((number, stream, data))

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.runner.run(asyncio.wait_for(self._close(), GUARD))
        self.runner.close()

    async def _close(self) -> None:
        await self.remote.close()
        await self.transport.close()

    @property
    def wire(self) -> Wire:
        """The remote's inside, for tests that break it."""
        assert isinstance(self.remote, CourierRemote)
        assert self.remote._wire
        return self.remote._wire

    @property
    def session(self) -> Session:
        return self.wire.session


def token() -> str:
    """Make a number that no process on the machine has among its arguments; a long time to sleep."""
    return f"9{next(_tokens)}"


def alive(token: str) -> list[int]:
    """Find the processes that have the token as an argument, zombies apart."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"\0{token}\0".encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


async def begun(token: str) -> None:
    """Wait until a process has the token as an argument."""
    async with asyncio.timeout(GUARD):
        while not alive(token):  # noqa: ASYNC110 - processes tell nobody
            await asyncio.sleep(0.01)


def kill(token: str) -> None:
    """End the processes that have the token as an argument."""
    for pid in alive(token):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(token))


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something to become so; fail when it does not."""
    until = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)
