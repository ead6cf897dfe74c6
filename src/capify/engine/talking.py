"""Conversations with all servers of a wave at once: what each was told, what each has said and nobody waited for yet.

Rule: when a text arrived is noted when it arrives, not when somebody waits for it.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping

from capify.blocks import Line
from capify.engine.crew import Crew
from capify.engine.fanout import Emit, Output
from capify.engine.hearing import Unheard
from capify.errors import TaskFailed
from capify.events import CommandEnded, ConnectionLost, Stream
from capify.machines import Server
from capify.outcomes import LOST, Result
from capify.ports import Conversation

TURN = 0.1  # seconds between two looks whether a process has ended


class Talking:
    """One conversation on each server."""

    def __init__(self, crew: Crew, lines: Mapping[Server, Line], emit: Emit) -> None:
        self._crew = crew
        self._lines = lines
        self._emit = emit
        self._talks: dict[Server, Conversation] = {}
        self._unheard = {server: Unheard() for server in lines}
        self._outputs = {server: Output(server, line.quiet, emit) for server, line in lines.items()}
        self._news = asyncio.Event()
        self._began = self._sent = time.monotonic()
        self.took: dict[Server, float] = {}

    async def begin(self) -> None:
        """Start the processes."""
        for server, line in self._lines.items():
            self._talks[server] = await self._crew[server].converse(line, self._watch(server))

    async def type(self, text: Callable[[Server], str]) -> None:
        """Give every process its line."""
        self._sent = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for server, talk in self._talks.items():
                group.create_task(talk.type(f"{text(server)}\n".encode()))

    async def expect(
        self, wanted: str | re.Pattern[str], patience: float
    ) -> tuple[dict[Server, str], dict[Server, str]]:
        """Wait until all have said it; what each said, and, of those that did not, why."""
        pattern = re.compile(re.escape(wanted)) if isinstance(wanted, str) else wanted
        said: dict[Server, str] = {}
        self.took = {}
        until = time.monotonic() + patience if patience else float("inf")
        while True:
            ended = {server for server, talk in self._talks.items() if talk.ended}
            self._news.clear()
            self._hear(pattern, said)
            missing = [server for server in self._talks if server not in said]
            if not missing or ended.intersection(missing) or time.monotonic() > until:
                why = f"it was not said within {patience:g} s"
                return said, {server: "it has ended" if server in ended else why for server in missing}
            try:
                await asyncio.wait_for(self._news.wait(), TURN)
            except TimeoutError:
                continue

    async def end(self, *, stop: bool = False) -> dict[Server, Result]:
        """End the input, or the processes (`stop`), and wait for them; what each gave."""
        results: dict[Server, Result] = {}

        async def one(server: Server, talk: Conversation) -> None:
            try:
                if not stop:
                    await talk.finish()
                results[server] = await talk.result(stop=stop and not talk.ended)
            except TaskFailed as error:
                results[server] = Result(server, self._lines[server].shown, LOST, note=error.message)

        async with asyncio.TaskGroup() as group:
            for server, talk in self._talks.items():
                group.create_task(one(server, talk))
        for server, result in results.items():
            self._tell(server, result)
        return {server: results[server] for server in self._lines}

    def _tell(self, server: Server, result: Result) -> None:
        self._outputs[server].finish()
        if result.note == "lost":
            self._emit(ConnectionLost(server, result.stderr.strip() or "the connection ended"))
        seconds = time.monotonic() - self._began
        self._emit(CommandEnded(server, result.command, result.status, result.note, seconds))

    def _watch(self, server: Server) -> Callable[[int, Stream, bytes], None]:
        def watch(number: int, stream: Stream, chunk: bytes) -> None:
            self._unheard[server].take(chunk.decode("utf-8", "backslashreplace"), time.monotonic())
            self._outputs[server].take(number, stream, chunk)
            self._news.set()

        return watch

    def _hear(self, pattern: re.Pattern[str], said: dict[Server, str]) -> None:
        for server, unheard in self._unheard.items():
            heard = unheard.hear(pattern) if server not in said else None
            if heard is not None:
                said[server], arrived = heard
                self.took[server] = max(arrived - self._sent, 0.0)
