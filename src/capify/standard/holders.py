"""Who holds the locks of a deployment's servers: judged by what the servers said.

Rule: pure. Nothing here asks a server, or the clock.
"""

from collections.abc import Mapping

from capify.machines import Server
from capify.standard.answers import Deployment, Lock
from capify.standard.facts import ago


def order(servers: Mapping[Server, object]) -> tuple[Server, ...]:
    """Put servers into the one order in which everybody takes their locks."""
    return tuple(sorted(servers, key=lambda server: (server.host, server.port or 22, server.user or "")))


def first_held(seen: Mapping[Server, Deployment], token: str) -> Server | None:
    """Find the first server, in the order of locks, that somebody else holds."""
    return next((server for server in order(seen) if lockable(seen[server]) and not owned(seen[server], token)), None)


def owned(found: Deployment, token: str) -> bool:
    """Whether the lock of a server is this one's."""
    return found.lock.state != "free" and found.lock.token == token


def lockable(found: Deployment) -> bool:
    """Whether a server has a place for a lock; one that was never set up has none."""
    return found.exists and {".", "releases"} <= found.folders and {".", "releases"} <= found.writable


def holder(lock: Lock, now: int | None) -> str:
    """Say who has a lock, since when, and why."""
    facts = lock.facts
    what = f"by hand, {facts.get('reason', '')}" if lock.lasts else facts.get("reason", "")
    stale = "; its holder gives no sign of life" if lock.state == "stale" else ""
    return f"{facts.get('who') or 'somebody'}{ago(facts, now)}{f' ({what})' if what else ''}{stale}"
