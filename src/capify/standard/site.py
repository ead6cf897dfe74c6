"""What the standard tasks share: reading every server, acting on every server, publishing with a way back.

Rule 1: what is decided here is decided from what the servers said just now.
Rule 2: undo acts only on what this invocation made; it is registered before the act, and looks again on each server.
"""

import getpass
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from capify import Answers, Server, config, dry_run, live_now, on_rollback, script, transaction
from capify.errors import CommandFailed, TaskFailed
from capify.standard import scripts
from capify.standard.answers import Current, Deployment, Record, State, deployment
from capify.standard.layout import Layout, links
from capify.standard.scripts import Former
from capify.wording import ticked

FORMATS = {"", "1"}  # of the records; none at all is a server that Capify never worked on


def layout() -> Layout:
    """Say where the deployment lies."""
    return Layout(str(config.deploy_to), str(config.repository_cache))


def linked() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the linked files and folders, checked."""
    return links(map(str, config.linked_files), map(str, config.linked_dirs))


def look() -> dict[Server, Deployment]:
    """Read every server in one round trip, and tell the end table what is live."""
    text = scripts.read(layout(), linked()[0])
    seen = {server: deployment(found) for server, found in script(text, reads=True, shown="read releases").items()}
    for server, found in seen.items():
        live_now(server, found.live, found.revision)
    return seen


def act(
    spelled: str | Callable[[Server], str], shown: str, *, stdin: Path | None = None, timeout: float | None = None
) -> dict[Server, Answers]:
    """Run a script that changes something; a dry run shows it, and there is no answer then.

    Given a `timeout` in seconds, it may be silent for as long: git says nothing while it fetches.
    """
    if not dry_run():
        return script(spelled, shown=shown, stdin=stdin, timeout=timeout, silence=timeout)
    with suppress(TaskFailed):  # what it would have answered is not known, and nothing here depends on it
        script(spelled, shown=shown)
    return {}


def problems(seen: Mapping[Server, Deployment]) -> list[str]:
    """List what would make a deployment fail, for all servers at once."""
    return [f"{server}: {problem}" for server, found in seen.items() for problem in _problems(found)]


def publish(release: str, seen: Mapping[Server, Deployment], *, leaving: State, log_line: str) -> None:
    """Switch every server to a release at once; if one fails, those that switched go back to what they had."""
    with transaction():
        if not dry_run():
            on_rollback(lambda: _put_back(release, seen))
        text = scripts.publish(layout(), release, leaving=leaving, log_line=log_line)
        for server in act(text, f"publish {release}"):
            record = seen[server].records.get(release)
            live_now(server, release, record.revision if record else "")


def operator() -> str:
    """Name who does this, for the log."""
    return getpass.getuser()


def _problems(found: Deployment) -> list[str]:
    if not found.exists or not {"releases", "shared"} <= found.folders:
        wrong = f"`{config.deploy_to}` is not set up: run `deploy:setup`"
        return [wrong, *_missing(found)]
    writable = {"releases", "shared", ".", *({".capify"} & found.folders)}
    return [
        *(f"`{config.deploy_to}/{name}` is not writable" for name in sorted(writable - found.writable)),
        *([f"its records have format `{found.format}`: use a newer Capify"] if found.format not in FORMATS else []),
        *([f"`{config.deploy_to}/current` is no symbolic link"] if found.current is Current.DIRECTORY else []),
        *(["git is not installed"] if config.deploy_via == "remote_cache" and not found.git else []),
        *_missing(found),
    ]


def _missing(found: Deployment) -> list[str]:
    return [f"linked file {ticked([f'{config.deploy_to}/shared/{path}'])} is missing" for path in found.missing]


def _put_back(release: str, seen: Mapping[Server, Deployment]) -> None:
    """Undo a publication, and tell the end table what is live where, also where that cannot be known."""
    where, line = layout(), f"{release} taken back by {operator()}"
    former = {server: _former(found, release) for server, found in seen.items()}
    texts = {server: scripts.put_back(where, release, one, log_line=line) for server, one in former.items()}
    try:
        answers = act(texts.__getitem__, f"take {release} back")
    except CommandFailed as error:
        for server in error.results.failed:
            live_now(server, "unknown")
        _tell({server: Answers(result.stdout) for server, result in error.results.items() if result.ok}, seen)
        raise
    _tell(answers, seen)


def _tell(answers: Mapping[Server, Answers], seen: Mapping[Server, Deployment]) -> None:
    for server, said in answers.items():
        live = said.one("restored") or said.one("elsewhere")
        revision = seen[server].revision if live == seen[server].live else ""
        live_now(server, "" if live == Current.NONE else live, revision)


def _former(found: Deployment, release: str) -> Former:
    record = found.records.get(release, Record(release, State.READY, 0))
    return Former(found.target, record.state, record.published)
