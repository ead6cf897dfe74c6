"""Bringing a release to the servers and making it live: the steps of `deploy:update`.

Rule: what one of these steps makes, and no more, its undo takes away.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from capify import Answers, Server, config, dry_run, excuse, namespace, on_rollback, only, say
from capify import deploy as standard
from capify.errors import CommandFailed, Refused, TaskFailed
from capify.machines import grouped
from capify.standard import history, previewing, recovery, requirement
from capify.standard.building import Build
from capify.standard.construction import construct, discard, note_built
from capify.standard.fitness import problems
from capify.standard.grip import Grip, gripped, known
from capify.standard.publishing import publish
from capify.standard.site import declared, linked, look, operator
from capify.standard.source import resolved, revision
from capify.standard.switching import Publication
from capify.wording import ticked

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def starting() -> None:
    """[internal] Take the locks, read every server, and refuse all that would make the deployment fail."""
    grip = gripped()
    previewing.refuse_if_changed(grip.seen)
    _refuse_problems(grip)
    _told(grip)


@deploy.task(releases_only=True, announces="revision")
def prepare_code() -> None:
    """[internal] Build the release from its commit on all servers, with what is shared linked into it."""
    grip = gripped()
    if not grip.checked:
        _refuse_problems(grip)
    files, folders = linked()
    build = Build(str(config.release_name), revision(), files, folders)
    if not dry_run():
        on_rollback(lambda: discard(grip, build.release))
        grip.arm(_publication(build.release, build.revision))
    try:
        answers = construct(grip, build)
    except CommandFailed as error:
        answers = _enough(grip, build, error)
    _compare(answers)


@deploy.task(releases_only=True)
def create_symlink() -> None:
    """Make the release live, on all servers at once."""
    grip, release = gripped(), str(config.release_name)
    if not dry_run():
        release = history.ready(grip.seen, release)
    commit = next((one.records[release].revision for one in grip.seen.values() if release in one.records), "")
    if not dry_run():
        on_rollback(lambda: _restart_again(grip))  # undone last: what was live before is so again by then
    publish(_publication(release, commit), grip)


def _restart_again(grip: Grip) -> None:
    if not grip.restarted or not any(found.live for found in grip.seen.values()):
        return
    try:
        standard.restart()
    except CommandFailed as error:
        problem = f"what was live before is live again, but could not be restarted on {ticked(error.results.failed)}"
        raise TaskFailed(problem, hint="look at it there, and call `deploy:restart`") from error


def _publication(release: str, commit: str) -> Publication:
    said = f"Branch {config.branch} (at {commit}) deployed as release {release} by {operator()}"
    return Publication(release, log_line=said)


def _refuse_problems(grip: Grip) -> None:
    grip.checked, found = True, [*_branch_problems(), *problems(grip.seen)]
    if found and not dry_run():
        raise Refused("\n  ".join(["the servers are not ready to be deployed to", *found]))
    for problem in found:
        say(f"this would stop the deployment: {problem}")


def _branch_problems() -> list[str]:
    """Hold a deployment to the branches that may be deployed: the commit must be the one that such a branch has."""
    patterns = list(map(str, config.allowed_branches))
    if not patterns:
        return []
    branch = str(config.branch)
    if not any(fnmatchcase(branch, pattern) for pattern in patterns):
        return [f"branch `{branch}` may not be deployed here; `allowed_branches` are {ticked(patterns)}"]
    if revision() != resolved():
        return [
            f"commit `{revision()[:12]}` is not what branch `{branch}` has, and only {ticked(patterns)} may be deployed"
        ]
    return []


def _told(grip: Grip) -> None:
    """Say what somebody who was interrupted left behind, and which servers took part last time and do not now."""
    for notice in recovery.notices(grip.seen, grip.author.token):
        say(f"{notice}; this deployment takes its place")
    gone = requirement.gone(grip.seen, declared())
    if gone:
        them = "it" if len(gone) == 1 else "them"
        say(f"{ticked(gone)} took part in the last deployment, and no recipe declares {them} now")


def _enough(grip: Grip, build: Build, error: CommandFailed) -> dict[Server, Answers]:
    """Go on without the servers that could not be made ready, if the setting `require` allows that."""
    ready = {server: Answers(result.stdout) for server, result in error.results.items() if result.ok}
    if not ready or requirement.lacking(list(ready), list(error.results), config.require):
        raise error
    failed = error.results.failed
    with only(failed), suppress(TaskFailed):  # what cannot be put aside is noted, and its journal stays open
        discard(grip, build.release)
    for server, result in failed.items():
        grip.leave_out(server)
        excuse(server, result.ending)
    note_built(grip, build, ready)
    return ready


def _compare(answers: Mapping[Server, Answers]) -> None:
    """Refuse releases of one commit that came out differently: nothing of them goes live."""
    digests = grouped({server: said.one("digest") for server, said in answers.items()})
    if len(digests) > 1:
        groups = "".join(f"\n  {ticked(servers)}: {digest[:12]}" for digest, servers in digests.items())
        raise TaskFailed(f"the files of one commit came out differently on the servers{groups}")


def _release_name() -> str:
    """Name the release: later than every release on the servers."""
    grip = known()
    seen = grip.seen if grip else {}
    if not seen:
        with suppress(TaskFailed):  # a local task may ask first; the servers refuse a name that they have
            seen = look()
    existing = {name for found in seen.values() for name in {*found.releases, *found.records}}
    return history.next_release_name(datetime.now(UTC), existing)


config.setdefault(release_name=_release_name)
