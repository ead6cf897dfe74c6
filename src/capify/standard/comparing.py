"""How two releases differ, as the servers' lists of their files have it. Pure.

Rule: what a server says is made visible, and bounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from capify.errors import Refused
from capify.machines import Server
from capify.outcomes import Answers
from capify.standard.answers import Deployment
from capify.standard.drift import counts, paths
from capify.standard.history import good
from capify.standard.layout import Layout, release_name
from capify.standard.spelling import script
from capify.wording import suggestion, ticked

SHOWN = 200  # paths of a kind
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two releases on one server; `unlisted` are those whose files are not known."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    counts: tuple[int, int, int] = (0, 0, 0)
    unlisted: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Tell each path with its sign: `+`, `-`, or `~` for a changed one."""
        found = ((path, sign) for kind, sign in _SIGNS.items() for path in getattr(self, kind))
        return [(sign, path) for path, sign in sorted(found)]

    @property
    def more(self) -> int:
        """How many paths are not named."""
        return sum(self.counts) - len(self.rows)


def compare(layout: Layout, old: str, new: str) -> str:
    """Compare two releases on a server."""
    values = {"old": release_name(old), "new": release_name(new), "most": str(SHOWN)}
    return script(layout, "compare", values=values)


def difference(answers: Answers) -> Difference:
    """Make the answers of `compare` one value."""
    number = counts(answers)
    added, removed, changed = (paths(answers, kind, SHOWN) for kind in _SIGNS)
    totals = (number.get("added", 0), number.get("removed", 0), number.get("changed", 0))
    return Difference(added, removed, changed, totals, paths(answers, "unlisted"))


def meant(seen: Mapping[Server, Deployment], word: str) -> dict[Server, str]:
    """Find the release that is meant on each server: an id, `live`, or `previous`. Raises `Refused`.

    A server that does not have it is left out; there is one that has it.
    """
    found = {server: name for server, one in seen.items() if (name := _named(one, word))}
    if not found:
        names = sorted({name for one in seen.values() for name in one.records}, reverse=True)
        hint = suggestion(word, [*names, "live", "previous"]) or (f"there are {ticked(names[:10])}" if names else "")
        raise Refused(f"no server has a release `{word}`", hint=hint)
    return found


def _named(found: Deployment, word: str) -> str:
    if word == "live":
        return found.live
    if word == "previous":
        return next(iter(good(found).earlier), "")
    return word if word in found.records else ""
