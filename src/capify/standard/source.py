"""Which commit is deployed, and how its files get onto the operator's machine when servers take no part in that.

Rule: the revision is resolved once, here; servers are given the full id of a commit, and nothing else.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capify import capture_locally, config, dry_run, run_locally, say
from capify.errors import CapifyError, RecipeError, TaskFailed
from capify.shell import quote
from capify.standard import building, git
from capify.standard.archive import cache_folder, mirror_name, pack
from capify.standard.building import Source


def resolved() -> str:
    """Find the commit of `branch`, by asking the repository."""
    return _commit(str(config.branch), "branch")


def revision() -> str:
    """Give the commit to deploy; a branch or tag that somebody wrote into `revision` is resolved too."""
    return _commit(str(config.revision), "revision")


def source() -> Source:
    """Say where servers fetch from."""
    return Source(_repository())


def mirrored() -> tuple[Source, Path]:
    """Say where this machine fetches from, and where in the operator's cache the mirror of that is."""
    return Source(_repository(), _ssh_options()), cache_folder(os.environ) / mirror_name(_repository())


@contextmanager
def archived(commit: str) -> Iterator[Path | None]:
    """Pack the commit's files on this machine, by way of a mirror in the operator's cache; nothing in a dry run."""
    import tempfile

    store = cache_folder(os.environ) / mirror_name(_repository())
    with tempfile.TemporaryDirectory(prefix="capify-") as folder:
        tree, order = Path(folder) / "tree", Path(folder) / "fetch.sh"
        text = building.mirror(Source(_repository(), _ssh_options()), commit, store=str(store), folder=str(tree))
        order.write_text(text, "utf-8")
        run_locally(["sh", order])
        if dry_run():
            yield None
            return
        pack(tree, Path(folder) / "release.tar.gz")
        yield Path(folder) / "release.tar.gz"


def _commit(wanted: str, setting: str) -> str:
    if git.is_commit(wanted):
        return wanted.lower()
    try:
        answer = capture_locally(git.ls_remote(_repository()), env=git.environment(_ssh_options()))
    except TaskFailed as error:
        error.setting = "repository"
        error.hint = f"`config.repository` is `{_repository()}`: see whether `git ls-remote` can read it"
        raise
    try:
        found = git.resolve(git.references(answer), wanted)
    except CapifyError as error:
        error.setting = error.setting or setting
        raise
    if found.notice:
        say(found.notice)
    return found.revision


def _repository() -> str:
    address = str(config.repository)
    if config.deploy_via == "remote_cache" and address.startswith("."):
        hint = 'name it so that servers find it, or set `config.deploy_via = "copy"`'
        text = f"`repository` is `{address}`, which means nothing on a server"
        raise RecipeError(text, hint=hint, setting="repository")
    return git.repository(address)


def _ssh_options() -> tuple[str, ...]:
    """Give the operator's own git the same OpenSSH configuration that `cap` uses."""
    named = config.get("ssh_config")
    return ("-F", quote(os.path.expanduser(str(named)))) if named else ()  # noqa: PTH111 - ssh takes text
