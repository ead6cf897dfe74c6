"""Which servers a task works on.

Rule: selection only narrows. No option, filter or caller ever adds a server that the task itself does not select.
Rule: hosts join the inventory by `--allow-unknown-hosts` alone, or where no recipe declares any; never as the primary.
Rule: whatever narrows is an expression, however it is typed; so a list and an option mean the same by the same name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from capify.errors import UsageError
from capify.machines import Server, parse
from capify.recipe.sizes import Sizes, in_servers
from capify.recipe.tasks import Options, Task, Where
from capify.wording import listed, suggestion, ticked

if TYPE_CHECKING:  # what reads expressions is loaded when something narrows
    from capify.plan.expressions import Expression

Names: TypeAlias = str | Iterable[str] | None  # a list as it is typed (`web1,web2*`), or its parts
VARIABLES = ("HOSTS", "HOSTFILTER", "ROLES", "HOSTROLEFILTER")  # Capistrano's, which narrow


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing that the command line narrows by: where it stands (`--on`, `HOSTS=`), its text, and what it means."""

    source: str
    text: str
    wanted: "Expression"

    def __str__(self) -> str:
        return f"`{self.source}{'' if self.source.endswith('=') else ' '}{self.text}`"

    @property
    def names_hosts(self) -> bool:
        """Whether its hosts can be an inventory: a mere filter of hosts cannot."""
        return self.source in {"HOSTS=", "--hosts", "hosts="}


@dataclass(frozen=True, slots=True)
class Filters:
    """All that the command line narrows by; every one of them narrows."""

    given: tuple[Filter, ...] = ()
    allows_unknown: bool = False

    def __str__(self) -> str:
        return listed([str(one) for one in self.given])

    def __and__(self, more: "Filters") -> "Filters":
        """Narrow by these, too."""
        return Filters((*self.given, *more.given), self.allows_unknown or more.allows_unknown)

    def refuse_unknown(self, servers: Sequence[Server]) -> None:
        """Raise `UsageError` for a name that means none of these servers."""
        from capify.plan.meaning import refuse_unknown

        for one in self.given:
            refuse_unknown(one.wanted, servers, text=one.text, source=one.source)

    def leaving_out(self, server: Server) -> tuple[Filter, ...]:
        """Those that leave a server out."""
        return tuple(one for one in self.given if not one.wanted.accepts(server))


def filters_of(
    environment: Mapping[str, str],
    *,
    on: str | None = None,
    hosts: Names = None,
    roles: Names = None,
    allows_unknown: bool = False,
    spelled: Callable[[str], str] = "--{}".format,
) -> Filters:
    """Read Capistrano's four variables, and the options of `cap`, which errors call as `spelled` says.

    Raises `UsageError` for what is no expression.
    """
    lists = [
        *((f"{name}=", "host", environment.get(name)) for name in ("HOSTS", "HOSTFILTER")),
        (spelled("hosts"), "host", _list(hosts)),
        *((f"{name}=", "role", environment.get(name)) for name in ("ROLES", "HOSTROLEFILTER")),
        (spelled("roles"), "role", _list(roles)),
    ]
    given = [Filter(source, text, _alternatives(source, key, text)) for source, key, text in lists if text]
    if on is not None:
        from capify.plan.notation import expression

        given.append(Filter(spelled("on"), on, expression(on, spelled("on"))))
    return Filters(tuple(given), allows_unknown)


def inventory(
    declared: Sequence[Server], filters: Filters, default_user: Callable[[], str | None] = lambda: None
) -> tuple[Server, ...]:
    """The servers to select from: the declared ones. Where there are none, or where unknown hosts are allowed, also
    those that `HOSTS=` or `--hosts` name, as the default user.

    Beside declared servers they have the property `undeclared`; they have no role, and are never the primary.
    """
    if declared and not filters.allows_unknown:
        return tuple(declared)
    properties: Mapping[str, object] = {"undeclared": True} if declared else {}
    found = list(declared)
    for one in (one for one in filters.given if one.names_hosts):
        for value in (value for term in one.wanted.terms() for value in term.values if not value.is_pattern):
            stranger = _stranger(value.text, one.source)
            if not any(server.is_called(value.text) or server.is_called(stranger) for server in found):
                found.append(replace(stranger, user=stranger.user or default_user(), properties=properties))
    return tuple(found)


