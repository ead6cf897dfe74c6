"""What the servers' records tell of the past, as rows of a table. Pure.

Rule: the order is that of the servers' own counts; a date is only shown.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from capify.machines import Server
from capify.standard.answers import Deployment, Record, State
from capify.standard.facts import count
from capify.standard.history import good, strangers
from capify.standard.survey import under_way
from capify.wording import listed

COLUMNS = ("release", "revision", "is", "since", "by", "servers")
_ADOPTED = "Capistrano"  # in `who` of a record that was made for what Capistrano had deployed
_DOING = {
    "building": "being built",
    "prepared": "being prepared",
    "publishing": "going live",
    "published": "being finished",
    "returned": "being taken back",
}


def rows(seen: Mapping[Server, Deployment]) -> list[tuple[str, ...]]:
    """Tell every release of every server, the newest first; what is the same on several servers is one row."""
    told: dict[tuple[str, ...], list[Server]] = {}
    order: dict[str, int] = {}
    for server, found in seen.items():
        for record in found.records.values():
            told.setdefault(_told(found, record), []).append(server)
            order[record.release] = max(order.get(record.release, 0), record.sequence)
        for name in strangers(found):
            told.setdefault((name, "", _strange(found, name), "", ""), []).append(server)
    newest = sorted(told, key=lambda row: (order.get(row[0], -1), row[0]), reverse=True)
    return [(*row, "all" if len(told[row]) == len(seen) else listed([str(one) for one in told[row]])) for row in newest]


def moment(seconds: int | None) -> str:
    """Show a server's time, in UTC."""
    try:
        return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):  # a clock that nobody set, or that somebody did
        return ""


def _told(found: Deployment, record: Record) -> tuple[str, ...]:
    since = record.since if record.since is not None else count(record.facts.get("when", ""))
    return record.release, record.revision[:12], _is(found, record), moment(since), record.facts.get("who", "")


def _is(found: Deployment, record: Record) -> str:
    """Say what a release is, and why a bad one is bad."""
    name, state = record.release, str(record.state)
    operation = found.operation if found.operation and found.operation.release == name else None
    if name == found.live:
        state = "live" if record.state is State.LIVE else f"live, recorded as {state}"
    elif record.state is State.BAD:
        state = "bad: left by a rollback" if record.published else "bad: never went live"
    elif name in good(found).earlier[:1]:
        state = "previous good"
    elif record.state is State.LIVE:
        state = "was live"
    marks = [
        *([f"{'' if under_way(found) else 'interrupted while '}{_DOING[operation.phase]}"] if operation else []),
        *(["put aside"] if name in found.failed else []),
        *(["its files are gone"] if name not in found.releases | found.failed else []),
        *(["adopted"] if record.facts.get("who") == _ADOPTED else []),
        *([f"pinned by {record.facts['pinned'] or 'somebody'}"] if record.pinned else []),
    ]
    return ", ".join([state, *marks])


def _strange(found: Deployment, name: str) -> str:
    return f"{'live, ' if name == found.live else ''}not made by Capify"
