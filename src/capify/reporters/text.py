"""Words for people: what servers said made harmless, how long it took, how it ended. Pure.

Rule: text of servers, recipes and users passes `harmless` before it is shown; what is ours does not need to.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from capify.errors import CapifyError
from capify.machines import LOCAL, Server
from capify.outcomes import Result

STATUSES: Mapping[int, str] = MappingProxyType({
    0: "done",
    1: "failed",
    2: "usage or recipe error",
    3: "refused",
    4: "done, but something needs a look",
    5: "could not connect",
    6: "failed, and rolled back",
    7: "failed, and the servers are NOT consistent",
    130: "interrupted",
})

# C0 without the tab, DEL and C1; marks, embeddings, overrides and isolates of direction; separators that some
# terminals and editors take for line ends; halves of surrogate pairs, which no terminal can be sent.
_CONTROLS = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ufeff\ud800-\udfff]"
)


def harmless(text: str) -> str:
    r"""Show what could steer a terminal as text: an escape becomes `\x1b`. Tabs stay."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def indented(text: str, first: str, rest: str = "") -> list[str]:
    """Break a text of ours or of a recipe into harmless lines: the first after `first`, the others after `rest`.

    Without `rest` the others stand below the beginning of the text, so that none can pass for a line of its own.
    """
    head, *others = text.rstrip().split("\n")
    margin = rest or " " * max(len(first), 2)
    return [first + harmless(head).rstrip(), *(margin + harmless(line).rstrip() for line in others)]


def complaint(error: CapifyError, *, name: str = "cap") -> list[str]:
    """Word an error that ends everything before it began: where, what is wrong, and the one thing to try."""
    where = f"{error.place}: " if error.place else ""
    hint = indented(error.hint, "  ", "  ") if error.hint else []
    return [*indented(f"{where}{error.message}", f"{name}: ", "  "), *hint]


def duration(seconds: float) -> str:
    """Say how long it took, as exactly as anybody wants to know it."""
    whole = round(max(seconds, 0.0))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60} s"
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{max(seconds, 0.0) * 1000:.0f} ms"


def ending(status: int, note: str = "") -> str:
    """Say how a command ended, in the words of its result."""
    return harmless(Result(Server(LOCAL), "", status, note=note).ending)


def labels(servers: Iterable[Server]) -> dict[Server, str]:
    """Name every server; those that share a name by their whole address, so that no two look the same."""
    known = tuple(dict.fromkeys(servers))
    times = Counter(server.name for server in known)
    return {server: harmless(server.name if times[server.name] == 1 else server.address) for server in known}


def named(names: Sequence[str], most: int = 10) -> str:
    """List names on a line; of very many the first, and how many more."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 2])} and {len(names) - most + 2} more"
