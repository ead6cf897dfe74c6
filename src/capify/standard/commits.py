"""Which commits lie between two, as the operator's mirror of the repository has it. Pure.

Rule: what people wrote into commits is shown, and never understood.
"""

import re
from dataclasses import dataclass

from capify.standard.building import Source
from capify.standard.chronicle import moment
from capify.standard.drift import visible
from capify.standard.layout import revision
from capify.standard.spelling import text

SHOWN = 100
COLUMNS = ("commit", "when", "by", "subject")
_LINE = re.compile(r"(ahead|behind)\t([0-9a-f]{40}|[0-9a-f]{64}) ([0-9]{1,15}) ([^\t]*)\t(.*)")
_COUNT = re.compile(r"counted\t(ahead|behind) ([0-9]{1,15})")
_UNKNOWN = re.compile(r"unknown\t([0-9a-f]{40}|[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its id, its author, when (seconds since the epoch), and its first line."""

    revision: str
    when: int
    author: str
    subject: str

    @property
    def row(self) -> tuple[str, ...]:
        """Tell it in the words of `COLUMNS`."""
        return self.revision[:12], moment(self.when), self.author, self.subject


@dataclass(frozen=True, slots=True)
class Between:
    """The commits from one to another: `ahead` has the other alone, `behind` the one alone, with their numbers.

    `store` is the mirror that knows, empty where there is none; `unknown` the commit that it does not have.
    """

    ahead: tuple[Commit, ...] = ()
    behind: tuple[Commit, ...] = ()
    counts: tuple[int, int] = (0, 0)
    store: str = ""
    unknown: str = ""

    @property
    def known(self) -> bool:
        """Whether the mirror has both commits."""
        return bool(self.store) and not self.unknown


def ask(source: Source, old: str, new: str, *, store: str, folder: str = "") -> str:
    """Ask the mirror at `store`; with a `folder` to work in, it is made or brought up to date first."""
    values = {
        "old": revision(old),
        "new": revision(new),
        "store": store,
        "folder": folder,
        "fetches": "yes" if folder else "",
        "most": str(SHOWN),
        "repository": source.repository,
        "ssh_options": "".join(f"{word} " for word in source.ssh_options),
        "group": "",
    }
    return text("git", "commits", values=values)


def between(output: str) -> Between:
    """Read what the mirror said."""
    lines = output.split("\n")
    commits = [match for line in lines if (match := _LINE.fullmatch(line))]
    numbers = {match[1]: int(match[2]) for line in lines if (match := _COUNT.fullmatch(line))}
    unknown = [match[1] for line in lines if (match := _UNKNOWN.fullmatch(line))]
    sides = {side: tuple(_commit(match) for match in commits if match[1] == side) for side in ("ahead", "behind")}
    return Between(
        sides["ahead"],
        sides["behind"],
        (numbers.get("ahead", 0), numbers.get("behind", 0)),
        next((line.removeprefix("store\t") for line in lines if line.startswith("store\t")), ""),
        next(iter(unknown), ""),
    )


def _commit(match: re.Match[str]) -> Commit:
    return Commit(match[2], int(match[3]), visible(match[4]), visible(match[5]))
