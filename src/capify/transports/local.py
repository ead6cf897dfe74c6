"""The operator's own machine as a server: a child shell without a login."""

from capify.errors import ConnectFailed
from capify.machines import Server
from capify.transports.links import ProcessLink


class LocalTransport:
    """Opens links to shells on this machine."""

    name = "local"

    def __init__(self, *, shell: tuple[str, ...] = ("sh",)) -> None:
        self._shell = shell
        self._links: list[ProcessLink] = []

    async def open(self, server: Server, command: str) -> "ProcessLink":
        """Start a command under the shell. Raises `ConnectFailed` when there is no such shell."""
        try:
            link = await ProcessLink.start([*self._shell, "-c", command])
        except OSError as error:
            raise ConnectFailed({server: f"cannot start `{self._shell[0]}`: {error.strerror}"}) from error
        self._links = [known for known in self._links if not known.ended] + [link]
        return link

    def explain(self, server: Server, complaint: str) -> str:
        """Turn a complaint into one line."""
        return " ".join(complaint.split()) or f"the shell on `{server}` ended at once"

    async def close(self) -> None:
        """End every shell."""
        for link in self._links:
            await link.close()
