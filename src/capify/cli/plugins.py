"""`cap plugins`: what installed packages offer, without importing any of it.

Rule: what is wrong is remarked: a name that two packages claim, one that Capify has itself, a group that there is not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.errors import CheckFailed
from capify.plugins import API
from capify.recipe.discovery import STANDARD_NAMES
from capify.recipe.known import KNOWN
from capify.recipe.plugged import READERS, RECIPES, REPORTERS, STRATEGIES, TRANSPORTS, names, package
from capify.recipe.suffixes import SUFFIXES, claimed
from capify.reporters.columns import aligned
from capify.reporters.text import harmless
from capify.wording import near, ticked

PREFIX: Final = "capify."
GROUPS: Final = tuple(group.name for group in (RECIPES, READERS, TRANSPORTS, REPORTERS, STRATEGIES))
_OWN: Final[Mapping[str, Iterable[str]]] = {
    RECIPES.name: STANDARD_NAMES,
    READERS.name: SUFFIXES,
    TRANSPORTS.name: KNOWN["transport"].sort.words,
    STRATEGIES.name: KNOWN["deploy_via"].sort.words,
}


def show(asked: Asked) -> Answer:
    """Answer `cap plugins [--json]`; exit status 4 when names are claimed twice, or for nothing."""
    asked.refuse_words("plugins")
    found = sorted(_installed(), key=lambda entry: (entry.group, entry.name, package(entry)))
    wrong = tuple(_wrong(found))
    status = CheckFailed.status if wrong else 0
    if asked.arguments.json:
        return Answer(as_json([_plain(entry) for entry in found]), wrong, status)
    if not found:
        return Answer(remarks=(f"no package here brings plugins (version {API} of plugins)",))
    rows = [(harmless(entry.group), harmless(_called(entry)), harmless(package(entry))) for entry in found]
    return Answer(tuple(aligned(rows)), (*wrong, f"this Capify takes version {API} of plugins"), status)


def _installed() -> list[EntryPoint]:
    groups = [group for group in entry_points().groups if group.startswith(PREFIX)]
    return [entry for group in groups for entry in entry_points(group=group)]


def _called(entry: EntryPoint) -> str:
    """Give the name by which a project asks for it: a reader is asked for by a suffix."""
    return claimed(entry.name) if entry.group == READERS.name else entry.name


def _wrong(entries: Sequence[EntryPoint]) -> Iterator[str]:
    for group in sorted({entry.group for entry in entries} - {*GROUPS}):
        owners = ticked(sorted({package(entry) for entry in entries if entry.group == group}))
        meant = near(group, GROUPS, most=1)
        hint = f"did you mean {ticked(meant)}?" if meant else f"there is {ticked(GROUPS)}"
        yield harmless(f"{owners}: there is no group `{group}`; {hint}")
    for entry in entries:
        if entry.name not in names(entry.group):
            yield harmless(f"`{package(entry)}`: `{entry.name}` is no name; use letters, digits, `-` and `_`")
    for group, name in sorted({(entry.group, _called(entry)) for entry in entries}):
        claims = sorted({package(entry) for entry in entries if (entry.group, _called(entry)) == (group, name)})
        if name in _OWN.get(group, ()):
            yield harmless(f"{ticked(claims)}: `{name}` in {group} is Capify's own, and theirs is never used")
        elif len(claims) > 1:
            yield harmless(f"{ticked(claims)}: several have `{name}` in {group}; uninstall all but one")


def _plain(entry: EntryPoint) -> dict[str, object]:
    """Give an entry point as plain data for JSON."""
    owner = (entry.dist.name, entry.dist.version) if entry.dist else (None, None)
    return {
        "group": entry.group, "name": _called(entry), "distribution": owner[0], "version": owner[1],
        "value": entry.value, "takes": API,
    }  # fmt: skip
