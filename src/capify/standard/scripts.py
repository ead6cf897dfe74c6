"""What is done around a release: setting up, reading, publishing and taking that back, cleaning up.

Rule 1: each function is one script, for one server and one round trip.
Rule 2: a script that is killed at any point leaves `current` pointing at a complete release.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from capify.standard.layout import Layout, links, release_name
from capify.standard.spelling import script


def set_up(layout: Layout, *, files: Iterable[str] = (), folders: Iterable[str] = (), group: str = "") -> str:
    """Make what a deployment needs, and say what was made: also the linked folders, and the folders of linked files.

    What is made is given to the group, if one is named; what was there stays as it is.
    """
    linked_files, linked_folders = links(files, folders)
    parents = [path.rpartition("/")[0] for path in linked_files if "/" in path]
    return script(layout, "write", "setup", values={"group": group}, words=[*linked_folders, *parents])


def read(layout: Layout, linked_files: Iterable[str] = ()) -> str:
    """Read everything that decisions need; works on a server that was never set up, and changes nothing."""
    return script(layout, "read", words=links(linked_files, ())[0])


def publish(layout: Layout, release: str, *, leaving: str = "retired", log_line: str = "") -> str:
    """Point `current` at a ready release; what is left becomes `retired`, or `bad` in a rollback."""
    values = {"release": release_name(release), "leaving": leaving, "log_line": _one_line(log_line)}
    return script(layout, "write", "publish", values=values)


@dataclass(frozen=True, slots=True)
class Former:
    """What a server had before a publication: the text of `current`, and the release's state and counter."""

    target: str = ""
    was: str = "ready"
    counter: int = 0


def put_back(layout: Layout, release: str, former: Former, *, log_line: str = "") -> str:
    """Take a publication back on one server, if that release is still live there."""
    values = {
        "release": release_name(release),
        "former": former.target,
        "was": former.was,
        "counter": str(former.counter),
        "log_line": _one_line(log_line),
    }
    return script(layout, "write", "put_back", values=values)


def clean_up(layout: Layout, doomed: Iterable[str]) -> str:
    """Remove releases; never what `current` resolves to, nor what has no record."""
    return script(layout, "write", "cleanup", words=[release_name(name) for name in doomed])


def _one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
