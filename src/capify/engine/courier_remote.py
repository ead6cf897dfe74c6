"""The courier as a remote: blocks in, results out, over whatever link a transport makes.

Rule: nothing that happens on the server is raised; a line whose end nobody saw is a result that says `lost`.
Rule: a stopped command is dead before its result is given, or the result says what is left of it.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from itertools import groupby

from capify.blocks import Block, Line
from capify.courier.protocol import Session
from capify.engine.channel import Channel
from capify.engine.pipeline import Pipeline
from capify.engine.tally import Tally
from capify.engine.wire import Wire
from capify.errors import ConnectFailed
from capify.machines import Server
from capify.outcomes import Result
from capify.ports import Moved, Transport, Watch, unwatched

SMALL = 64 * 1024  # bytes of input that ride in the courier; more of it streams through a channel of its own
CHANNELS = 8  # at once on one connection; sshd's own bound (MaxSessions) is 10, and the courier has one


class Talk:
    """A line that waits for what it is told (`capify.ports.Conversation`)."""

    def __init__(self, tally: Tally, channel: Channel | None, running: "asyncio.Task[None] | None") -> None:
        self._tally = tally
        self._channel = channel
        self._running = running

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._running is None or self._running.done()

    async def type(self, data: bytes) -> None:
        """Give it something to read."""
        await self._unless_ended(self._channel.type(data) if self._channel else None)

    async def finish(self) -> None:
        """Let it read the end of its input."""
        await self._unless_ended(self._channel.finish() if self._channel else None)

    async def result(self, *, stop: bool = False) -> Result:
        """Wait for its end, or make it end; what it gave."""
        if self._running is not None:
            if stop:
                self._running.cancel()
            try:
                await asyncio.wait({self._running})
            except asyncio.CancelledError:
                self._running.cancel()
                await asyncio.wait({self._running})
                raise
            if not self._running.cancelled():
                self._running.exception()  # told by the tally
        return self._tally.result()

    async def _unless_ended(self, work: "Coroutine[None, None, None] | None") -> None:
        if work is None or self._running is None:
            return
        doing = asyncio.get_running_loop().create_task(work)
        try:
            await asyncio.wait({doing, self._running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            doing.cancel()


class CourierRemote:
    """A server, reached through one persistent shell.

    `grace` is the seconds between TERM and KILL; `lease` the seconds after which the server ends what a vanished
    operator runs (0: never), renewed `every` so many seconds; `patience` the seconds that a login may take in all,
    questions included; `shell` the POSIX shell to use there.
    """

    def __init__(
        self,
        server: Server,
        transport: Transport,
        *,
        grace: float = 5.0,
        lease: float = 45.0,
        every: float = 10.0,
        patience: float = 120.0,
        shell: str = "/bin/sh",
    ) -> None:
        self.server = server
        self._transport = transport
        self._grace = grace
        self._lease = lease
        self._every = every
        self._patience = patience
        self._shell = shell
        self._wire: Wire | None = None
        self._busy = False
        self._reopen = False
        self._opening = asyncio.Lock()
        self._channels = asyncio.Semaphore(CHANNELS)
        self._talks: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Open the courier, unless it is open. Raises `ConnectFailed`."""
        async with self._opening:
            if self._wire and not self._wire.lost:
                return
            session = Session(grace=self._grace, shell=self._shell)
            self._wire = await Wire.open(self._transport, self.server, session, patience=self._patience)
            self._wire.keep_alive(every=self._every, lease=self._lease)
            self._reopen = False

    @property
    def route(self) -> str:
        """Which transport it uses, by name."""
        return self._transport.name

    @property
    def weakness(self) -> str:
        """What cannot be promised on this server, and why; empty if nothing. Known once connected."""
        lacks = self._wire.lacks if self._wire else ()
        missing = ", ".join(f"`{name}`" for name in lacks)
        return f"a stopped command may leave processes behind, because there is no {missing}" if lacks else ""

    async def execute(self, block: Block, watch: Watch, moved: Moved = unwatched) -> Sequence[Result]:
        """Run the lines in order until one fails; one result for each line."""
        tallies = [Tally(self.server, line, index) for index, line in enumerate(block.lines)]
        for alone, stretch in groupby(tallies, key=self._goes_alone):
            await self._run(list(stretch), watch, moved, alone=alone)
            if any(not tally.ok for tally in tallies if tally.status is not None or tally.note != "skipped"):
                break
        return [tally.result() for tally in tallies]

    async def converse(self, line: Line, watch: Watch) -> "Talk":
        """Start a line that waits for what it is told; in a channel of its own, beside all else."""
        tally = Tally(self.server, line, 0)
        wire = await self._usable()
        if wire is None:
            tally.sent()
            return Talk(tally, None, None)
        channel = Channel(wire, tally, watch, grace=self._grace, talks=True)
        running = asyncio.get_running_loop().create_task(channel.run(self._transport, patience=self._patience))
        self._talks.add(running)
        running.add_done_callback(self._talks.discard)
        return Talk(tally, channel, running)

    def revive(self) -> None:
        """Connect again when it is next used, if it was lost because this machine slept for longer than the lease."""
        if self._wire and self._wire.lost and self._wire.overslept:
            self._reopen = True

    async def close(self) -> None:
        """End the courier, and with it what it still runs; a line that still waits was let go, and is stopped first."""
        if self._wire is None:
            return
        if self._talks:
            for talk in self._talks:
                talk.cancel()
            await asyncio.wait(self._talks)
        if self._busy or self._wire.lost:
            await self._wire.drop()
        else:
            await self._wire.close(patience=self._grace)

    def _goes_alone(self, tally: Tally) -> bool:
        line = tally.line
        large = not isinstance(line.stdin, bytes | None) or len(line.stdin or b"") > SMALL
        # A courier runs one command at a time; what comes meanwhile (a heartbeat, say) must not wait for it.
        return bool(large or line.into or line.answers or self._busy)

    async def _run(self, tallies: list[Tally], watch: Watch, moved: Moved, *, alone: bool) -> None:
        wire = await self._usable()
        if wire is None:
            tallies[0].sent()
        elif alone:
            for tally in tallies:
                async with self._channels:
                    channel = Channel(wire, tally, watch, grace=self._grace, moved=moved)
                    await channel.run(self._transport, patience=self._patience)
                if not tally.ok:
                    break
        else:
            await self._run_ahead(wire, tallies, watch)

    async def _run_ahead(self, wire: Wire, tallies: list[Tally], watch: Watch) -> None:
        pipeline = Pipeline(wire, tallies, watch, grace=self._grace)
        self._busy = True
        try:
            await pipeline.run()
        finally:
            self._busy = False
            self._reopen = pipeline.broke_courier

    async def _usable(self) -> Wire | None:
        """Give the open courier; a new one where the last died of our own doing, but not where the server was lost."""
        if self._wire and self._wire.lost and self._reopen:
            with contextlib.suppress(ConnectFailed):
                await self.connect()
        return None if self._wire is None or self._wire.lost else self._wire
