"""Copies of linked files: where they are on the operator's machine, which are lacking, and how a server takes them.

Rule: a stage's own copy goes before what several stages share.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from capify.errors import Refused
from capify.machines import Server
from capify.places import short
from capify.standard.layout import Layout, links
from capify.standard.spelling import script
from capify.wording import listed, ticked


def folders(source: Path, stage: str | None) -> list[Path]:
    """Say where copies are looked for: in the stage's folder, in those of the stages around it, in the source."""
    parts = stage.split("/") if stage else []
    return [source.joinpath(*parts[:depth]) for depth in range(len(parts), -1, -1)]


def found(places: Sequence[Path], files: Iterable[str]) -> dict[str, Path]:
    """Find the copies of linked files. Raises `Refused` for one that cannot be read."""
    copies = {}
    for name in files:
        copy = next((place / name for place in places if _is_there(place / name)), None)
        if copy is not None:
            copies[name] = copy
    unfit = [short(str(copy)) for copy in copies.values() if not os.access(copy, os.R_OK) or copy.is_dir()]
    if unfit:
        raise Refused(f"cannot upload {ticked(unfit)}", hint="a copy of a linked file is a file that you can read")
    return copies


def unmet(missing: Mapping[Server, Iterable[str]], copies: Mapping[str, Path], places: Sequence[Path]) -> list[str]:
    """List the linked files that servers lack, and of which there is no copy, each with all its servers."""
    lacking: dict[str, list[str]] = {}
    for server, paths in missing.items():
        for path in paths:
            if path not in copies:
                lacking.setdefault(path, []).append(server.name)
    return [f"`{short(str(places[0] / path))}`, for {listed(names)}" for path, names in lacking.items()]


def upload(
    layout: Layout, files: Iterable[str], *, overwrite: bool = False, mode: str = "0600", group: str = ""
) -> str:
    """Spell how a server takes linked files, from an archive on standard input."""
    values = {"overwrite": "yes" if overwrite else "no", "mode": mode, "group": group}
    return script(layout, "write", "upload", values=values, words=links(files, ())[0])


def pack(copies: Mapping[str, Path], archive: Path) -> None:
    """Write files into an archive, under the names that they have in `shared`."""
    import tarfile  # whoever only reads the recipe does without

    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT, dereference=True) as tar:
        for name, copy in copies.items():
            with copy.open("rb") as content:
                entry = tar.gettarinfo(arcname=name, fileobj=content)
                entry.uid = entry.gid = 0
                entry.uname = entry.gname = ""
                entry.mode = 0o600
                tar.addfile(entry, content)


def _is_there(copy: Path) -> bool:
    """Look for a copy; one in a folder that cannot be looked into is not passed over for another one."""
    try:
        return copy.exists()
    except PermissionError:
        return True
