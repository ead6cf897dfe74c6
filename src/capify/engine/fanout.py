"""One command on all servers of a wave, at once: each server's output as whole lines, each server's result.

Rule: it collects and does not judge. If a server fails, all the others finish this command.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from capify.blocks import Block, Line
from capify.engine.crew import Crew
from capify.engine.lines import Lines
from capify.errors import TaskFailed
from capify.events import CommandEnded, ConnectionLost, Event, OutputLine, Stream, Transferred
from capify.machines import Server
from capify.outcomes import LOST, Result

Emit = Callable[[Event], None]


async def fan_out(crew: Crew, lines: Mapping[Server, Line], emit: Emit, *, results: dict[Server, Result]) -> None:
    """Run each server's line on it; every server's result is there as soon as it has ended."""

    async def one(server: Server, line: Line) -> None:
        results[server] = (await _on(crew, server, (line,), emit))[0]

    async with asyncio.TaskGroup() as group:
        for server, line in lines.items():
            group.create_task(one(server, line))


async def fan_out_blocks(
    crew: Crew, blocks: Mapping[Server, Sequence[Line]], emit: Emit, *, results: dict[Server, list[Result]]
) -> None:
    """Run each server's lines on it, in one block, until one fails; a result for each line, the skipped ones too."""

    async def one(server: Server, lines: Sequence[Line]) -> None:
        results[server] = await _on(crew, server, lines, emit)

    async with asyncio.TaskGroup() as group:
        for server, lines in blocks.items():
            group.create_task(one(server, lines))


async def _on(crew: Crew, server: Server, lines: Sequence[Line], emit: Emit) -> list[Result]:
    outputs = [Output(server, line.quiet, emit) for line in lines]

    def take(number: int, stream: Stream, chunk: bytes) -> None:
        if number:
            outputs[number - 1].finish()
        outputs[number].take(number, stream, chunk)

    def moved(number: int, done: int, size: int) -> None:
        emit(Transferred(server, lines[number].shown, done, size))

    began = time.monotonic()
    try:
        results = list(await crew[server].execute(Block(tuple(lines)), take, moved))
        results += [Result(server, line.shown, LOST, note="lost") for line in lines[len(results) :]]
    except TaskFailed as error:  # a file of the operator's cannot be read or written; the other servers go on
        results = [Result(server, line.shown, LOST, note=error.message) for line in lines]
    ended = time.monotonic() - began
    for line, output, result in zip(lines, outputs, results, strict=True):
        output.finish()
        if result.note == "lost":
            emit(ConnectionLost(server, result.stderr.strip() or "the connection ended"))
        emit(CommandEnded(server, line.shown, result.status, result.note, ended, line.quiet))
    return results


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
