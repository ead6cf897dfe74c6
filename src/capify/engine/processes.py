"""Programs on the operator's own machine: in a session of their own, dead when they are stopped."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capify.blocks import Line
from capify.engine.fanout import Output
from capify.engine.tally import Tally
from capify.events import Event, Stream
from capify.machines import LOCAL, Server
from capify.outcomes import Result

HERE = Server(LOCAL)
GRACE = 5.0  # seconds between TERM and KILL
CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Program:
    """One local command: shell text, where, with which environment beside the operator's own; `timeout` in seconds."""

    text: str
    folder: Path
    variables: Mapping[str, str]
    timeout: float = 0
    quiet: bool = False


async def execute(local: Program, emit: Callable[[Event], None]) -> Result:
    """Run it to its end; a cancelled one is dead before `CancelledError` goes on."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", local.text, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe,
        cwd=local.folder, env={**os.environ, **local.variables}, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    output, tally = Output(None, local.quiet, emit), Tally(HERE, Line(local.text, local.text), 0)

    async def pump(reader: asyncio.StreamReader, stream: Stream) -> None:
        while chunk := await reader.read(CHUNK):
            tally.take(stream, chunk)
            output.take(0, stream, chunk)

    note = ""
    try:
        async with asyncio.timeout(local.timeout or None):
            await asyncio.gather(pump(process.stdout, "out"), pump(process.stderr, "err"))
            await process.wait()
    except TimeoutError:
        note = f"timed out after {local.timeout:g} s"
    finally:
        await _ended(process)
        output.finish()
    status = process.returncode or 0
    tally.end(status if status >= 0 else 128 - status, note)
    return tally.result()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """See to it that the whole group is gone: asked first, then made."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
