"""What differs from day to day on a screen, made the same: times, releases, commits, logs, who answered first.

Pure. Rule: a screen that was copied and a screen that is shown now are equal exactly if nothing else differs.
"""

import re
from collections.abc import Iterable

LOG = re.compile(r"\b\d{8}T\d{6}Z-[0-9a-f]{8}\b")
RELEASE = re.compile(r"\b\d{14}\b")
COMMIT = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,40}\b")
TIME = re.compile(r"\b\d+(?:\.\d+)? m?s\b")
ROOM = re.compile(r"\b\d+(?:\.\d+)? [kMGT]B\b")
HOST = re.compile(r"\S+ \| ")


class Names:
    """The names that stand for what differs; commits are called by the order in which they appear.

    Releases are not: a quick machine makes two within a second, at different servers, with the same name.
    """

    def __init__(self) -> None:
        self._commits: dict[str, int] = {}

    def plain(self, lines: Iterable[str]) -> list[str]:
        """Give lines without such differences, and servers that answer at once in order."""
        text = RELEASE.sub("<release>", LOG.sub("<log>", "\n".join(lines)))
        text = ROOM.sub("<room>", text)
        text = TIME.sub("<time>", COMMIT.sub(self._commit, text))
        return in_order([line.rstrip() for line in text.split("\n")]) if text else []

    def _commit(self, found: re.Match[str]) -> str:
        return f"<commit {self._commits.setdefault(found[0][:7], len(self._commits) + 1)}>"


def in_order(lines: list[str]) -> list[str]:
    """Sort what servers say in the same moment by server; a server's own lines keep their order."""
    sorted_lines: list[str] = []
    together: list[str] = []
    for line in [*lines, ""]:
        if HOST.match(line):
            together.append(line)
            continue
        sorted_lines += sorted(together, key=lambda one: one.partition(" | ")[0])
        together = []
        sorted_lines.append(line)
    return sorted_lines[:-1]
