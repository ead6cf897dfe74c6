"""Which release is the previous one, which ones go, and how the next is called: decided from records, never from dates.

Rule: what is live, what was live last, and what has no record, survives whatever happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from capify.errors import Refused
from capify.machines import Server
from capify.standard.answers import Current, Deployment, Record, State
from capify.wording import suggestion, ticked

_STAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class Good:
    """What is live on one server, and the healthy releases that were; the one that was live last comes first."""

    live: str
    earlier: tuple[str, ...]


def good(deployment: Deployment) -> Good:
    """Order a server's good releases by the server's own count of publications."""
    # A record that says `live` of what is not was left by a killed publication; it was live, so it counts.
    known = [
        record
        for record in deployment.records.values()
        if record.state in {State.RETIRED, State.LIVE} and record.release in deployment.releases
    ]
    ordered = sorted(known, key=lambda record: (record.published, record.sequence), reverse=True)
    return Good(deployment.live, tuple(record.release for record in ordered if record.release != deployment.live))


def previous(deployments: Mapping[Server, Deployment], wanted: str = "") -> str:
    """Choose the release to go back to: the last one that was live and healthy, the same on every server.

    `wanted` names another: a release, or the beginning of a commit's id. Raises `Refused` with every reason; nothing
    was changed then.
    """
    goods = _good_everywhere(deployments)
    if wanted:
        return _wanted(deployments, goods, wanted)
    _agree({server: value.live for server, value in goods.items()}, "different releases are live", "roll back")
    without = [server for server, value in goods.items() if not value.earlier]
    candidates = {server: value.earlier[0] for server, value in goods.items() if value.earlier}
    if without:
        wanted = f"; {ticked(sorted(set(candidates.values())))} is not there" if candidates else ""
        raise Refused(
            f"there is no earlier good release to go back to on {ticked(without)}{wanted}",
            hint="deploy an earlier commit instead: `cap STAGE deploy -s revision=...`",
        )
    _agree(candidates, "the last good release differs", "roll back")
    return next(iter(candidates.values()))


def _good_everywhere(deployments: Mapping[Server, Deployment]) -> dict[Server, Good]:
    """Tell each server's good releases, without those that are bad on another: what failed once is no way back."""
    records = [record for found in deployments.values() for record in found.records.values()]
    bad = {record.release for record in records if record.state is State.BAD}
    goods = {server: good(deployment) for server, deployment in deployments.items()}
    return {
        server: Good(value.live, tuple(name for name in value.earlier if name not in bad))
        for server, value in goods.items()
    }


def _wanted(deployments: Mapping[Server, Deployment], goods: Mapping[Server, Good], wanted: str) -> str:
    """Find a release by its name, or by its commit, among those that were good on every server."""
    fits = {
        server: [
            name
            for name in value.earlier
            if name == wanted or (len(wanted) >= 7 and deployments[server].records[name].revision.startswith(wanted))
        ]
        for server, value in goods.items()
    }
    common = [name for name in next(iter(fits.values()), []) if all(name in names for names in fits.values())]
    if common:
        return common[0]
    without = [server for server, names in fits.items() if not names]
    names = sorted({name for value in goods.values() for name in value.earlier}, reverse=True)
    there = suggestion(wanted, names) or (f"there are {ticked(names)}" if names else "")
    live = " (it is live)" if any(value.live == wanted for value in goods.values()) else ""
    raise Refused(f"`{wanted}` is no earlier good release on {ticked(without or list(goods))}{live}", hint=there)


def ready(deployments: Mapping[Server, Deployment], release: str) -> str:
    """Choose the release to publish: this one, if it was made; else the newest ready one. Raises `Refused`."""
    if not any(release in found.records for found in deployments.values()):
        newest = {server: _newest_ready(found) for server, found in deployments.items()}
        _agree(newest, "the newest ready release differs", "publish")
        release = next(iter(newest.values()))
    if not release:
        raise Refused("no release is ready to be published", hint="`deploy:update_code` makes one")
    fit = {State.READY, State.LIVE, State.RETIRED}
    unfit = [
        server
        for server, found in deployments.items()
        if release not in found.releases or release not in found.records or found.records[release].state not in fit
    ]
    if unfit:
        raise Refused(f"release `{release}` is not ready on {ticked(unfit)}; nothing was published")
    return release


