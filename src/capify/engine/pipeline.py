"""The pipeline: the stretch of a block that goes through the courier, sent ahead so that it costs one round trip.

Rule: what waits behind a running command stays small, or the courier's listener would block and be deaf.
Rule: once something is stopped, everything of the stretch that still begins is stopped too.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from capify.courier.messages import Begun, Ended, ExecutorDied, Message, Output, Stopped
from capify.engine.tally import Deadlines, Tally
from capify.engine.wire import Wire
from capify.ports import Watch
from capify.wording import counted

QUEUE = 32 * 1024  # bytes of texts that may wait behind a running command; a pipe holds twice as much
MARGIN = 10.0  # seconds beyond the grace after which a stop is given up, and the link dropped


class Pipeline:
    """Lines of one block on their way through one courier."""

    def __init__(self, wire: Wire, tallies: Sequence[Tally], watch: Watch, *, grace: float) -> None:
        self._wire = wire
        self._watch = watch
        self._limit = grace + MARGIN
        self._unsent = deque(tallies)
        self._chain = 0
        self._sent: dict[int, _Sent] = {}  # those whose end has not come
        self._dying: dict[int, Tally] = {}  # begun, and being stopped
        self._note = ""  # why everything is being stopped
        self._done = asyncio.Event()
        self._abandoned = False
        self.broke_courier = False

    async def run(self) -> None:
        """Run the lines, and fill their tallies. When cancelled, what runs is dead before this returns."""
        self._wire.listen(self._handle)
        try:
            self._feed()
            await self._done.wait()
        except asyncio.CancelledError:
            self._stop("stopped")
            await self._done.wait()
            raise
        finally:
            self._wire.ignore(self._handle)
            for sent in self._sent.values():
                sent.deadlines.end()
            if self._abandoned or not self._done.is_set():
                self.broke_courier = True
                await self._wire.drop()

    def _feed(self) -> None:
        while self._unsent and not self._note and not self._wire.lost:
            tally = self._unsent[0]
            size = len(tally.line.text) + len(_input(tally))
            waiting = sum(sent.size for sent in self._sent.values() if not sent.begun)
            if self._sent and waiting + size > QUEUE:
                break
            self._unsent.popleft()
            number = self._wire.session.run(tally.line.text, chain=self._chain, stdin=_input(tally))
            self._chain = self._chain or number
            tally.sent()
            self._sent[number] = _Sent(tally, size, Deadlines(tally.line, self._stop))
        self._wire.flush()
        self._settle()

    def _handle(self, message: Message | None) -> None:
        match message:
            case None:
                self._lost()
            case Begun(number) if number in self._sent:
                self._begun(number)
            case Output(int(number), stream, data) if number in self._sent:
                sent = self._sent[number]
                sent.deadlines.heard()
                sent.tally.take(stream, data)
                self._watch(sent.tally.index, stream, data)
            case Ended(number, status) if number in self._sent:
                self._ended(number, status)
            case Stopped(number, left) if number in self._dying:
                self._dead(number, left)
            case ExecutorDied() if self._sent:
                self.broke_courier = True
                self._stop("lost")

    def _begun(self, number: int) -> None:
        sent = self._sent[number]
        sent.begun = True
        if self._note:
            # The session has sent the stop that was wished for, now that the group is known.
            self._dying[number] = sent.tally
            sent.tally.note = self._note
        else:
            sent.deadlines.begin()
            self._feed()

    def _ended(self, number: int, status: int | None) -> None:
        sent = self._sent.pop(number)
        sent.deadlines.end()
        sent.tally.end(status, self._note if sent.begun else "")
        if status != 0:
            self._unsent.clear()
        self._feed()

    def _dead(self, number: int, left: int) -> None:
        tally = self._dying.pop(number)
        if left:
            tally.note += f", but {counted(left, 'process', 'processes')} of it could not be killed"
        if self.broke_courier:
            self._abandon()
        self._settle()

    def _stop(self, note: str) -> None:
        if self._note:
            return
        self._note = note
        self._unsent.clear()
        for number, sent in self._sent.items():
            sent.deadlines.end()
            self._wire.session.stop(number)
            if sent.begun:
                self._dying[number] = sent.tally
                sent.tally.note = note
        self._wire.flush()
        if self.broke_courier and not self._dying:
            self._abandon()
        else:
            asyncio.get_running_loop().call_later(self._limit, self._abandon)
        self._settle()

    def _abandon(self) -> None:
        if not self._done.is_set():
            self._abandoned = True
            self._done.set()

    def _lost(self) -> None:
        # A courier without groups dies of a stop: that is no accident, and another may be opened.
        self.broke_courier = self.broke_courier or bool(self._note)
        self._done.set()

    def _settle(self) -> None:
        if not (self._sent or self._dying or self._unsent) or self._wire.lost:
            self._done.set()


class _Sent:
    __slots__ = ("begun", "deadlines", "size", "tally")

    def __init__(self, tally: Tally, size: int, deadlines: Deadlines) -> None:
        self.tally = tally
        self.size = size
        self.deadlines = deadlines
        self.begun = False


def _input(tally: Tally) -> bytes:
    return tally.line.stdin if isinstance(tally.line.stdin, bytes) else b""
