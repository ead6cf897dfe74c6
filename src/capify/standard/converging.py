"""Bringing servers that were left out to what the others have.

Rule: what is live on most of the servers is what is meant; nothing is done on those that have it.
"""

from capify import deploy as standard
from capify import dry_run, namespace, on_rollback, only, say, transaction
from capify.standard import requirement
from capify.standard.building import Build
from capify.standard.construction import construct, discard
from capify.standard.grip import Grip, gripped
from capify.standard.publishing import publish
from capify.standard.requirement import Target
from capify.standard.site import linked, operator
from capify.standard.switching import Publication
from capify.wording import ticked

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def converge() -> None:
    """Bring servers that were left out to the release that most of them have, and restart those."""
    grip = gripped()
    target = requirement.target(grip.seen)
    if not target.behind:
        say(f"all servers have {target.release}")
        return
    say(f"{ticked(target.behind)} will have {target.release}, as the others do")
    with only(target.behind), transaction():
        part = grip.part(target.behind)
        _build(part, target)
        line = f"{operator()} brought release {target.release} to {', '.join(map(str, target.behind))}"
        publish(Publication(target.release, log_line=line), part)
        standard.rolling_restart()


def _build(grip: Grip, target: Target) -> None:
    """Build the release where it is not; a failed one of that name gives way."""
    without = [server for server, found in grip.seen.items() if target.release not in found.releases]
    if not without:
        return
    with only(without):
        if not dry_run():
            on_rollback(lambda: discard(grip, target.release))
        files, folders = linked()
        construct(grip, Build(target.release, target.revision, files, folders))
