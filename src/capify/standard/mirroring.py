"""Asking the repository's mirror in the operator's cache which commits lie between two, and showing them.

Rule: a dry run fetches nothing, and asks the mirror as it is.
"""

from pathlib import Path

from capify import capture_locally, config, dry_run, say, table
from capify.errors import TaskFailed
from capify.standard import commits
from capify.standard.commits import Between
from capify.standard.source import mirrored
from capify.wording import counted


def between(old: str, new: str, *, fetches: bool = False) -> Between:
    """Find the commits between two; `fetches` makes or updates the mirror first. Nothing is known without both."""
    if not (old and new and config.get("repository")):
        return Between()
    source, store = mirrored()
    import tempfile

    with tempfile.TemporaryDirectory(prefix="capify-") as folder:
        work = folder if fetches and not dry_run() else ""
        order = Path(folder) / "commits.sh"
        order.write_text(commits.ask(source, old, new, store=str(store), folder=work), "utf-8")
        try:
            return commits.between(capture_locally(["sh", order]))
        except TaskFailed as error:
            error.hint = f"`config.repository` is `{source.repository}`: see whether `git ls-remote` can read it"
            raise


def tell_commits(found: Between, title: str = "") -> None:
    """Show commits, and what is to be said about them; nothing of commits that are not known."""
    if not found.known:
        if found.unknown:
            say(f"the mirror of the repository has no commit `{found.unknown[:12]}`")
        return
    ahead, behind = found.counts
    if ahead:
        table([one.row for one in found.ahead], columns=commits.COLUMNS, title=title or "commits")
    if ahead > len(found.ahead):
        say(f"and {counted(ahead - len(found.ahead), 'commit')} more")
    if behind:
        table([one.row for one in found.behind], columns=commits.COLUMNS, title="commits that would be taken back")
    if behind > len(found.behind):
        say(f"and {counted(behind - len(found.behind), 'commit')} more")
