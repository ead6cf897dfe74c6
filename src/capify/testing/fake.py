"""A server that exists in a script only: it answers blocks as it was told, and remembers what it was asked.

    server = Server("web1")
    fake = FakeRemote(server)
    fake.on("uname -a").says("Linux\\n")
    fake.on(re.compile("git fetch")).fails(128, "fatal: no such repository\\n").says("")

Rule: what was not scripted ends well and says nothing; the same script gives the same answers.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from capify.blocks import Block, Line
from capify.errors import ConnectFailed
from capify.events import Stream
from capify.machines import Server
from capify.outcomes import LOST, Result
from capify.ports import Moved, Watch, unwatched

SKIPPED = "skipped"
"""The note of a line that did not run because one before it failed."""


@dataclass(frozen=True, slots=True)
class _Answer:
    out: bytes = b""
    err: bytes = b""
    status: int = 0
    note: str = ""
    hangs: bool = False


class Script:
    """What a fake remote answers to one command: each answer once, in order; the last one for ever."""

    def __init__(self) -> None:
        self._answers: list[_Answer] = []
        self._given = 0

    def says(self, out: str | bytes, *, err: str | bytes = "", status: int = 0) -> Self:
        """Answer with this output and status."""
        return self._then(_Answer(_bytes(out), _bytes(err), status))

    def fails(self, status: int = 1, err: str | bytes = "") -> Self:
        """Answer with this status and complaint."""
        return self._then(_Answer(err=_bytes(err), status=status))

    def loses(self, out: str | bytes = "") -> Self:
        """Lose the connection after this output: nobody sees how the command ends, and none runs after it."""
        return self._then(_Answer(_bytes(out), status=LOST, note="lost"))

    def hangs(self, out: str | bytes = "") -> Self:
        """Say this and never end, until the block is cancelled."""
        return self._then(_Answer(_bytes(out), hangs=True))

    @property
    def used(self) -> bool:
        """Whether it was asked for an answer at all."""
        return self._given > 0

    def next(self) -> _Answer:
        """Give the answer that is due."""
        answer = self._answers[min(self._given, len(self._answers) - 1)] if self._answers else _Answer()
        self._given += 1
        return answer

    def _then(self, answer: _Answer) -> Self:
        self._answers.append(answer)
        return self


class FakeRemote:
    """A remote (`capify.ports.Remote`) without a server behind it.

    `ran` has the blocks that it got, `lines` the lines that it ran, and `stopped` those of them that hung until they
    were cancelled.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ran: list[Block] = []
        self.lines: list[Line] = []
        self.stopped: list[Line] = []
        self.connected = False
        self._scripts: list[tuple[str | re.Pattern[str], Script]] = []
        self._unreachable = ""
        self._lost = False

    @property
    def route(self) -> str:
        """No transport at all."""
        return "fake"

    @property
    def weakness(self) -> str:
        """A fake keeps its promises."""
        return ""

    @property
    def commands(self) -> list[str]:
        """The commands that it ran, as people see them."""
        return [line.shown for line in self.lines]

    def on(self, command: str | re.Pattern[str]) -> Script:
        """Begin to script the answers to a command, as it is shown or sent; or to all in which a pattern is found.

        What is scripted later goes before what was scripted earlier.
        """
        script = Script()
        self._scripts.insert(0, (command, script))
        return script

    def unreachable(self, reason: str = "connection refused") -> Self:
        """Refuse to connect from now on, for this reason."""
        self._unreachable = reason
        return self

    async def connect(self) -> None:
        """Get ready for blocks. Raises `ConnectFailed` if it was told to be unreachable."""
        if self._unreachable:
            raise ConnectFailed({self.server: self._unreachable})
        self.connected, self._lost = True, False

    async def execute(self, block: Block, watch: Watch, moved: Moved = unwatched) -> Sequence[Result]:
        """Answer the lines in order, until one fails; what is given to a line has gone at once."""
        self.ran.append(block)
        results: list[Result] = []
        for number, line in enumerate(block.lines):
            if results and not results[-1].ok:
                results.append(Result(self.server, line.shown, LOST, note=SKIPPED))
            elif self._lost:
                results.append(Result(self.server, line.shown, LOST, note="lost"))
            else:
                size = len(line.stdin) if isinstance(line.stdin, bytes) else 0
                if size:
                    moved(number, size, size)
                results.append(await self._run(number, line, watch))
        return results

    async def converse(self, line: Line, watch: Watch) -> "FakeTalk":
        """Start a line that is talked to; what it is told is answered as if each line were a command."""
        self.lines.append(line)
        talk = FakeTalk(self, line, watch)
        talk.say(self._answer(line).out)
        return talk

    async def close(self) -> None:
        """Forget that it was connected."""
        self.connected = False

    async def _run(self, number: int, line: Line, watch: Watch) -> Result:
        self.lines.append(line)
        answer = self._answer(line)
        if line.into is None:
            _show(number, "out", answer.out, watch)
        else:
            await asyncio.to_thread(line.into.write_bytes, answer.out)
        _show(number, "err", answer.err, watch)
        if answer.hangs:
            await self._hang(line)
        self._lost = answer.note == "lost"
        out = b"" if line.into is not None else answer.out
        kept, complaints = out[: line.keep], answer.err[: line.keep]
        truncated = len(kept) < len(out) or len(complaints) < len(answer.err)
        return Result(self.server, line.shown, answer.status, kept, complaints, answer.note, truncated)

    async def _hang(self, line: Line) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.stopped.append(line)
            raise

    def _answer(self, line: Line) -> _Answer:
        for wanted, script in self._scripts:
            texts = (line.shown, line.text)
            if wanted in texts if isinstance(wanted, str) else any(wanted.search(text) for text in texts):
                return script.next()
        return _Answer()


class FakeTalk:
    """A conversation (`capify.ports.Conversation`) with a script; `told` has what it was told."""

    def __init__(self, remote: FakeRemote, line: Line, watch: Watch) -> None:
        self.told: list[str] = []
        self._remote = remote
        self._line = line
        self._watch = watch
        self._said = b""

    @property
    def ended(self) -> bool:
        """It waits for its end."""
        return False

    async def type(self, data: bytes) -> None:
        """Answer each line."""
        for text in data.decode().splitlines():
            self.told.append(text)
            self.say(self._remote._answer(Line(text, text)).out)  # noqa: SLF001 - one thing in two classes

    async def finish(self) -> None:
        """Nothing is read any more."""

    async def result(self, *, stop: bool = False) -> Result:
        """End well, or stopped."""
        note = "stopped" if stop else ""
        return Result(self._remote.server, self._line.shown, LOST if stop else 0, self._said, note=note)

    def say(self, data: bytes) -> None:
        """Write something."""
        self._said += data
        _show(0, "out", data, self._watch)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _show(number: int, stream: Stream, data: bytes, watch: Watch) -> None:
    if data:
        watch(number, stream, data)
