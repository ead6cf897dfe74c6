"""Setting servers up, checking them, listing what they have, and clearing away what is too much.

Rule: nothing here changes what is live.
"""

from contextlib import suppress

from capify import config, namespace, say, sudo
from capify.errors import CheckFailed, Refused
from capify.shell import quote
from capify.standard import history, scripts
from capify.standard.acting import act
from capify.standard.fitness import problems
from capify.standard.grip import gripped
from capify.standard.site import layout, linked, look
from capify.wording import listed

_CLEANED = {
    "removed": "removed",
    "kept": "kept, because",
    "stuck": "could not delete (owner, file)",
    "failed": "cleaning up failed with status",
}

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def setup() -> None:
    """Make the folders that deployments need; what is there stays as it is."""
    files, folders = linked()
    if config.use_sudo:
        place = quote(layout().deploy_to)
        # Not `mkdir` alone: the folder must belong to whoever logs in, and what is there keeps its owner.
        sudo(f'test -d {place} || {{ mkdir -p -- {place} && chown "$SUDO_UID:$SUDO_GID" -- {place}; }}')
    text = scripts.set_up(layout(), files=files, folders=folders, group=str(config.get("group") or ""))
    answers = act(text, f"set up {layout().deploy_to}")
    for made in dict.fromkeys(said.get("made", ()) for said in answers.values()):
        where = [server.name for server, said in answers.items() if said.get("made", ()) == made]
        say(f"{listed(where)}: {f'made {listed(made)}' if made else 'everything was there already'}")


@deploy.task(releases_only=True)
def check() -> None:
    """Check that a deployment can succeed, on all servers, and list everything that is wrong."""
    found = problems(look())
    if found:
        raise CheckFailed("\n  ".join(["the servers are not ready to be deployed to", *found]))
    say("all servers are ready to be deployed to")


@deploy.task(releases_only=True)
def cleanup() -> None:
    """Remove old releases; never what is live, the last good one, what is pinned, or what Capify did not make."""
    grip, where, back = gripped(), layout(), ""
    with suppress(Refused):
        back = history.previous(grip.seen)
    doomed = {
        server: history.doomed(found, int(config.keep_releases), int(config.keep_failed), spared=back)
        for server, found in grip.seen.items()
    }
    # A deployment that succeeded does not fail because something old could not be deleted.
    failing = "printf 'failed\\t%s\\n' \"$?\""
    spelled = {
        server: f"{scripts.clean_up(where, names, grip.author)} || {failing}" for server, names in doomed.items()
    }
    for server, said in act(spelled.__getitem__, "remove old releases").items():
        for name, words in _CLEANED.items():
            if name in said:
                say(f"{server}: {words} {listed(said[name])}")


@deploy.task(releases_only=True)
def releases() -> None:
    """List the releases of every server: what they are, and which commit."""
    for server, found in look().items():
        for record in sorted(found.records.values(), key=lambda record: record.sequence):
            live = " <- current" if record.release == found.live else ""
            say(f"{record.release}  {record.state:8}  {record.revision[:12]}{live}", on=server)
        for name in history.strangers(found):
            say(f"{name}  not made by Capify{' <- current' if name == found.live else ''}", on=server)
        if not found.releases:
            say("no releases", on=server)
