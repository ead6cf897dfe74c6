"""What a deployment would do on each server, before it does it: `deploy:preview`.

Rule: it reads, and keeps one file on the operator's disk; nothing on a server changes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from capify import Server, config, dry_run, namespace, say, table
from capify.errors import CheckFailed, TaskFailed
from capify.standard.answers import Deployment
from capify.standard.fitness import problems
from capify.standard.foresight import Keeping, removed
from capify.standard.history import next_release_name
from capify.standard.holders import holder
from capify.standard.mirroring import between, tell_commits
from capify.standard.previewing import keep, previewed
from capify.standard.recovery import told
from capify.standard.site import linked, look
from capify.standard.survey import interrupted, size
from capify.wording import listed, ticked

COLUMNS = ("server", "live now", "commit", "becomes", "cleanup removes", "disk free")

deploy = namespace("deploy")


@deploy.task("preview", releases_only=True, announces="revision")
def show() -> None:
    """Show what `deploy` would do on each server, and keep that: `-s preview=ID` applies it if nothing has changed."""
    seen = look()
    preview = previewed(seen)
    keeping = Keeping(int(config.keep_releases), int(config.keep_failed))
    existing = {name for found in seen.values() for name in {*found.releases, *found.records}}
    release = next_release_name(datetime.now(UTC), existing)
    rows = [_row(server, found, preview.revision, removed(found, release, keeping)) for server, found in seen.items()]
    table(rows, columns=COLUMNS, title="what `deploy` would do")
    _tell_commits(seen, preview.revision)
    files, folders = linked()
    if files or folders:
        say(f"linked from `shared`: {ticked([*files, *folders])}")
    _tell_circumstances(seen)
    wrong = problems(seen)
    if wrong:
        raise CheckFailed("\n  ".join(["this would stop the deployment", *wrong]))
    if not dry_run():
        keep(preview)
        command = f"cap {f'{config.stage} ' if config.get('stage') else ''}deploy -s preview={preview.id}"
        say(f"preview {preview.id} is kept: `{command}` applies it, if nothing has changed by then")


def _tell_commits(seen: Mapping[Server, Deployment], new: str) -> None:
    for old in dict.fromkeys(found.revision for found in seen.values()):
        if old and old != new:
            try:
                tell_commits(between(old, new, fetches=True), title=f"commits {old[:12]} → {new[:12]}")
            except TaskFailed as error:  # the servers may reach what this machine does not
                say(f"which commits that brings is not known: {error.hint or error.message}")


def _row(server: Server, found: Deployment, revision: str, doomed: tuple[str, ...]) -> tuple[str, ...]:
    same = " (again)" if found.revision == revision else ""
    names = listed(doomed) if len(doomed) < 4 else f"{len(doomed)} releases"
    return (
        str(server),
        found.live or "nothing",
        found.revision[:12],
        revision[:12] + same,
        names,
        size(found.free_bytes),
    )


def _tell_circumstances(seen: Mapping[Server, Deployment]) -> None:
    """Say what a deployment would meet: locks, and what was interrupted."""
    for server, found in seen.items():
        operation = interrupted(found)
        if found.lock.state == "held":
            say(f"{server} is locked by {holder(found.lock, found.now)}: until that ends, a deployment is refused")
        if operation:
            say(f"{server}: {told(operation, found.now)}; a deployment would begin anew")
