"""Bringing a release to the servers and making it live: the steps of `deploy:update`.

Rule: what one of these steps makes, and no more, its undo removes.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from capify import Server, config, dry_run, namespace, on_rollback, say
from capify.errors import Refused, TaskFailed
from capify.standard import building, history
from capify.standard.answers import Deployment, State
from capify.standard.building import Build
from capify.standard.site import act, layout, linked, look, operator, problems, publish
from capify.standard.source import archived, revision, source
from capify.wording import ticked

MAKER = os.urandom(16).hex()  # in the records of what this invocation makes; it undoes nothing else

deploy = namespace("deploy")


@deploy.task(releases_only=True, announces="revision")
def prepare_code() -> None:
    """Build the release from its commit on all servers, at its final place."""
    found = problems(look())
    if found and not dry_run():
        raise Refused("\n  ".join(["the servers are not ready to be deployed to", *found]))
    for problem in found:
        say(f"this would stop the deployment: {problem}")
    build, where = Build(str(config.release_name), revision(), MAKER), layout()
    if not dry_run():
        on_rollback(lambda: act(building.discard(where, build.release, MAKER), f"discard {build.release}"))
    if config.deploy_via == "copy":
        with archived(build.revision) as archive:
            act(building.receive(where, build, group=_group()), f"unpack {build.release}", stdin=archive)
    elif config.deploy_via != "remote_cache":
        from capify.standard.strategies import filled  # finding packages takes its time

        with filled(where, build, group=_group()) as (text, archive):
            shown = f"bring {build.release} by {config.deploy_via}"
            act(text, shown, stdin=archive, timeout=float(config.fetch_timeout))
    else:
        text = building.prepare(where, build, source(), group=_group())
        act(text, f"fetch and check out {build.release}", timeout=float(config.fetch_timeout))


@deploy.task(releases_only=True)
def finalize_update() -> None:
    """Link what is shared into the release, and call it ready."""
    files, folders = linked()
    release = str(config.release_name)
    text = building.finalize(layout(), release, files=files, folders=folders, group=_group())
    for server, said in act(text, f"link shared files into {release}").items():
        if "replaced" in said:
            say(f"{server}: {ticked(said['replaced'])} of the commit gave way to what is shared")


@deploy.task(releases_only=True)
def create_symlink() -> None:
    """Make the release live, on all servers at once."""
    seen, release = look(), str(config.release_name)
    if not dry_run():
        release = history.ready(seen, release)
    commit = next((found.records[release].revision for found in seen.values() if release in found.records), "")
    said = f"Branch {config.branch} (at {commit}) deployed as release {release} by {operator()}"
    publish(release, seen, leaving=State.RETIRED, log_line=said)


def _release_name() -> str:
    """Name the release: later than every release on the servers of the task that asks first."""
    seen: Mapping[Server, Deployment] = {}
    with suppress(TaskFailed):  # a local task may ask first; the servers refuse a name that they have
        seen = look()
    existing = {name for found in seen.values() for name in {*found.releases, *found.records}}
    return history.next_release_name(datetime.now(UTC), existing)


def _group() -> str:
    return str(config.get("group") or "")


config.setdefault(release_name=_release_name)
