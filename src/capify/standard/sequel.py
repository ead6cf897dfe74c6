"""What a server has after something was done there: so that nobody needs to ask it again.

Rule: pure.
"""

from dataclasses import replace

from capify.standard.answers import Current, Deployment, Record, State


def published(deployment: Deployment, release: str, *, leaving: State) -> Deployment:
    """Tell what a server has when a release of it has gone live.

    What was interrupted after it had gone live was never proved healthy: it is left as bad.
    """
    broken = deployment.operation
    if broken is not None and deployment.live in {
        broken.release if broken.kind == "deploy" else "", broken.facts.get("unproved", ""),
    }:  # fmt: skip
        leaving = State.BAD
    records, top = dict(deployment.records), max((one.published for one in deployment.records.values()), default=0)
    for name, record in deployment.records.items():
        if record.state is State.LIVE:
            records[name] = replace(record, state=leaving if name == deployment.live else State.RETIRED)
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
