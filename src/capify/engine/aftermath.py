"""What a failure leaves behind, and the next command: the last two lines of the last screen. Pure."""

from collections.abc import Mapping, Sequence

from capify.machines import Server, grouped
from capify.wording import ticked


def kept(published: Mapping[Server, str]) -> str:
    """Say what went live in this invocation and stays so; empty if nothing did."""
    releases = grouped(published).items()
    said = (f"`{release}` is live on {ticked(servers)}" for release, servers in releases)
    text = "; ".join(said)
    return f"deployed: {text}, and stays so" if text else ""


def next_step(status: int, words: Sequence[str], tasks: Mapping[str, object], *, stays: bool, task: str = "") -> str:
    """Say which command comes next; empty where nobody can know.

    `words` are those of the command line, `tasks` the declared ones; `stays`: something went live and stays so; `task`
    is where it failed.
    """
    again, prefix = f"`cap {' '.join(words)}`", _prefix(words, tasks)
    if stays and task in tasks:
        return f"mend that, and call what failed by itself: `{prefix} {task}`"
    if status == 7 and "deploy:status" in tasks:
        return f"`{prefix} deploy:status` says what each server has; {again} again makes them all the same"
    if status in {6, 7} and words:
        return f"mend that, and call {again} again"
    return ""


def after_letting_go(words: Sequence[str], tasks: Mapping[str, object]) -> str:
    """Say what comes after everything was let go: nothing was undone, and servers may be in the middle of something."""
    if "deploy:status" not in tasks:
        return ""
    said = f"`{_prefix(words, tasks)} deploy:status` says what was interrupted"
    return f"{said}; then `deploy:resume`, `deploy:abort`, or deploy again"


def _prefix(words: Sequence[str], tasks: Mapping[str, object]) -> str:
    """Give what stands before a task on this command line: `cap`, and the stage if it was named."""
    return " ".join(["cap", *words[:1]]) if words and words[0] not in tasks else "cap"
