"""Previews on the operator's disk: kept by `deploy:preview`, and applied by `cap STAGE deploy -s preview=ID`.

Rule: a preview is applied to the very world that it was made of, or not at all.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from capify import Server, config
from capify.errors import Refused, UsageError
from capify.standard import source
from capify.standard.answers import Deployment
from capify.standard.foresight import Preview, changes, parsed, spelled, world
from capify.standard.site import layout, linked
from capify.wording import suggestion

KEPT = 50  # previews
_SETTINGS = ("deploy_via", "keep_failed", "keep_releases")


def resolved() -> str:
    """Find the commit to deploy: that of the preview which is applied, else that of `branch`."""
    named = config.get("preview")
    return _kept(str(named)).revision if named else source.resolved()


def refuse_if_changed(seen: Mapping[Server, Deployment]) -> None:
    """Refuse to apply a preview where anything is not as it was when that was made; without one, nothing is refused.

    To be called with the servers' locks held, before anything is changed. Raises `Refused` with all that changed.
    """
    named = config.get("preview")
    if named:
        said = changes(_kept(str(named)), previewed(seen))
        if said:
            lines = "\n  ".join([f"something changed since preview `{named}` was made", *said])
            raise Refused(lines, hint="nothing was done; `deploy:preview` makes a new one")


def previewed(seen: Mapping[Server, Deployment]) -> Preview:
    """Make a preview of what these servers have now."""
    files, folders = linked()
    settings = {name: str(config[name]) for name in _SETTINGS}
    settings |= {"linked_dirs": ", ".join(folders), "linked_files": ", ".join(files)}
    return Preview(source.revision(), layout().deploy_to, str(config.get("stage") or ""), settings, world(seen))


def keep(preview: Preview) -> Path:
    """Keep a preview where only the operator can read it; the oldest of very many go."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{preview.id}.json"
    own = file.with_suffix(f".{os.getpid()}")
    own.write_text(spelled(preview), "utf-8")
    own.replace(file)
    for old in sorted(folder.glob("*.json"), key=_age, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
    return file


def _kept(named: str) -> Preview:
    """Read a preview. Raises `UsageError` for one that is not there, or was edited."""
    folder = _folder()
    names = [file.stem for file in folder.glob("*.json")] if folder.is_dir() else []
    if named not in names:
        hint = suggestion(named, names) or "`deploy:preview` makes one, and says its id"
        raise UsageError(f"there is no preview `{named}`", hint=hint)
    preview = parsed((folder / f"{named}.json").read_text("utf-8", "replace"))
    if preview is None or preview.id != named:
        raise UsageError(f"preview `{named}` cannot be read, or was edited", hint="`deploy:preview` makes a new one")
    return preview


def _folder() -> Path:
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "state") / "capify" / "previews"


def _age(file: Path) -> float:
    with suppress(OSError):  # somebody else has just removed it
        return file.stat().st_mtime
    return 0
