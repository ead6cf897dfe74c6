"""Everything that `deploy:status` knows of the servers, as one value; and how it looks in a table and in JSON. Pure.

Rule: what is shown of a server is what it said just now; ages are by its own clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from capify.machines import Server
from capify.standard.answers import Current, Deployment, Operation, Record
from capify.standard.drift import Drift
from capify.standard.facts import age, count
from capify.standard.holders import holder

FORMAT: Final = 1  # of the JSON
COLUMNS: Final = ("server", "release", "revision", "live for", "by", "state", "running", "health", "disk free", "lock")
_DOING: Final = {"deploy": "deploying", "rollback": "going back to"}


@dataclass(frozen=True, slots=True)
class Survey:
    """What each server has, how its live release differs from what was deployed, and what is wrong with its health.

    `health` has the servers that were asked; empty text is healthy. `linked` are the paths that are links.
    """

    seen: Mapping[Server, Deployment]
    drifts: Mapping[Server, Drift] = field(default_factory=dict)
    health: Mapping[Server, str] = field(default_factory=dict)

    def drift(self, server: Server) -> Drift:
        """What became of a server's live release; nothing where it went live while it was looked at."""
        found = self.drifts.get(server, Drift())
        return found if found.live == self.seen[server].live else Drift(running=found.running)


def under_way(found: Deployment) -> Operation | None:
    """Give the operation that somebody is at work on, with a lock that is alive."""
    operation, lock = found.operation, found.lock
    return operation if operation and lock.state == "held" and lock.token == operation.token else None


def interrupted(found: Deployment) -> Operation | None:
    """Give the operation that nobody is at work on any more."""
    return None if under_way(found) else found.operation


def row(survey: Survey, server: Server) -> tuple[str, ...]:
    """Tell a server in the words of `COLUMNS`."""
    found = survey.seen[server]
    record = found.records.get(found.live)
    running = ["live" if name == found.live else name for name in survey.drift(server).running]
    health = survey.health.get(server)
    return (
        str(server),
        found.live or _nothing(found),
        found.revision[:12],
        age(found.now - record.since) if record and record.since is not None and found.now is not None else "",
        record.facts.get("who", "") if record else "",
        _state(found, record),
        ", ".join(sorted(running, reverse=True)),
        "" if health is None else "not healthy" if health else "ok",
        size(found.free_bytes),
        "" if found.lock.state == "free" else holder(found.lock, found.now),
    )


def columns(rows: list[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Leave out the columns in which nobody has anything to say; give the rows, and the names of their columns."""
    kept = [at for at in range(len(COLUMNS)) if at == 0 or any(one[at] for one in rows)]
    return [tuple(one[at] for at in kept) for one in rows], tuple(COLUMNS[at] for at in kept)


def plain(survey: Survey, server: Server) -> dict[str, Any]:
    """Give a server as plain data; what is not known is `None`."""
    found, drift = survey.seen[server], survey.drift(server)
    record = found.records.get(found.live)
    since = record.since if record else None
    return {
        "server": server.address,
        "current": str(found.current),
        "release": found.live or None,
        "revision": found.revision or None,
        "state": str(record.state) if record else None,
        "published": since,
        "age": found.now - since if since is not None and found.now is not None else None,
        "who": record.facts.get("who") if record else None,
        "lock": _plain_lock(found),
        "operation": _plain_operation(found),
        "running": list(drift.running),
        "healthy": None if server not in survey.health else not survey.health[server],
        "free_bytes": found.free_bytes,
        "free_files": found.free_files,
        "edited": list(drift.edited),
        "missing": list(drift.missing),
        "written": dict(drift.written),
        "unlinked": dict(drift.unlinked),
        "counts": {name: drift.counts.get(name, 0) for name in ("edited", "missing", "written")},
        "listed": drift.listed,
    }


def size(number: int | None) -> str:
    """Say how many bytes that are, in the unit that fits."""
    if number is None:
        return ""
    for power, unit in ((40, "TB"), (30, "GB"), (20, "MB")):
        if number >> power:
            return f"{number / (1 << power):.{0 if number >> power > 99 else 1}f} {unit}"
    return f"{number >> 10} kB"


def _nothing(found: Deployment) -> str:
    if not found.exists:
        return "not set up"
    return {Current.NONE: "nothing", Current.DIRECTORY: "a folder", Current.DANGLING: "dangling"}.get(
        found.current, "elsewhere"
    )


def _state(found: Deployment, record: Record | None) -> str:
    state = str(record.state) if record else "no record" if found.live else ""
    operation = under_way(found)
    if operation:
        return ", ".join(filter(None, (state, f"{_DOING[operation.kind]} {operation.release}")))
    return ", ".join(filter(None, (state, "interrupted" if found.operation else "")))


def _plain_lock(found: Deployment) -> dict[str, Any] | None:
    lock = found.lock
    if lock.state == "free":
        return None
    return {
        "state": lock.state,
        "who": lock.facts.get("who"),
        "reason": lock.facts.get("reason"),
        "invocation": lock.facts.get("invocation"),
        "when": count(lock.facts.get("when", "")),
        "by_hand": lock.lasts,
    }


def _plain_operation(found: Deployment) -> dict[str, Any] | None:
    operation = found.operation
    if operation is None:
        return None
    return {
        "kind": operation.kind,
        "phase": operation.phase,
        "release": operation.release,
        "former": operation.former or None,
        "interrupted": under_way(found) is None,
        "who": operation.facts.get("who"),
        "invocation": operation.facts.get("invocation"),
        "when": count(operation.facts.get("when", "")),
    }
