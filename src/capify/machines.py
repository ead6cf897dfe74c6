"""Machines that recipes call servers, as values. (Named so because `servers` is a word of recipes.)

Rule: a server's identity is user, host and port; roles and properties belong to it, and to nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

# What a host, user or role may look like; checked before any program sees the word, so none can become an option.
HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|(?=[0-9A-Fa-f.]*:)[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?")
USER = re.compile(r"[A-Za-z_][A-Za-z0-9._@-]*\$?")
ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
T = TypeVar("T")
LOCAL = "localhost"
SSH = 22  # the port where none is written


@dataclass(frozen=True, slots=True)
class Server:
    """A machine, what it is for (`roles`), and what is known of it (`properties`).

    `user` and `port` are `None` where the operator's SSH configuration decides.
    """

    host: str
    user: str | None = None
    port: int | None = None
    roles: frozenset[str] = field(default=frozenset(), compare=False)
    properties: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The name that output carries: the host, with what distinguishes it."""
        return self.host if self.port in {None, SSH} else f"{self.host}:{self.port}"

    @property
    def address(self) -> str:
        """The whole identity as a user types it: `deploy@web1:2222`."""
        host = f"[{self.host}]" if ":" in self.host and self.port else self.host
        return "".join((f"{self.user}@" if self.user else "", host, f":{self.port}" if self.port else ""))

    @property
    def primary(self) -> bool:
        """Whether the recipe marked it `primary=True`."""
        return bool(self.properties.get("primary"))

    @property
    def takes_releases(self) -> bool:
        """Whether releases are deployed to it (Capistrano: not `no_release`)."""
        return not self.properties.get("no_release")

    def is_called(self, other: "Server | str") -> bool:
        """Whether this is meant: by a name or address, or by what `server()` returned before its user was known."""
        if isinstance(other, str):
            return other in {self.host, self.name, self.address, f"{self.user}@{self.host}"}
        same = (self.host, self.port or SSH) == (other.host, other.port or SSH)
        return same and other.user in {None, self.user}

    def __str__(self) -> str:
        return self.name


def grouped(values: Mapping[Server, T]) -> dict[T, list[Server]]:
    """Group servers that have the same, in the order in which they come."""
    groups: dict[T, list[Server]] = {}
    for server, value in values.items():
        groups.setdefault(value, []).append(server)
    return groups


def parse(text: str) -> tuple[str | None, str, int | None]:
    """Take `user@host:port` apart; raises `ValueError` with what is wrong.

    IPv6 addresses stand in brackets when a port follows: `[::1]:2222`.
    """
    user, at, rest = text.rpartition("@")
    host, port = _split_port(rest)
    if at and not USER.fullmatch(user):
        raise ValueError(f"`{user}` is not a user name")
    if not HOST.fullmatch(host):
        raise ValueError(f"`{host}` is not a host name")
    return (user if at else None), host, port


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        return text, None
    if not port and not text.endswith(":"):
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"`{port}` is not a port number")
    return host, int(port)
