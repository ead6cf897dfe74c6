"""Making a release live on every server at one moment, and taking that back.

Rule: undo acts only on what this invocation made; it is registered before the act, and looks again on each server.
"""

from collections.abc import Mapping
from contextlib import suppress

from capify import Answers, Server, config, dry_run, live_now, on_rollback, say, transaction
from capify.errors import CommandFailed, Overtaken, TaskFailed
from capify.standard import sequel, switching
from capify.standard.acting import act, answering
from capify.standard.answers import Current, Deployment, Record, State
from capify.standard.grip import Grip
from capify.standard.site import layout, look, operator
from capify.standard.switching import Former, Publication
from capify.wording import counted


def publish(publication: Publication, grip: Grip) -> None:
    """Switch every server to a release at once; if one fails, those that switched go back to what they had."""
    release, before = publication.release, dict(grip.seen)
    if dry_run():
        act(switching.publish(layout(), publication, grip.author), f"publish {release}")
        return
    with transaction():
        on_rollback(lambda: take_back(grip, release, before))
        _flip(publication, grip)
        for server, found in before.items():
            grip.seen[server] = sequel.published(found, release, leaving=State(publication.leaving))
            live_now(server, release, grip.seen[server].revision, published=True)


def take_back(grip: Grip, release: str, before: Mapping[Server, Deployment]) -> None:
    """Undo a publication, and tell the end table what is live where, also where that cannot be known."""
    former = {server: _former(found, release) for server, found in before.items()}
    put_back(grip, release, former, before=before)


def put_back(
    grip: Grip, release: str, former: Mapping[Server, Former], *, before: Mapping[Server, Deployment] | None = None
) -> None:
    """Give servers back what they had, where this release is live; others are asked, and keep what they have.

    `before` is what they had, where that is known.
    """
    line, before = f"{release} taken back by {operator()}", before or grip.seen
    texts = {
        server: switching.put_back(
            layout(), grip.author, release, former=former.get(server) or _former(found, release), log_line=line
        )
        for server, found in grip.seen.items()
    }
    try:
        answers = act(texts.__getitem__, f"take {release} back", timeout=float(config.publish_timeout))
    except CommandFailed as error:
        for server in error.results.failed:
            grip.unsettled.add(server)
            live_now(server, "unknown")
        _tell({server: Answers(result.stdout) for server, result in error.results.items() if result.ok}, before)
        raise
    except Overtaken:
        grip.restarted = False  # what runs now is theirs
        with suppress(TaskFailed):
            look()
        raise
    grip.seen.update({server: found for server, found in before.items() if server in answers})
    _tell(answers, before)


def _flip(publication: Publication, grip: Grip) -> None:
    """Tell the processes that wait on the servers to switch, all at one moment."""
    patience = float(config.publish_timeout)
    waiting = grip.arm(publication)
    try:
        waiting.expect("armed\t", timeout=patience)
        waiting.send("flip")
        waiting.expect("published\t", timeout=patience)
    except TaskFailed as error:
        with answering():
            grip.disarm(error)
    times = waiting.took.values()
    spread = f" within {(max(times) - min(times)) * 1000:.0f} ms" if len(times) > 1 else ""
    say(f"{publication.release} went live on {counted(len(times), 'server')}{spread}")


def _tell(answers: Mapping[Server, Answers], before: Mapping[Server, Deployment]) -> None:
    for server, said in answers.items():
        live = said.one("restored") or said.one("elsewhere")
        revision = before[server].revision if live == before[server].live else ""
        live_now(server, "" if live == Current.NONE else live, revision)


def _former(found: Deployment, release: str) -> Former:
    record = found.records.get(release, Record(release, State.READY, 0))
    return Former(found.target, record.state, record.published)
