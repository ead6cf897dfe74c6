"""Linked files, brought to the servers from copies on the operator's machine, which no repository needs to have.

Rule 1: what a server has stays as it is, unless `overwrite` is asked for; nothing is ever deleted.
Rule 2: nothing is sent until it is certain that everything is there to be sent.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from capify import Answers, Server, config, dry_run, namespace, say, script
from capify.errors import Refused, TaskFailed
from capify.places import short
from capify.recipe.book import current
from capify.standard import copies
from capify.standard.acting import answering
from capify.standard.site import layout, linked, look
from capify.wording import listed, ticked

_SAID = {"uploaded": "uploaded", "replaced": "replaced", "there": "already there:", "same": "already the same:"}

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def upload_shared(*, overwrite: bool = False) -> None:
    """Upload linked files that servers lack, from your machine; with `overwrite=yes` also those that they have.

    The copies are in `config/shared/<stage>`, else in `config/shared` (the setting `shared_source`).
    """
    files, _ = linked()
    if not files:
        say("there is nothing to upload: `linked_files` names no file")
        return
    places = copies.folders(current().root / str(config.shared_source), config.stage)
    found = copies.found(places, files)
    missing = {server: seen.missing for server, seen in look().items()}
    lacking = copies.unmet(missing, found, places)
    if lacking:
        hint = f"put what is named into {ticked(short(str(place)) for place in places)}; then try again"
        raise Refused("\n  ".join(["nothing was uploaded, because there is no copy to upload", *lacking]), hint=hint)
    wanted = {server: tuple(found) if overwrite else paths for server, paths in missing.items()}
    content = [server.name for server, paths in wanted.items() if not paths]
    if content:
        say(f"{listed(content)}: all linked files are there")
    _tell(_upload({server: paths for server, paths in wanted.items() if paths}, found, overwrite=overwrite))


def _upload(
    wanted: Mapping[Server, Iterable[str]], found: Mapping[str, Path], *, overwrite: bool
) -> dict[Server, Answers]:
    """Send to each server what it is to get, all in one stream; a dry run shows it."""
    import tempfile

    if not wanted:
        return {}
    names = [name for name in found if any(name in paths for paths in wanted.values())]
    shown, mode, group = f"upload {listed(names)}", str(config.shared_mode), str(config.get("group") or "")
    texts = {
        server: copies.upload(layout(), paths, overwrite=overwrite, mode=mode, group=group)
        for server, paths in wanted.items()
    }
    if dry_run():
        with suppress(TaskFailed):  # what it would have answered is not known, and nothing here depends on it
            script(texts.__getitem__, shown=shown, on=tuple(wanted))
        return {}
    with tempfile.TemporaryDirectory(prefix="capify-") as folder, answering():
        archive = Path(folder) / "shared.tar"
        copies.pack({name: found[name] for name in names}, archive)
        return script(texts.__getitem__, shown=shown, stdin=archive, on=tuple(wanted))


def _tell(answers: Mapping[Server, Answers]) -> None:
    """Say what came of it, once for all servers where it is the same."""
    groups: dict[str, list[str]] = {}
    for server, said in answers.items():
        parts = [f"{words} {listed(said[name])}" for name, words in _SAID.items() if name in said]
        groups.setdefault("; ".join(parts), []).append(server.name)
    for what, names in groups.items():
        say(f"{listed(names)}: {what}")
