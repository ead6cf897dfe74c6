"""The lock of a deployment: one for each server, taken on all of them or on none; and what is decided about it.

Servers are tried all at once. Where somebody else holds one, everything behind it in the order of names is let go
again, and whoever holds the first part may wait for the rest: so no two ever wait for each other.

Rule: nothing here asks a server, or the clock.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from capify.standard.authors import Author, one_line
from capify.standard.layout import Layout, links
from capify.standard.spelling import script


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a lock is taken: what for, and how many seconds it holds without a sign of life; 0 is for ever.

    `patience` is how many seconds are waited for it.
    """

    reason: str
    lease: int
    patience: int = 0


def take(layout: Layout, author: Author, terms: Terms, *, linked_files: Sequence[str] = ()) -> str:
    """Take the lock of one server if it can be had, adopt what Capistrano made, and read what `scripts.read` reads."""
    values = {
        "lease": str(terms.lease),
        "patience": str(terms.patience),
        "reason": one_line(terms.reason),
        **author.values,
    }
    parts = ("lock", "journal", "write", "take", "read")
    return script(layout, *parts, values=values, words=links(linked_files, ())[0])


def beat(layout: Layout, author: Author) -> str:
    """Renew the lease."""
    return script(layout, "lock", "beat", values=author.values)


def let_go(layout: Layout, author: Author, *, settled: bool) -> str:
    """Let the lock go, if it is the author's; and close its operation, if that is settled."""
    values = {"settled": "yes" if settled else "no", **author.values}
    return script(layout, "lock", "journal", "write", "close", "let_go", values=values)


def keep(layout: Layout, author: Author, reason: str) -> str:
    """Turn the author's lock into one that holds until somebody takes it away."""
    values = {"kept": os.urandom(16).hex(), "reason": one_line(reason), **author.values}
    return script(layout, "lock", "write", "keep", values=values)


def break_open(layout: Layout, author: Author, number: int) -> str:
    """Take the lock of this number away from whoever has it, end what that one still runs, and leave it free."""
    return script(layout, "lock", "write", "break", values={"number_seen": str(number), **author.values})
