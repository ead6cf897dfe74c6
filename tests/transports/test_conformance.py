"""What every transport must do: one suite for all of them. A new transport joins by a line in `TRANSPORTS`.

What a plugin's transport must do, too, is in `capify.testing.conformance`; here is what only this machine can see.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.loopback import Sshd
from tests.steering import alive, begun, kill, token, wait_until

from capify.errors import ConnectFailed
from capify.machines import Server
from capify.ports import Transport
from capify.testing.conformance import TransportConformance
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

pytestmark = pytest.mark.fleet


class TestEveryTransport(TransportConformance):
    @pytest.fixture(params=TRANSPORTS)
    def transport(self, request: pytest.FixtureRequest, sshd: Sshd) -> Callable[[], Transport]:
        return lambda: TRANSPORTS[request.param](sshd)

    @pytest.fixture
    def server(self) -> Server:
        return Server("testhost")

    def test_a_program_sees_the_end_of_its_input_when_the_link_is_dropped(self, drive):
        waiting, noticed = token(), token()

        async def scene(start):
            link = await start(f"exec sh -c 'trap : HUP TERM; echo ready; cat; exec sleep {noticed}' sh {waiting}")
            await link.read("out")
            await link.close()

        drive(scene)
        wait_until(lambda: not alive(waiting))
        kill(noticed)

    def test_closing_the_transport_ends_its_programs(self, drive):
        sleep = token()

        async def scene(start):
            link = await start(f"exec sleep {sleep}")
            await begun(sleep)
            return link

        link: Any = drive(scene)
        assert link.ended
        kill(sleep)  # over ssh it survives: that is why there is a courier


def test_a_program_that_cannot_be_started_is_a_failed_connection(sshd: Sshd, server: Server):
    async def scenario(transport: Transport) -> None:
        try:
            with pytest.raises(ConnectFailed, match="cannot start `/no/such/"):
                await transport.open(server, "true")
        finally:
            await transport.close()

    for make in BROKEN.values():
        asyncio.run(scenario(make(sshd)))
