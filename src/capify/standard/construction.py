"""Building a release on servers, and putting it aside again.

Rule: what a server has then is noted, so that nobody needs to ask it.
"""

from collections.abc import Mapping

from capify import Answers, Server, config, say
from capify.errors import CommandFailed
from capify.standard import building, findings, sequel
from capify.standard.acting import act
from capify.standard.answers import Record, State
from capify.standard.building import Build
from capify.standard.grip import Grip
from capify.standard.site import layout
from capify.standard.source import archived, source
from capify.wording import ticked


def construct(grip: Grip, build: Build) -> dict[Server, Answers]:
    """Build a release on all servers of the wave; returns what each said. Raises `CommandFailed`."""
    group, where = str(config.get("group") or ""), layout()
    if config.deploy_via == "copy":
        with archived(build.revision) as archive:
            text = building.receive(where, build, grip.author, group=group)
            answers = act(text, f"unpack {build.release}", stdin=archive)
    elif config.deploy_via != "remote_cache":
        from capify.standard.strategies import filled  # finding packages takes its time

        with filled(where, build, grip.author, group=group) as (text, archive):
            shown = f"bring {build.release} by {config.deploy_via}"
            answers = act(text, shown, stdin=archive, timeout=float(config.fetch_timeout))
    else:
        text = building.prepare(where, build, grip.author, source=source(), group=group)
        answers = act(text, f"fetch and check out {build.release}", timeout=float(config.fetch_timeout))
    note_built(grip, build, answers)
    return answers


def note_built(grip: Grip, build: Build, answers: Mapping[Server, Answers]) -> None:
    """Note on which servers a release is ready, and say what gave way to what is shared."""
    for server, said in answers.items():
        record = Record(build.release, State.READY, 0, revision=build.revision, maker=grip.author.token)
        grip.seen[server] = sequel.built(grip.seen[server], record)
        if "replaced" in said:
            say(f"{server}: {ticked(said['replaced'])} of the commit gave way to what is shared")
        if text := findings.lost(said):
            say(f"{server}: {text}")


def discard(grip: Grip, release: str) -> None:
    """Put a release aside that this invocation made, and that is not live."""
    try:
        act(building.discard(layout(), release, grip.author), f"discard {release}")
    except CommandFailed as error:
        grip.unsettled.update(error.results.failed)
        raise
