"""Which servers a task works on.

Rule: selection only narrows. No option, filter or caller ever adds a server that the task itself does not select.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from capify.errors import UsageError
from capify.machines import Server, parse
from capify.recipe.tasks import Options, Task, Where
from capify.wording import suggestion, ticked


@dataclass(frozen=True, slots=True)
class Filters:
    """What the command line narrows to: `HOSTS=`, `ROLES=`, `HOSTFILTER=`, `HOSTROLEFILTER=` of Capistrano 2."""

    hosts: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.hosts or self.roles)

    def __str__(self) -> str:
        hosts = f"hosts {ticked(self.hosts)}" if self.hosts else ""
        roles = f"roles {ticked(self.roles)}" if self.roles else ""
        return " and ".join(part for part in (hosts, roles) if part)


def filters_of(environment: Mapping[str, str]) -> Filters:
    """Read Capistrano's four variables; where both of a kind are given, both narrow."""
    return Filters(
        _both(environment.get("HOSTS", ""), environment.get("HOSTFILTER", ""), "hosts"),
        _both(environment.get("ROLES", ""), environment.get("HOSTROLEFILTER", ""), "roles"),
    )


def available(
    declared: Sequence[Server], filters: Filters, default_user: Callable[[], str | None] = lambda: None
) -> tuple[Server, ...]:
    """Narrow the inventory. Where nothing is declared, the named hosts are the inventory, as the default user.

    Raises `UsageError` for a host or role that does not exist, and when nothing is left.
    """
    if not declared and filters.hosts:
        strangers = [_stranger(host) for host in filters.hosts]
        declared = [replace(one, user=one.user or default_user()) for one in dict.fromkeys(strangers)]
    _refuse_strangers(declared, filters)
    left = tuple(server for server in declared if _passes(server, filters))
    if filters.given and not left:
        raise UsageError(f"no server is left by {filters}", hint=f"there are {ticked(declared)}")
    return left


def select(servers: Iterable[Server], options: Options) -> tuple[Server, ...]:
    """Select the servers that a task's definition asks for, in order; `once` takes the primary, else the first."""
    chosen = tuple(server for server in servers if _wanted(server, options))
    if options.primary:
        chosen = tuple(server for server in chosen if server.primary) or chosen[:1]
    return (first(chosen),) if options.once and chosen else chosen


def first(servers: Sequence[Server]) -> Server:
    """The one that stands for all: the primary, else the first."""
    return next((server for server in servers if server.primary), servers[0])


def describe(task: Task) -> str:
    """Say in words what a task selects."""
    options = task.options
    parts = [
        f"roles {ticked(options.roles)}" if options.roles is not None else "",
        f"where {_where_text(options.where)}" if options.where is not None else "",
        "taking releases" if options.releases_only else "",
    ]
    said = [part for part in parts if part]
    return f"servers with {', '.join(said)}" if said else "any server"


def waves(servers: Sequence[Server], at_once: int | str | None) -> tuple[tuple[Server, ...], ...]:
    """Cut servers into waves: of a number, or of a share of them (at least one)."""
    if not servers:
        return ()
    if at_once is None:
        return (tuple(servers),)
    share = str(at_once).removesuffix("%")
    size = at_once if isinstance(at_once, int) else max(len(servers) * int(share) // 100, 1)
    return tuple(tuple(servers[start : start + size]) for start in range(0, len(servers), size))


def matches(server: Server, where: Where) -> bool:
    """Whether a server has the properties, or satisfies the function."""
    if callable(where):
        return bool(where(server))
    return all(server.properties.get(name) == value for name, value in where.items())


def _wanted(server: Server, options: Options) -> bool:
    if options.roles is not None and not server.roles & set(options.roles):
        return False
    if options.releases_only and not server.takes_releases:
        return False
    return options.where is None or matches(server, options.where)


def _passes(server: Server, filters: Filters) -> bool:
    hosts = not filters.hosts or any(server.is_called(text) for text in filters.hosts)
    return hosts and (not filters.roles or bool(server.roles & set(filters.roles)))


def _refuse_strangers(declared: Sequence[Server], filters: Filters) -> None:
    hosts = [server.name for server in declared]
    roles = sorted(frozenset[str]().union(*(server.roles for server in declared)))
    for text in filters.hosts:
        if not any(server.is_called(text) for server in declared):
            hint = suggestion(text, hosts) or f"there are {ticked(hosts)}"
            raise UsageError(f"no server `{text}` is declared", hint=hint)
    for text in filters.roles:
        if text not in roles:
            hint = suggestion(text, roles) or (f"there are {ticked(roles)}" if roles else "")
            raise UsageError(f"no server has the role `{text}`", hint=hint)


def _both(one: str, other: str, what: str) -> tuple[str, ...]:
    first_list, second_list = _listed(one), _listed(other)
    if first_list and second_list:
        both = tuple(name for name in first_list if name in second_list)
        if not both:
            raise UsageError(f"the two filters of {what} leave nothing: {ticked(first_list)} and {ticked(second_list)}")
        return both
    return first_list or second_list


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _stranger(text: str) -> Server:
    try:
        user, host, port = parse(text)
    except ValueError as error:
        raise UsageError(f"HOSTS: {error}") from None
    return Server(host, user, port)


def _where_text(where: Where) -> str:
    if callable(where):
        return getattr(where, "__name__", "a function")
    return ", ".join(f"{name}={value!r}" for name, value in where.items())
