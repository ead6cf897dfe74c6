"""After somebody was interrupted: what was under way is finished, or taken back, from what the servers' journals say.

Rule: what was interrupted before anything was live is never finished: hooks may be missing; a new deployment is whole.
"""

from capify import deploy as standard
from capify import namespace, say
from capify.standard import building, recovery
from capify.standard.acting import act
from capify.standard.answers import State
from capify.standard.grip import gripped
from capify.standard.publishing import publish, put_back
from capify.standard.site import layout, operator
from capify.standard.switching import Publication

deploy = namespace("deploy")

deploy.sequence(
    "resume",
    "resume_publishing",
    "rolling_restart",
    "resumed",
    "finishing",
    "finished",
    description="Finish what was interrupted while it was going live.",
)


@deploy.task(releases_only=True)
def resume_publishing() -> None:
    """[internal] Make live everywhere what was going live when somebody was interrupted."""
    grip = gripped()
    operation = recovery.to_resume(grip.seen)
    say(f"to be finished: {recovery.told(operation)}")
    leaving = State.BAD if operation.kind == "rollback" else State.RETIRED
    line = f"{operator()} resumed publishing release {operation.release}"
    grip.unsettled.update(grip.seen)  # it stays interrupted, until it is live and healthy
    publish(Publication(operation.release, operation.kind, leaving, line), grip)


@deploy.task(releases_only=True)
def resumed() -> None:
    """[internal] Nothing is interrupted any more: the release is live everywhere, and healthy."""
    gripped().unsettled.clear()


@deploy.task(releases_only=True)
def abort() -> None:
    """Take back what was interrupted: what was live before is live again, and restarted."""
    grip = gripped()
    operation = recovery.to_abort(grip.seen)
    say(f"to be taken back: {recovery.told(operation)}")
    grip.unsettled.update(grip.seen)  # until all of it has been done
    restarts = recovery.restarts(grip.seen, operation)
    put_back(grip, operation.release, recovery.returning(grip.seen, operation))
    if operation.kind == "deploy":
        makers = {server: found.records.get(operation.release) for server, found in grip.seen.items()}
        texts = {
            server: building.discard(
                layout(), operation.release, grip.author, maker=(record and record.maker) or operation.token
            )
            for server, record in makers.items()
        }
        act(texts.__getitem__, f"put {operation.release} aside")
    if restarts:
        standard.restart()
    grip.unsettled.clear()