def available(
    declared: Sequence[Server], filters: Filters, default_user: Callable[[], str | None] = lambda: None
) -> tuple[Server, ...]:
    """Narrow the inventory to what every filter accepts.

    Raises `UsageError` for a name that means no server, and when nothing is left.
    """
    known = inventory(declared, filters, default_user)
    filters.refuse_unknown(known)
    left = tuple(server for server in known if not filters.leaving_out(server))
    if filters.given and not left:
        raise UsageError(f"no server is left by {filters}", hint=f"there are {ticked(known)}" if known else "")
    return left


def select(servers: Iterable[Server], options: Options) -> tuple[Server, ...]:
    """Select the servers that a task's definition asks for, in order; `once` takes the primary, else the first."""
    chosen = tuple(server for server in servers if _wanted(server, options))
    if options.primary:
        declared = tuple(server for server in chosen if not server.properties.get("undeclared"))
        chosen = tuple(server for server in declared if server.primary) or declared[:1]
    return (first(chosen),) if options.once and chosen else chosen


def first(servers: Sequence[Server]) -> Server:
    """The one that stands for all: the primary, else the first."""
    return next((server for server in servers if server.primary), servers[0])


def describe(task: Task) -> str:
    """Say in words what a task selects."""
    options = task.options
    words = [
        f"with roles {ticked(options.roles)}" if options.roles is not None else "",
        f"where {_where_text(options.where)}" if options.where is not None else "",
        "that take releases" if options.releases_only else "",
    ]
    return " ".join(["servers", *filter(None, words)]) if any(words) else "any server"


def waves(servers: Sequence[Server], at_once: Sizes | None) -> tuple[tuple[Server, ...], ...]:
    """Cut servers into waves of these sizes, of which the last repeats; a share is one of all of them."""
    sizes = ["100%"] if at_once is None else [at_once] if isinstance(at_once, int | str) else list(at_once)
    cut, start = list[tuple[Server, ...]](), 0
    while start < len(servers):
        end = start + in_servers(sizes[min(len(cut), len(sizes) - 1)], len(servers))
        cut.append(tuple(servers[start:end]))
        start = end
    return tuple(cut)


def matches(server: Server, where: Where) -> bool:
    """Whether a server has the properties, or satisfies the function."""
    if callable(where):
        return bool(where(server))
    return all(server.properties.get(name) == value for name, value in where.items())


def misspelt(where: Mapping[str, object], servers: Sequence[Server]) -> str:
    """Suggest a property that servers have, or a value of it, for one of these that none has; or say nothing."""
    known = {name for server in servers for name in server.properties}
    for name, value in where.items():
        if name not in known:
            return suggestion(name, known)
        there = {server.properties.get(name) for server in servers} - {None}
        if value not in there:
            return suggestion(str(value), map(str, there)) or f"`{name}` is {ticked(sorted(map(repr, there)))} there"
    return ""


def _wanted(server: Server, options: Options) -> bool:
    if options.roles is not None and not server.roles & set(options.roles):
        return False
    if options.releases_only and not server.takes_releases:
        return False
    return options.where is None or matches(server, options.where)


def _list(names: Names) -> str:
    return names if isinstance(names, str) else ",".join(names or ())


def _alternatives(source: str, key: str, text: str) -> "Expression":
    """Read a list such as `web1,web2*`."""
    from capify.plan.expressions import Term, Value

    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(f"`{source}{text}` names nothing", hint=f"write `{source}NAME` or leave it out")
    return Term(key, tuple(Value(part) for part in parts))


def _stranger(text: str, source: str) -> Server:
    try:
        user, host, port = parse(text)
    except ValueError as error:
        raise UsageError(f"{source.removesuffix('=')}: {error}") from None
    return Server(host, user, port)


def _where_text(where: Where) -> str:
    if callable(where):
        return getattr(where, "__name__", "a function")
    return ", ".join(f"{name}={value!r}" for name, value in where.items())
