"""What a deployment would bring: the commits between what is live and what would be deployed now.

Rule: the servers say what is live; the repository's mirror on the operator's machine says the rest.
"""

from capify import config, namespace, run_locally, say
from capify.errors import TaskFailed
from capify.machines import grouped
from capify.standard.mirroring import between, tell_commits
from capify.standard.site import look
from capify.standard.source import revision
from capify.wording import listed

pending = namespace("deploy:pending")


@pending.task("default", releases_only=True, announces="revision")
def show_commits() -> None:
    """Show the commits that a deployment would bring now."""
    new = revision()
    for old, where in _live().items():
        if not old:
            say(f"{where}: nothing is live")
        elif old == new:
            say(f"{where}: nothing is pending: {new[:12]} is live")
        else:
            found = between(old, new, fetches=True)
            _refuse_unknown(found.unknown, known=found.known)
            tell_commits(found, title=f"{where}: {old[:12]} → {new[:12]}")


@pending.task("diff", releases_only=True, announces="revision")
def show_changes() -> None:
    """Show what a deployment would change in the source, as `git diff` does."""
    new = revision()
    for old, where in _live().items():
        if not old or old == new:
            say(f"{where}: {f'nothing is pending: {new[:12]} is live' if old else 'nothing is live'}")
            continue
        found = between(old, new, fetches=True)
        _refuse_unknown(found.unknown, known=found.known)
        say(f"{where}: {old[:12]} → {new[:12]}")
        plainly = ("--no-pager", "-c", "core.fsmonitor=false", "diff", "--no-color", "--no-ext-diff", "--no-textconv")
        run_locally(["git", f"--git-dir={found.store}", *plainly, old, new, "--"])


def _live() -> dict[str, str]:
    """Give each commit that is live, and where that is."""
    groups = grouped({server: found.revision for server, found in look().items()})
    if len(groups) > 1:
        say("different revisions are live: `deploy:status` says more")
    return {commit: listed([str(server) for server in servers]) for commit, servers in groups.items()}


def _refuse_unknown(commit: str, *, known: bool) -> None:
    if commit:
        text = f"the repository has no commit `{commit}`, which is live: the branch was rewritten"
        raise TaskFailed(text, hint=f"`config.repository` is `{config.repository}`: is it the right one?")
    if not known:
        raise TaskFailed("there is no mirror of the repository yet, and a dry run makes none", hint="leave out `-n`")
