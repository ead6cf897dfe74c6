"""One command on all servers of a wave, at once: each server's output as whole lines, each server's result.

Rule: it collects and does not judge. If a server fails, all the others finish this command.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from capify.blocks import Block, Line
from capify.engine.crew import Crew
from capify.engine.lines import Lines
from capify.events import CommandEnded, ConnectionLost, Event, OutputLine, Stream
from capify.machines import Server
from capify.outcomes import LOST, Result

Emit = Callable[[Event], None]


async def fan_out(crew: Crew, lines: Mapping[Server, Line], emit: Emit) -> dict[Server, Result]:
    """Run each server's line on it; returns every server's result, in the order given."""
    async with asyncio.TaskGroup() as group:
        tasks = {server: group.create_task(_on(crew, server, line, emit)) for server, line in lines.items()}
    return {server: task.result() for server, task in tasks.items()}


async def _on(crew: Crew, server: Server, line: Line, emit: Emit) -> Result:
    output = Output(server, line.quiet, emit)
    began = time.monotonic()
    results = await crew[server].execute(Block((line,)), output.take)
    output.finish()
    result = results[-1] if results else Result(server, line.shown, LOST, note="lost")
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
