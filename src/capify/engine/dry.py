"""The dry remote: passes on what only reads, and nothing else.

Rule: a block is passed on whole or not at all; half of one would be something that nobody wrote.
"""

from collections.abc import Sequence

from capify.blocks import Block, Line
from capify.errors import TaskFailed
from capify.machines import Server
from capify.outcomes import Result
from capify.ports import Conversation, Moved, Remote, Watch, unwatched

PREVIEWED = "previewed"


class DryRemote:
    """A server on which nothing is changed."""

    server: Server

    def __init__(self, inner: Remote) -> None:
        self.server = inner.server
        self._inner = inner

    @property
    def route(self) -> str:
        """The transport behind it."""
        return self._inner.route

    @property
    def weakness(self) -> str:
        """What cannot be promised on this server."""
        return self._inner.weakness

    async def connect(self) -> None:
        """Get the inner remote ready for reads. Raises `ConnectFailed`."""
        await self._inner.connect()

    async def execute(self, block: Block, watch: Watch, moved: Moved = unwatched) -> Sequence[Result]:
        """Run a block whose every line reads; say of another that it was previewed."""
        if block.reads:
            return await self._inner.execute(block, watch, moved)
        return [Result(self.server, line.shown, 0, note=PREVIEWED) for line in block.lines]

    async def converse(self, line: Line, watch: Watch) -> Conversation:  # noqa: ARG002 - the port's shape
        """Refuse: what a conversation leads to, nobody knows. The word `session` shows it instead."""
        raise TaskFailed(f"a dry run does not talk to `{line.shown}`")

    async def close(self) -> None:
        """End the inner remote."""
        await self._inner.close()
