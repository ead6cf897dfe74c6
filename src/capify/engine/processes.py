"""Programs on the operator's own machine: in a session of their own, dead when they are stopped."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from capify.blocks import Line
from capify.engine.fanout import Output
from capify.engine.tally import Tally
from capify.events import Event, Stream
from capify.machines import LOCAL, Server
from capify.outcomes import Result

HERE = Server(LOCAL)
GRACE = 5.0  # seconds between TERM and KILL
CHUNK = 65536
LINGER = 1.0  # seconds that output may still take to arrive after the program has ended


@dataclass(frozen=True, slots=True)
class Program:
    """One local command: shell text, where, with which environment beside the operator's own; `timeout` in seconds."""

    text: str
    folder: Path
    variables: Mapping[str, str]
    timeout: float = 0
    quiet: bool = False


Programs: TypeAlias = Callable[[Program, Callable[[Event], None]], Coroutine[Any, Any, Result]]
"""Whoever runs local programs: `execute`, or what stands in for it in a test."""


async def execute(local: Program, emit: Callable[[Event], None]) -> Result:
    """Run it to its end; a cancelled one is dead before `CancelledError` goes on."""
    loop = asyncio.get_running_loop()
    child, streams = await loop.subprocess_exec(
        lambda: _Streams(limit=CHUNK, loop=loop), "/bin/sh", "-c", local.text, stdin=asyncio.subprocess.DEVNULL,
        cwd=local.folder, env={**os.environ, **local.variables}, start_new_session=True,
    )  # fmt: skip
    output, tally = Output(None, local.quiet, emit), Tally(HERE, Line(local.text, local.text), 0)

    async def pump(reader: asyncio.StreamReader | None, stream: Stream) -> None:
        while reader and (chunk := await reader.read(CHUNK)):
            tally.take(stream, chunk)
            output.take(0, stream, chunk)

    pumps = [loop.create_task(pump(streams.stdout, "out")), loop.create_task(pump(streams.stderr, "err"))]
    note = ""
    try:
        async with asyncio.timeout(local.timeout or None):
            await streams.exited.wait()
    except TimeoutError:
        note = f"timed out after {local.timeout:g} s"
    finally:
        await _end(child.get_pid(), streams.exited)
        await _drained(pumps)
        child.close()
        output.finish()
    status = child.get_returncode() or 0
    tally.end(status if status >= 0 else 128 - status, note)
    return tally.result()


class _Streams(asyncio.subprocess.SubprocessStreamProtocol):
    """The program's streams, and when it ended: its own end, however long a daemon of it keeps them open."""

    def __init__(self, *, limit: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=limit, loop=loop)
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


async def _drained(pumps: list["asyncio.Task[None]"]) -> None:
    """Wait for the last output; a daemon that the program started may keep its streams open for ever."""
    await asyncio.wait(pumps, timeout=LINGER)
    for pump in pumps:
        pump.cancel()


async def _end(leader: int, exited: asyncio.Event) -> None:
    """See to it that the whole group is gone: asked first, then made."""
    if exited.is_set():
        return
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(exited.wait(), GRACE)
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
    await exited.wait()