def doomed(deployment: Deployment, keep: int, keep_failed: int = 1, *, spared: str = "") -> tuple[str, ...]:
    """Choose what one server's cleanup removes: what exceeds `keep` good releases, or `keep_failed` failed ones.

    The live release counts as a good one. What is pinned stays, and so does `spared`, to which all servers could go
    back. Where nobody knows what is live, nothing goes.
    Raises `Refused` for a `keep` below 1.
    """
    if keep < 1 or keep_failed < 0:
        raise Refused("`keep_releases` is at least 1, and `keep_failed` at least 0")
    if deployment.current is not Current.RELEASE:
        return ()
    earlier = good(deployment).earlier
    surplus = earlier[max(keep - 1, 1) :]  # the last good one stays, even if only the live one were to be kept
    failed = sorted(_failed(deployment), key=lambda record: record.sequence, reverse=True)
    gone = [record.release for record in deployment.records.values() if _gone(record, deployment)]
    chosen = (*surplus, *(record.release for record in failed[keep_failed:]), *gone)
    return tuple(name for name in chosen if name != spared and not deployment.records[name].pinned)


def strangers(deployment: Deployment) -> tuple[str, ...]:
    """List what lies among the releases and was not made by Capify, or cannot be told: reported, and never touched."""
    return tuple(sorted({*deployment.odd, *(deployment.releases - set(deployment.records))}))


def next_release_name(now: datetime, existing: Iterable[str]) -> str:
    """Name a release by the time (UTC), or by the next second that is later than every such name on any server."""
    stamps = [stamp for name in existing if (stamp := _stamp(name))]
    moment = now.replace(microsecond=0, tzinfo=None)
    if stamps and max(stamps) >= moment:
        moment = max(stamps) + timedelta(seconds=1)
    return moment.strftime(_STAMP)


def _newest_ready(deployment: Deployment) -> str:
    # What was interrupted may not be whole: hooks had still to run.
    broken = deployment.operation.release if deployment.operation else ""
    known = [
        record
        for record in deployment.records.values()
        if record.state is State.READY and record.release in deployment.releases and record.release != broken
    ]
    return max(known, key=lambda record: record.sequence).release if known else ""


def _agree(values: Mapping[Server, str], problem: str, deed: str) -> None:
    if len(set(values.values())) > 1:
        ordered = sorted(values, key=lambda server: values[server])
        groups = [(value, list(servers)) for value, servers in groupby(ordered, key=lambda server: values[server])]
        said = "".join(f"\n  {ticked(servers)}: {f'`{value}`' if value else 'none'}" for value, servers in groups)
        raise Refused(f"cannot {deed}: {problem}{said}", hint="deploy a commit to all of them instead")


def _failed(deployment: Deployment) -> Sequence[Record]:
    """Find releases that are bad, or were given up before what is live now was begun."""
    live = deployment.records.get(deployment.live)
    begun = live.sequence if live else 0
    return [
        record
        for record in deployment.records.values()
        if record.release in deployment.releases | deployment.failed
        and record.release != deployment.live
        and (record.state is State.BAD or (record.state in {State.BUILDING, State.READY} and record.sequence < begun))
    ]


def _gone(record: Record, deployment: Deployment) -> bool:
    """Whether only the record of a finished release is left; of one being built, the folder may not be there yet."""
    there = deployment.releases | deployment.failed | set(deployment.odd)
    return record.release not in there and record.state is not State.BUILDING


def _stamp(name: str) -> datetime | None:
    if len(name) != 14 or not (name.isascii() and name.isdigit()):
        return None
    try:
        return datetime.strptime(name, _STAMP)  # noqa: DTZ007 - such names are always UTC
    except ValueError:
        return None
