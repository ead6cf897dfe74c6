"""The inventory: which servers were declared, with which roles and properties, and where.

Rule: declaring a server twice adds to it. Roles add up; properties of the later declaration win.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from capify.errors import RecipeError
from capify.machines import ROLE, Server, parse
from capify.places import Place

PROPERTIES = ("primary", "no_release")  # those that Capify itself understands


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration: a server as written, and where."""

    server: Server
    place: Place


@dataclass(slots=True)
class Inventory:
    """Every declaration, in order."""

    declared: list[Declared] = field(default_factory=list)
    sealed: bool = False

    def add(self, address: str, roles: Iterable[str], place: Place, /, **properties: object) -> Server:
        """Declare a server by `user@host:port`. Raises `RecipeError` for what cannot be one."""
        if self.sealed:
            hint = "declare it in a recipe, outside of tasks"
            raise RecipeError("servers cannot be declared once the first task has started", place=place, hint=hint)
        server = _server(address, tuple(roles), place, properties)
        self.declared.append(Declared(server, place))
        return server

    def servers(self, default_user: Callable[[], str | None] = lambda: None) -> tuple[Server, ...]:
        """Every server once, in the order of their first declaration; `default_user` serves where none is written."""
        merged: dict[tuple[str | None, str, int | None], Server] = {}
        for entry in self.declared:
            server = entry.server
            if server.user is None:
                server = replace(server, user=default_user())
            key = (server.user, server.host, server.port or 22)
            merged[key] = _merge(merged[key], server) if key in merged else server
        return tuple(merged.values())

    def stated(self) -> Iterator[tuple[Server, str, Place]]:
        """Every property that a declaration states: of which server, by which name, where."""
        return ((one.server, name, one.place) for one in self.declared for name in one.server.properties)

    def places(self) -> Mapping[str, Place]:
        """Where each host was first declared."""
        return {entry.server.host: entry.place for entry in reversed(self.declared)}


def _server(address: str, roles: tuple[str, ...], place: Place, properties: Mapping[str, object]) -> Server:
    if not isinstance(address, str):
        raise RecipeError(f"a server is named by text such as `deploy@web1:22`, not by {address!r}", place=place)
    try:
        user, host, port = parse(address)
    except ValueError as error:
        raise RecipeError(f"server `{address}`: {error}", place=place, hint="such as `deploy@web1:22`") from None
    for role in roles:
        if not isinstance(role, str) or not ROLE.fullmatch(role):
            hint = f'write each role by itself: server("{address}", "app", "web")'
            raise RecipeError(f"`{role}` is not a role name: letters, digits, `_` and `-`", place=place, hint=hint)
    if not roles:
        hint = f'say what it is for: server("{address}", "app", "web")'
        raise RecipeError(f"server `{address}` has no role", place=place, hint=hint)
    return Server(host, user, port, frozenset(roles), dict(properties))


def _merge(earlier: Server, later: Server) -> Server:
    return replace(
        earlier,
        port=earlier.port or later.port,
        roles=earlier.roles | later.roles,
        properties={**earlier.properties, **later.properties},
    )
