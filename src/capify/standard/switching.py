"""Making a release live on one server, and taking that back: the scripts.

Rule: a script that is killed at any point leaves `current` pointing at a complete release.
"""

from dataclasses import dataclass

from capify.standard.authors import Author, one_line
from capify.standard.layout import Layout, release_name
from capify.standard.spelling import script


@dataclass(frozen=True, slots=True)
class Former:
    """What a server had before a publication: the text of `current`, and the release's state and counter."""

    target: str = ""
    was: str = "ready"
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """What goes live: a `deploy` or a `rollback`; what is left becomes `retired`, or `bad`."""

    release: str
    operation: str = "deploy"
    leaving: str = "retired"
    log_line: str = ""


def publish(layout: Layout, publication: Publication, author: Author) -> str:
    """Point `current` at a release, at once."""
    values = _publication(publication) | author.values
    return script(layout, "lock", "journal", "write", "publish", "switch", values=values)


def arm(layout: Layout, publication: Publication, author: Author) -> str:
    """Wait for `flip`, and point `current` at a release then; and for `close yes|no`, and let the lock go then."""
    values = _publication(publication) | author.values
    return script(layout, "lock", "journal", "write", "publish", "close", "armed", values=values)


def put_back(layout: Layout, author: Author, release: str, *, former: Former, log_line: str = "") -> str:
    """Take a publication back on one server, if that release is still live there."""
    values = {
        "release": release_name(release),
        "former": former.target,
        "was": former.was,
        "counter": str(former.counter),
        "log_line": one_line(log_line),
    }
    return script(layout, "lock", "journal", "write", "put_back", values=values | author.values)


def _publication(publication: Publication) -> dict[str, str]:
    return {
        "release": release_name(publication.release),
        "operation": publication.operation,
        "leaving": publication.leaving,
        "log_line": one_line(publication.log_line),
    }
