"""How much room a release needs: judged by the one before it.

Rule: pure.
"""

from dataclasses import dataclass

from capify.standard.answers import Deployment
from capify.standard.facts import count

FILES = 200  # besides those of the release: records, links, what git writes
SHARE = 1.5  # of what the last release took


@dataclass(frozen=True, slots=True)
class Room:
    """What must be free: bytes and inodes."""

    bytes: int
    files: int


def needed(found: Deployment, reserve: float) -> Room:
    """Say what the next release needs on a server; `reserve` are megabytes besides. The first is taken for empty."""
    sizes = [count(record.facts.get("size", "")) or 0 for record in found.records.values()]
    counts = [count(record.facts.get("files", "")) or 0 for record in found.records.values()]
    kilobytes, files = max(sizes, default=0), max(counts, default=0)
    return Room(int(kilobytes * 1024 * SHARE + reserve * 1024 * 1024), int(files * SHARE) + FILES)
