"""What every transport must do, as tests to inherit: Capify's own transports pass them, and a plugin's must, too.

    class TestContainer(TransportConformance):
        @pytest.fixture
        def transport(self):
            return lambda: ContainerTransport("docker")     # one is made for each test, and closed after it

        @pytest.fixture
        def server(self):
            return Server("shop-1")                         # one that runs POSIX sh

Rule: nothing is measured in time; a transport that hangs fails after `GUARD` seconds.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest

from capify.events import Stream
from capify.machines import Server
from capify.ports import Link, Transport

GUARD = 30.0

Start: TypeAlias = Callable[[str], Coroutine[Any, Any, Link]]
Scene: TypeAlias = Callable[[Start], Coroutine[Any, Any, Any]]
Drive: TypeAlias = Callable[[Scene], Any]


class TransportConformance:
    """The tests; a class of yours that inherits them gives the fixtures `transport` and `server`."""

    @pytest.fixture
    def transport(self) -> Callable[[], Transport]:
        """Make the transport under test."""
        raise NotImplementedError("give a fixture `transport`: a function that makes one")

    @pytest.fixture
    def server(self) -> Server:
        """Name a server that it reaches."""
        raise NotImplementedError("give a fixture `server`")

    @pytest.fixture
    def drive(self, transport: Callable[[], Transport], server: Server) -> Drive:
        """Run a scene that opens links, and close the transport behind it."""

        def drive(scene: Scene) -> Any:
            async def run() -> Any:
                made = transport()
                try:
                    return await asyncio.wait_for(scene(lambda command: made.open(server, command)), GUARD)
                finally:
                    await made.close()

            return asyncio.run(run())

        return drive

    def test_it_has_a_name(self, transport: Callable[[], Transport]) -> None:
        made = transport()
        assert made.name
        asyncio.run(made.close())

    def test_what_it_explains_is_one_line(self, transport: Callable[[], Transport], server: Server) -> None:
        made = transport()
        for complaint in ("", "it hurts", "two\nlines\n"):
            assert made.explain(server, complaint).strip()
            assert "\n" not in made.explain(server, complaint)
        asyncio.run(made.close())

    def test_streams_stay_apart_and_the_status_comes(self, drive: Drive) -> None:
        async def scene(start: Start) -> object:
            link = await start("echo out; echo err >&2; exit 3")
            return await everything(link), await everything(link, "err"), await link.wait()

        assert drive(scene) == (b"out\n", b"err\n", 3)

    def test_input_arrives_and_ends(self, drive: Drive) -> None:
        async def scene(start: Start) -> object:
            link = await start("cat")
            await link.write(b"\0\xff\n")
            await link.write(b"more")
            await link.finish()
            return await everything(link), await link.wait()

        assert drive(scene) == (b"\0\xff\nmore", 0)

    def test_a_program_may_talk_both_ways(self, drive: Drive) -> None:
        async def scene(start: Start) -> object:
            link, said = await start("while read x; do echo got $x; done"), []
            for word in (b"one", b"two"):
                await link.write(word + b"\n")
                said.append(await link.read("out"))
            await link.finish()
            return said, await link.wait()

        assert drive(scene) == ([b"got one\n", b"got two\n"], 0)

    def test_a_slow_reader_makes_the_program_wait_and_not_the_memory_grow(self, drive: Drive) -> None:
        async def scene(start: Start) -> object:
            link = await start("head -c 20000000 /dev/zero")
            first = await link.read("out")
            rest = await everything(link)
            return len(first) <= 64 * 1024, len(first) + len(rest), await link.wait()

        assert drive(scene) == (True, 20_000_000, 0)

    def test_a_dropped_link_reads_as_ended_and_writes_as_broken(self, drive: Drive) -> None:
        async def scene(start: Start) -> None:
            link = await start("cat")
            await link.write(b"x")
            await link.read("out")
            await link.close()
            await link.close()
            assert await link.read("out") == b""
            with pytest.raises(ConnectionError):
                await link.write(b"x")

        drive(scene)

    def test_several_links_of_one_server_work_side_by_side(self, drive: Drive) -> None:
        async def scene(start: Start) -> list[bytes]:
            links = [await start(f"read x; echo {number} $x") for number in range(4)]
            for link in reversed(links):
                await link.write(b"go\n")
            return [await everything(link) for link in links]

        assert drive(scene) == [f"{number} go\n".encode() for number in range(4)]


async def everything(link: Link, stream: Stream = "out") -> bytes:
    """Read a stream to its end."""
    data = b""
    while chunk := await link.read(stream):
        data += chunk
    return data
