"""What a server has after something was done there: so that nobody needs to ask it again.

Rule: pure.
"""

from dataclasses import replace

from capify.standard.answers import Current, Deployment, Record, State
from capify.standard.facts import count


def published(deployment: Deployment, release: str, *, leaving: State) -> Deployment:
    """Tell what a server has when a release of it has gone live.

    What was interrupted after it had gone live was never proved healthy: it is left as bad, or as what it was before.
    """
    records = {
        name: replace(record, state=State.RETIRED) if record.state is State.LIVE else record
        for name, record in deployment.records.items()
    }
    if deployment.live in records and deployment.live != release:
        records[deployment.live] = _left(deployment, deployment.records[deployment.live], leaving)
    top = max((one.published for one in records.values()), default=0)
    known = records.get(release) or Record(
        release, State.READY, 1 + max((r.sequence for r in records.values()), default=0)
    )
    records[release] = replace(known, state=State.LIVE, published=top + 1)
    return replace(
        deployment, records=records, live=release, current=Current.RELEASE, target=f"releases/{release}",
        revision=records[release].revision, releases=deployment.releases | {release},
    )  # fmt: skip


def built(deployment: Deployment, record: Record) -> Deployment:
    """Tell what a server has when a release was built on it."""
    sequence = 1 + max((one.sequence for one in deployment.records.values()), default=0)
    records = {**deployment.records, record.release: replace(record, sequence=sequence)}
    return replace(deployment, records=records, releases=deployment.releases | {record.release})


def _left(deployment: Deployment, record: Record, leaving: State) -> Record:
    """Tell what becomes of the record of what was live: as `leave_live` of the script that publishes does it."""
    state, counter = leaving, record.published
    broken = deployment.operation
    if broken is not None and record.release in {broken.release, broken.facts.get("unproved", "")}:
        before = count(record.facts.get("previously", "")) or 0
        if record.state is State.LIVE and before:
            counter = before
        elif record.state is not State.RETIRED:
            state = State.BAD
    top = max(one.published for one in deployment.records.values())
    return replace(record, state=state, published=counter or top + 1)
