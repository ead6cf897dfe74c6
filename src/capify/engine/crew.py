"""The crew: one remote for each server of an invocation, connected together.

Rule: a server that cannot be reached at connect time means that no server runs anything, unless it is excused.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from capify.errors import ConnectFailed
from capify.events import Connected, Event, Warned
from capify.machines import Server
from capify.ports import Remote


@runtime_checkable
class Revivable(Protocol):
    """A remote that may be reached anew."""

    def revive(self) -> None:
        """Let it connect again when it is next used, if it was lost because this machine slept."""


class Crew:
    """Makes and keeps the remotes; connects at most `at_once` of them at a time."""

    def __init__(self, make: Callable[[Server], Remote], emit: Callable[[Event], None], *, at_once: int) -> None:
        self._make = make
        self._emit = emit
        self._at_once = at_once
        self._remotes: dict[Server, Remote] = {}

    def __getitem__(self, server: Server) -> Remote:
        return self._remotes[server]

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers that are connected."""
        return tuple(self._remotes)

    async def connect(self, servers: Sequence[Server], excuse: Callable[[Mapping[Server, str]], None]) -> None:
        """Connect to those that are not yet.

        `excuse` is asked about those that cannot be, with the reasons. Unless it lets the others go on, by not raising,
        none of them stays connected.
        """
        new = [server for server in servers if server not in self._remotes]
        bound = asyncio.Semaphore(self._at_once)
        failed: dict[Server, str] = {}

        async def one(server: Server) -> None:
            remote = self._make(server)
            async with bound:
                try:
                    await remote.connect()
                except ConnectFailed as error:
                    failed.update(error.reasons)
                    return
            self._remotes[server] = remote
            self._emit(Connected(server, remote.route))
            if remote.weakness:
                self._emit(Warned(f"{server}: {remote.weakness}"))

        whole = False
        try:
            async with asyncio.TaskGroup() as group:
                for server in new:
                    group.create_task(one(server))
            if failed:
                excuse({server: failed[server] for server in new if server in failed})
            whole = True
        finally:
            if not whole:
                await self._end(new)

    def revive(self) -> None:
        """Let servers be reached anew that were lost because this machine slept: what it failed at is known by now."""
        for remote in self._remotes.values():
            if isinstance(remote, Revivable):
                remote.revive()

    async def close(self) -> None:
        """End every remote. Never raises."""
        await self._end(list(self._remotes))

    async def _end(self, servers: Sequence[Server]) -> None:
        ending = [self._remotes.pop(server) for server in servers if server in self._remotes]
        await asyncio.gather(*(remote.close() for remote in ending), return_exceptions=True)
