"""How many servers must be ready for a release to go live, and what those that were left out have to catch up with.

Rule: pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from capify.errors import Refused
from capify.machines import Server, grouped
from capify.standard.answers import Deployment
from capify.wording import counted, ticked

Size = int | str


def lacking(ready: Sequence[Server], servers: Sequence[Server], required: Size | Mapping[str, Size]) -> str:
    """Say what is lacking for going on with those that are ready; empty where they are enough.

    `required` is a number, a share such as `80%`, or one of these for each role; a role that is not named needs all.
    """
    if not isinstance(required, Mapping):
        return _short(ready, servers, required, "server")
    roles = sorted({role for server in servers for role in server.roles})
    found = (
        _short(
            [server for server in ready if role in server.roles],
            [server for server in servers if role in server.roles],
            required.get(role, "100%"),
            f"server with role `{role}`",
        )
        for role in roles
    )
    return "; ".join(text for text in found if text)


def _short(ready: Sequence[Server], servers: Sequence[Server], required: Size, what: str) -> str:
    share = str(required).removesuffix("%")
    number = required if isinstance(required, int) else -(-len(servers) * int(share) // 100)
    number = min(max(number, 1), len(servers))
    if len(ready) >= number:
        return ""
    return (
        f"{len(ready)} of {counted(len(servers), what)} {'is' if len(ready) == 1 else 'are'} ready, {number} required"
    )


@dataclass(frozen=True, slots=True)
class Target:
    """What most servers have: a release and its commit; and the servers that have something else."""

    release: str
    revision: str
    behind: tuple[Server, ...]


def target(seen: Mapping[Server, Deployment]) -> Target:
    """Find what the others have to catch up with: what is live on most servers. Raises `Refused` where none is that."""
    groups = grouped({server: found.live for server, found in seen.items()})
    ordered = sorted(groups, key=lambda name: len(groups[name]), reverse=True)
    release = ordered[0] if ordered else ""
    tied = len(ordered) > 1 and len(groups[ordered[0]]) == len(groups[ordered[1]])
    if not release or tied:
        said = "".join(f"\n  {ticked(groups[name])}: {f'`{name}`' if name else 'nothing'}" for name in ordered)
        hint = "deploy to all of them; or `deploy:rollback release=…`"
        raise Refused(f"no release is live on most of the servers, so nobody knows which one is meant{said}", hint=hint)
    record = seen[groups[release][0]].records.get(release)
    behind = tuple(server for server, found in seen.items() if found.live != release)
    return Target(release, record.revision if record else "", behind)


def gone(deployments: Mapping[Server, Deployment], declared: Iterable[str]) -> tuple[str, ...]:
    """Name the servers that took part in making what is live, and that nobody declares any more."""
    records = (found.records.get(found.live) for found in deployments.values())
    took_part = {name for record in records if record for name in record.facts.get("servers", "").split()}
    return tuple(sorted(took_part - set(declared)))
