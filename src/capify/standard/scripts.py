"""What is done around a release: setting up, reading, locking, publishing and taking that back, cleaning up.

Rule 1: each function is one script, for one server and one round trip.
Rule 2: a script that is killed at any point leaves `current` pointing at a complete release.
Rule 3: what writes, writes only while its author holds the lock.
"""

from collections.abc import Iterable

from capify.standard.authors import Author
from capify.standard.layout import Layout, links, release_name
from capify.standard.spelling import script


def set_up(layout: Layout, *, files: Iterable[str] = (), folders: Iterable[str] = (), group: str = "") -> str:
    """Make what a deployment needs, and say what was made: also the linked folders, and the folders of linked files.

    What is made is given to the group, if one is named; what was there stays as it is.
    """
    linked_files, linked_folders = links(files, folders)
    parents = [path.rpartition("/")[0] for path in linked_files if "/" in path]
    return script(layout, "lock", "write", "setup", values={"group": group}, words=[*linked_folders, *parents])


def read(layout: Layout, linked_files: Iterable[str] = ()) -> str:
    """Read everything that decisions need; works on a server that was never set up, and changes nothing."""
    return script(layout, "lock", "journal", "read", words=links(linked_files, ())[0])


def clean_up(layout: Layout, doomed: Iterable[str], author: Author) -> str:
    """Remove releases; never what `current` resolves to, nor what has no record."""
    words = [release_name(name) for name in doomed]
    return script(layout, "lock", "write", "cleanup", values=author.values, words=words)
