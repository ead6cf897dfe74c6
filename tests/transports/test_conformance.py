"""What every transport must do: one suite for all of them. A new transport joins by a line in `TRANSPORTS`."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest
from tests.loopback import Sshd
from tests.steering import alive, begun, kill, token, wait_until

from capify.errors import ConnectFailed
from capify.machines import Server
from capify.ports import Link, Transport
from capify.transports.local import LocalTransport
from capify.transports.openssh import OpenSshTransport

TRANSPORTS: dict[str, Callable[[Sshd], Transport]] = {
    "local": lambda _: LocalTransport(),
    "openssh": lambda sshd: OpenSshTransport(ssh_config=sshd.config),
}
BROKEN: dict[str, Callable[[Sshd], Transport]] = {
    "local": lambda _: LocalTransport(shell=("/no/such/shell",)),
    "openssh": lambda _: OpenSshTransport(program="/no/such/ssh"),
}
GUARD = 30.0

pytestmark = pytest.mark.fleet

Start: TypeAlias = Callable[[str], Coroutine[Any, Any, Link]]


@pytest.fixture(params=TRANSPORTS)
def drive(request: pytest.FixtureRequest, sshd: Sshd, server: Server) -> Callable[..., Any]:
    """Run a scenario that opens links, and close the transport behind it."""

    def drive(scenario: Callable[[Start], Coroutine[Any, Any, Any]]) -> Any:
        async def run() -> Any:
            transport = TRANSPORTS[request.param](sshd)
            try:
                return await asyncio.wait_for(scenario(lambda command: transport.open(server, command)), GUARD)
            finally:
                await transport.close()

        return asyncio.run(run())

    return drive


async def everything(link: Link, stream: str = "out") -> bytes:
    data = b""
    while chunk := await link.read(stream):  # type: ignore[arg-type]
        data += chunk
    return data


def test_streams_stay_apart_and_the_status_comes(drive):
    async def scenario(start):
        link = await start("echo out; echo err >&2; exit 3")
        return await everything(link), await everything(link, "err"), await link.wait()

    assert drive(scenario) == (b"out\n", b"err\n", 3)


def test_input_arrives_and_ends(drive):
    async def scenario(start):
        link = await start("cat")
        await link.write(b"\0\xff\n")
        await link.write(b"more")
        await link.finish()
        return await everything(link), await link.wait()

    assert drive(scenario) == (b"\0\xff\nmore", 0)


def test_a_program_may_talk_both_ways(drive):
    async def scenario(start):
        link, said = await start("while read x; do echo got $x; done"), []
        for word in (b"one", b"two"):
            await link.write(word + b"\n")
            said.append(await link.read("out"))
        await link.finish()
        return said, await link.wait()

    assert drive(scenario) == ([b"got one\n", b"got two\n"], 0)


def test_a_slow_reader_makes_the_program_wait_and_not_the_memory_grow(drive):
    async def scenario(start):
        link = await start("head -c 20000000 /dev/zero")
        first = await link.read("out")
        rest = await everything(link)
        return len(first) <= 64 * 1024, len(first) + len(rest), await link.wait()

    assert drive(scenario) == (True, 20_000_000, 0)


def test_a_dropped_link_reads_as_ended_and_writes_as_broken(drive):
    async def scenario(start):
        link = await start("cat")
        await link.write(b"x")
        await link.read("out")
        await link.close()
        await link.close()
        assert await link.read("out") == b""
        with pytest.raises(ConnectionError):
            await link.write(b"x")

    drive(scenario)


def test_a_program_sees_the_end_of_its_input_when_the_link_is_dropped(drive):
    waiting, noticed = token(), token()

    async def scenario(start):
        link = await start(f"exec sh -c 'trap : HUP TERM; echo ready; cat; exec sleep {noticed}' sh {waiting}")
        await link.read("out")
        await link.close()

    drive(scenario)
    wait_until(lambda: not alive(waiting))
    kill(noticed)


def test_several_links_of_one_server_work_side_by_side(drive):
    async def scenario(start):
        links = [await start(f"read x; echo {number} $x") for number in range(4)]
        for link in reversed(links):
            await link.write(b"go\n")
        return [await everything(link) for link in links]

    assert drive(scenario) == [f"{number} go\n".encode() for number in range(4)]


def test_a_program_that_cannot_be_started_is_a_failed_connection(sshd: Sshd, server: Server):
    async def scenario(transport: Transport) -> None:
        try:
            with pytest.raises(ConnectFailed, match="cannot start `/no/such/"):
                await transport.open(server, "true")
        finally:
            await transport.close()

    for make in BROKEN.values():
        asyncio.run(scenario(make(sshd)))


def test_closing_the_transport_ends_its_programs(drive):
    sleep = token()

    async def scenario(start):
        link = await start(f"exec sleep {sleep}")
        await begun(sleep)
        return link

    link = drive(scenario)
    assert link.ended
    kill(sleep)  # over ssh it survives: that is why there is a courier
