"""A transport into containers on this machine: the host of a server is the container's name.

config.transport = "container"
config.container_program = "podman"        # if it is not docker
server("shop-web-1", "web")
"""

from capify.errors import ConnectFailed
from capify.machines import Server
from capify.plugins import Lookup, TransportPlugin
from capify.ports import Terminal
from capify.transports.links import ProcessLink


class ContainerTransport:
    """Opens links to shells in containers."""

    name = "container"

    def __init__(self, program: str) -> None:
        self._program = program
        self._links: list[ProcessLink] = []

    async def open(self, server: Server, command: str) -> ProcessLink:
        """Start a command in the container."""
        user = ["--user", server.user] if server.user else []
        words = [self._program, "exec", "-i", *user, server.host, "sh", "-c", command]
        try:
            link = await ProcessLink.start(words)
        except OSError as error:
            raise ConnectFailed({server: f"cannot start `{self._program}`: {error.strerror}"}) from error
        self._links.append(link)
        return link

    def explain(self, server: Server, complaint: str) -> str:
        """Say in one line what is wrong; what the program itself complained of is told anyway."""
        return " ".join(complaint.split()) or f"the container `{server.host}` ended at once"

    async def close(self) -> None:
        """End every command."""
        for link in self._links:
            await link.close()


def make(settings: Lookup, _terminal: Terminal) -> ContainerTransport:
    """Take the program from the settings; nobody has to be asked anything."""
    return ContainerTransport(str(settings.get("container_program", "docker")))


plugin = TransportPlugin(make, api=1)
