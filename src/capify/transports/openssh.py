"""The OpenSSH program as a transport: one `ssh HOST` a server, which also shares its connection with further channels.

Rule: host keys are verified, always, strictly; whatever a configuration file says, and on jump hosts too.
Rule: everything else is as the user's OpenSSH configuration has it, unless it would change what a channel is.
"""

import asyncio
import os
import pwd
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from capify.errors import ConnectFailed, UsageError
from capify.machines import Server
from capify.ports import Terminal
from capify.transports.complaints import explain
from capify.transports.links import ProcessLink
from capify.transports.questions import Questions

LOST = 255  # the status of an ssh that failed by itself; a command's own 255 comes without a complaint
SHORT = 60  # characters of a folder's name; a socket's name may have about a hundred in all
POLL = 0.02  # seconds between looks for the socket of a connection that is being made

# What a user's configuration must not change about a channel of ours: no other command, terminal or forwarding in it.
_OPTIONS = (
    "EscapeChar=none",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
    "ClearAllForwardings=yes",
    "ForwardX11=no",
    "ControlPersist=no",
    "LogLevel=ERROR",  # QUIET would hide why it failed; INFO would add banners
)

# ssh hands the name of this file on to the ssh of a jump host, but not its `-o` options. The first value wins.
_CONFIGURATION = """\
StrictHostKeyChecking yes
NoHostAuthenticationForLocalhost no
"""


class OpenSshTransport:
    """Opens links by starting the OpenSSH program.

    `ssh_config` replaces the user's and the system's configuration (`none`: by nothing); `connect_timeout` and
    `keepalive` are seconds; a connection that misses three keepalives is lost. Without an interactive `terminal`
    nothing is asked. Raises `UsageError` when there is no such file.
    """

    name = "openssh"

    def __init__(
        self,
        *,
        ssh_config: str | None = None,
        connect_timeout: float = 10.0,
        terminal: Terminal | None = None,
        program: str = "ssh",
        keepalive: float = 15.0,
        forward_agent: bool = False,
    ) -> None:
        self._program = program
        self._timeout = max(1, round(connect_timeout))
        self._keepalive = round(keepalive)
        self._forward_agent = forward_agent
        own = configuration(ssh_config)
        self._folder = _private_folder()
        self._chosen_config = ["-F", ssh_config] if ssh_config else []
        self._config = self._folder / "config"
        self._config.write_text(own)
        asks = terminal is not None and terminal.interactive
        self._questions = Questions(terminal, self._folder) if terminal and asks else None
        self._connections: dict[Server, _Connection] = {}
        self._count = 0

    async def open(self, server: Server, command: str) -> ProcessLink:
        """Start a command under the login shell of the server's user. Raises `ConnectFailed`."""
        known = self._connections.get(server)
        while known and not known.master.ended and not known.socket.exists():  # noqa: ASYNC110 - ssh tells nobody
            await asyncio.sleep(POLL)
        if known and not known.master.ended:
            link = await self._start(server, command, "ControlMaster=no", known.socket)
            known.further = [other for other in known.further if not other.ended] + [link]
            return link
        self._count += 1
        socket = self._folder / str(self._count)
        link = await self._start(server, command, "ControlMaster=yes", socket)
        self._connections[server] = _Connection(link, socket)
        return link

    def explain(self, server: Server, complaint: str) -> str:
        """Turn what ssh said into one line that says what to do."""
        port = ["-p", str(server.port)] if server.port else []
        host = f"{server.user}@{server.host}" if server.user else server.host
        return explain(complaint, host=shlex.join([*self._chosen_config, *port, host]))

    async def close(self) -> None:
        """End every connection."""
        for connection in self._connections.values():
            for link in [*connection.further, connection.master]:
                await link.close()
        self._connections.clear()
        if self._questions:
            await self._questions.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self, server: Server, command: str, role: str, socket: Path) -> ProcessLink:
        self._count += 1
        log = self._folder / f"{self._count}.log"
        words = [*self._words(role, socket, log), *target(server), command]
        try:
            return await ProcessLink.start(
                words,
                environment=await self._environment(),
                complain=lambda: _text(log),
                meant=lambda status: None if status == LOST and _text(log) else status,
            )
        except OSError as error:
            raise ConnectFailed({server: f"cannot start `{self._program}`: {error.strerror}"}) from error

    def _words(self, role: str, socket: Path, log: Path) -> list[str]:
        options = [
            *_OPTIONS,
            "StrictHostKeyChecking=yes",
            f"ConnectTimeout={self._timeout}",
            f"ServerAliveInterval={self._keepalive}",
            "ServerAliveCountMax=3",
            f"ForwardAgent={'yes' if self._forward_agent else 'no'}",
            role,
            f"ControlPath={str(socket).replace('%', '%%')}",
            *([] if self._questions else ["BatchMode=yes"]),
        ]
        return [
            *(self._program, "-T", "-F", str(self._config), "-E", str(log)),
            *(word for option in options for word in ("-o", option)),
        ]

    async def _environment(self) -> Mapping[str, str]:
        asking = await self._questions.environment() if self._questions else {"SSH_ASKPASS_REQUIRE": "never"}
        return {**os.environ, **asking}


@dataclass(slots=True)
class _Connection:
    master: ProcessLink
    socket: Path
    further: list[ProcessLink] = field(default_factory=list)


def configuration(ssh_config: str | None) -> str:
    """Write what ssh is to read: first what holds for every connection of ours, then what the user or a setting chose.

    Raises `UsageError` when there is no such file.
    """
    return _CONFIGURATION + _included(ssh_config)


def target(server: Server) -> list[str]:
    """Spell a server as words of ssh, the last ones before a command."""
    user = ["-l", server.user] if server.user else []
    port = ["-p", str(server.port)] if server.port else []
    return [*user, *port, "--", server.host]


def _private_folder() -> Path:
    """Make a folder that nobody else can enter, with a name that leaves room for a socket's."""
    place = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="cap-", dir=place if len(place) < SHORT else "/tmp"))  # noqa: S108 - mkdtemp is safe there


def _included(ssh_config: str | None) -> str:
    if ssh_config == "none":
        return ""
    if ssh_config:
        path = Path(ssh_config).expanduser().resolve()
        if not path.exists():  # ssh would silently go on without it
            raise UsageError(f"there is no ssh configuration `{ssh_config}`")
        return f'Include "{path}"\n'
    # By the user database, as ssh itself finds it; `~` would follow HOME.
    home = pwd.getpwuid(os.getuid()).pw_dir
    return f'Include "{home}/.ssh/config"\nInclude "/etc/ssh/ssh_config"\n'


def _text(log: Path) -> str:
    try:
        return log.read_text("utf-8", "backslashreplace").strip()
    except OSError:
        return ""
