"""One command on all servers of a wave, at once: each server's output as whole lines, each server's result.

Rule: it collects and does not judge. If a server fails, all the others finish this command.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from capify.blocks import Block, Line
from capify.engine.crew import Crew
from capify.engine.lines import Lines
from capify.errors import TaskFailed
from capify.events import CommandEnded, ConnectionLost, Event, OutputLine, Stream
from capify.machines import Server
from capify.outcomes import LOST, Result

Emit = Callable[[Event], None]


async def fan_out(crew: Crew, lines: Mapping[Server, Line], emit: Emit, *, results: dict[Server, Result]) -> None:
    """Run each server's line on it; every server's result is there as soon as it has ended."""

    async def one(server: Server, line: Line) -> None:
        results[server] = await _on(crew, server, line, emit)

    async with asyncio.TaskGroup() as group:
        for server, line in lines.items():
            group.create_task(one(server, line))


async def _on(crew: Crew, server: Server, line: Line, emit: Emit) -> Result:
    output = Output(server, line.quiet, emit)
    began = time.monotonic()
    try:
        results = await crew[server].execute(Block((line,)), output.take)
        result = results[-1] if results else Result(server, line.shown, LOST, note="lost")
    except TaskFailed as error:  # a file of the operator's cannot be read or written; the other servers go on
        result = Result(server, line.shown, LOST, note=error.message)
    output.finish()
    if result.note == "lost":
        emit(ConnectionLost(server, result.stderr.strip() or "the connection ended"))
    ended = time.monotonic() - began
    emit(CommandEnded(server, line.shown, result.status, result.note, ended, line.quiet))
    return result


class Output:
    """Turns chunks of one server's output into events of whole lines."""

    def __init__(self, server: Server | None, quiet: bool, emit: Emit) -> None:
        self._server = server
        self._quiet = quiet
        self._emit = emit
        self._streams: dict[Stream, Lines] = {"out": Lines(), "err": Lines()}

    def take(self, number: int, stream: Stream, chunk: bytes) -> None:  # noqa: ARG002 - the port's shape
        """Take a chunk as it comes."""
        self._show(stream, self._streams[stream].feed(chunk))

    def finish(self) -> None:
        """Show the half lines that are left."""
        for stream, lines in self._streams.items():
            self._show(stream, lines.flush())

    def _show(self, stream: Stream, lines: list[str]) -> None:
        for line in lines:
            self._emit(OutputLine(self._server, stream, line, quiet=self._quiet))
