"""A line in a channel of its own: one that streams its input, saves its output, answers prompts, or cannot wait.

Rule: the courier knows of it before it runs, and stops it, because a dropped channel alone stops nothing.
Rule: a downloaded file appears whole, under its name, or not at all.
"""

import asyncio
import contextlib
import io
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from capify.blocks import Line
from capify.courier.messages import Begun, Ended, Message, Output, Stopped
from capify.engine.answering import Answers
from capify.engine.pipeline import MARGIN
from capify.engine.progress import Progress
from capify.engine.tally import Deadlines, Tally
from capify.engine.wire import Wire
from capify.errors import ConnectFailed, TaskFailed
from capify.ports import Moved, Transport, Watch, unwatched
from capify.wording import counted

CHUNK = 256 * 1024  # bytes of a file that are sent at a time


class Channel:
    """One line on its way through a channel of its own, beside a courier."""

    def __init__(
        self, courier: Wire, tally: Tally, watch: Watch, *, grace: float, talks: bool = False, moved: Moved = unwatched
    ) -> None:
        self._courier = courier
        self._tally = tally
        self._watch = watch
        self._limit = grace + MARGIN
        self._number = courier.session.adopt()
        self._group = 0
        self._wire: Wire | None = None
        self._begun = asyncio.Event()
        self._done = asyncio.Event()
        self._ended = self._dying = False
        self._note = ""
        self._into: BinaryIO | None = None
        self._answers = Answers(tally.line.answers)
        self._stays_open = talks or bool(tally.line.answers)
        self._deadlines = Deadlines(tally.line, self._stop)
        self._progress = Progress(_size(tally.line), lambda done, size: moved(tally.index, done, size))

    async def run(self, transport: Transport, *, patience: float) -> None:
        """Run the line, and fill its tally. When cancelled, it is dead before this returns.

        Raises `TaskFailed` when a file on the operator's machine cannot be read or written.
        """
        self._courier.flush()
        self._courier.listen(self._hear_courier)
        with _saved(self._tally) as self._into, _opened(self._tally.line.stdin) as source:
            try:
                await self._run(transport, source, patience)
            except ConnectFailed as error:
                self._tally.end(None, f"not run: {next(iter(error.reasons.values()))}")
            finally:
                self._deadlines.end()
                self._courier.ignore(self._hear_courier)
                self._courier.session.forget(self._number)
                self._courier.flush()

    async def type(self, data: bytes) -> None:
        """Give the line something to read, once it has begun. Does nothing after its end."""
        await self._begun.wait()
        if self._wire and not self._ended:
            self._wire.type(data)

    async def finish(self) -> None:
        """Let the line read the end of its input."""
        await self._begun.wait()
        if self._wire and not self._ended:
            with contextlib.suppress(ConnectionError):
                await self._wire.finish()

    async def _run(self, transport: Transport, source: BinaryIO | None, patience: float) -> None:
        line = self._tally.line
        takes_input = source is not None or line.stdin is not None or self._stays_open
        session = self._courier.session.single(self._number, line.text, takes_input=takes_input)
        self._tally.sent()
        try:
            self._wire = await Wire.open(transport, self._tally.server, session, patience=patience)
        except asyncio.CancelledError:
            # It may have begun this very moment; its number is enough to find it.
            if not self._courier.lacks:
                self._courier.session.stop_adopted(self._number, 0)
            raise
        self._wire.listen(self._handle)
        self._wire.flush()
        feeding = asyncio.get_running_loop().create_task(self._feed(self._wire, source))
        try:
            await self._done.wait()
        except asyncio.CancelledError:
            self._stop("stopped")
            await self._done.wait()
            raise
        finally:
            feeding.cancel()
            await asyncio.wait({feeding})
            await self._wire.drop()

    async def _feed(self, wire: Wire, source: BinaryIO | None) -> None:
        await self._begun.wait()
        given = io.BytesIO(self._tally.line.stdin) if isinstance(self._tally.line.stdin, bytes) else source
        with contextlib.suppress(ConnectionError):
            while given and (data := self._read(given)):
                await wire.send(data)
                self._progress.add(len(data))
            if not self._stays_open:
                await wire.finish()

    def _read(self, source: BinaryIO) -> bytes:
        try:
            return source.read(CHUNK)
        except OSError as error:
            self._stop(f"cannot read `{self._tally.line.stdin!s}`: {error.strerror}")
            return b""

    def _handle(self, message: Message | None) -> None:
        match message:
            case None if not self._ended:
                # The channel broke. The command may not have noticed, so it is stopped through the courier.
                self._ended = True
                self._stop("lost")
                self._settle()
            case Begun(_, group):
                self._group = group
                self._begun.set()
                if self._note:
                    self._kill()
                else:
                    self._deadlines.begin()
            case Output(int()):
                self._output(message)
            case Ended(_, status):
                self._deadlines.end()
                self._tally.end(status, self._note)
                self._ended = True
                self._settle()

    def _output(self, output: Output) -> None:
        self._deadlines.heard()
        reply = self._answers.hear(output.stream, output.data)
        if reply and self._wire:
            self._wire.type(reply)
        if output.stream == "out" and self._into:
            try:
                self._into.write(output.data)
                self._progress.add(len(output.data))
            except OSError as error:
                self._stop(f"cannot write `{self._tally.line.into}`: {error.strerror}")
            return
        self._tally.take(output.stream, output.data)
        self._watch(self._tally.index, output.stream, output.data)

    def _hear_courier(self, message: Message | None) -> None:
        match message:
            case None if self._dying or self._note:
                self._finish()
            case Stopped(number, left) if number == self._number and self._dying:
                self._dying = False
                if left:
                    self._tally.note += f", but {counted(left, 'process', 'processes')} of it could not be killed"
                self._settle()

    def _stop(self, note: str) -> None:
        if self._note:
            return
        self._note = self._tally.note = note
        self._deadlines.end()
        asyncio.get_running_loop().call_later(self._limit, self._finish)
        if self._begun.is_set():
            self._kill()

    def _kill(self) -> None:
        if not self._group or self._courier.lost:
            self._finish()  # nothing can be stopped there; what is left is the end of its streams
            return
        self._dying = True
        self._courier.session.stop_adopted(self._number, self._group)
        self._courier.flush()

    def _settle(self) -> None:
        if self._ended and not self._dying:
            self._finish()

    def _finish(self) -> None:
        self._done.set()


def _size(line: Line) -> int:
    """How many bytes the line is given to read; 0 for what nobody knows."""
    if isinstance(line.stdin, Path):
        with contextlib.suppress(OSError):
            return line.stdin.stat().st_size
        return 0
    return len(line.stdin or b"")


@contextlib.contextmanager
def _opened(stdin: bytes | Path | None) -> Iterator[BinaryIO | None]:
    if not isinstance(stdin, Path):
        yield None
        return
    try:
        source = stdin.open("rb")
    except OSError as error:
        raise TaskFailed(f"cannot read `{stdin}`: {error.strerror}") from error
    with source:
        yield source


@contextlib.contextmanager
def _saved(tally: Tally) -> Iterator[BinaryIO | None]:
    """Open a file beside the target, which takes the target's place when the line ended well."""
    target = tally.line.into
    if target is None:
        yield None
        return
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            yield file
        if tally.ok:
            temporary.replace(target)
    except OSError as error:
        raise TaskFailed(f"cannot write `{target}`: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
