"""What is known by name, for completion: tasks, settings, hosts, roles, files."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from capify.recipe.book import Book
from capify.recipe.environment import NOT_HERE
from capify.recipe.known import KNOWN

INTERNAL = "[internal]"


class Candidate(NamedTuple):
    """A word that may be typed, and what it means."""

    text: str
    doc: str = ""


def tasks(book: Book | None, current: str) -> list[Candidate]:
    """Give the tasks with a description; where none of them fits, the others."""
    if book is None:
        return []
    every = [Candidate(task.name, task.summary) for _, task in sorted(book.tasks.items())]
    fitting = [one for one in every if one.text.startswith(current)]
    return [one for one in fitting if one.doc and not one.doc.startswith(INTERNAL)] or fitting


def settings(book: Book | None, current: str, *, equals: bool = True) -> Iterable[Candidate]:
    """Give settings; behind `name=` the values of one that has few."""
    name, sign, _ = current.partition("=")
    if sign and equals:
        words = KNOWN[name].sort.choices if name in KNOWN else ()
        stages = book.stages.names if book and name == "default_stage" else ()
        return [Candidate(f"{name}={word}") for word in (*words, *stages)]
    set_here = book.settings.names() if book else ()
    names = sorted({*set_here, *(KNOWN if equals else ())} - (NOT_HERE if equals else frozenset()))
    docs = {name: KNOWN[name].doc if name in KNOWN else "" for name in names}
    return [Candidate(f"{name}=" if equals else name, doc) for name, doc in docs.items()]


def hosts(book: Book | None, current: str, *, several: bool = True) -> list[Candidate]:
    """Give the declared servers' names; behind a comma those that are not there yet."""
    servers = book.inventory.servers() if book else ()
    known = {server.name: " ".join(sorted(server.roles)) for server in servers}
    return list(_listed(known.items(), current if several else ""))


def roles(book: Book | None, current: str) -> list[Candidate]:
    """Give the roles that servers have; behind a comma those that are not there yet."""
    servers = book.inventory.servers() if book else ()
    names = sorted(frozenset[str]().union(*(server.roles for server in servers)))
    return list(_listed(((name, "role") for name in names), current))


def files(current: str) -> list[Candidate]:
    """Give files and folders as they lie there; a folder ends in `/`."""
    folder, slash, begun = current.rpartition("/")
    try:
        with os.scandir(f"{folder}{slash}" or ".") as entries:
            found = sorted((one.name, one.is_dir()) for one in entries)
    except OSError:
        return []
    shown = ((name, is_folder) for name, is_folder in found if begun.startswith(".") or not name.startswith("."))
    return [Candidate(f"{folder}{slash}{name}{'/' if is_folder else ''}") for name, is_folder in shown]


def _listed(known: Iterable[tuple[str, str]], current: str) -> Iterator[Candidate]:
    before, comma, _ = current.rpartition(",")
    there = before.split(",") if comma else []
    return (Candidate(f"{before}{comma}{name}", doc) for name, doc in known if name not in there)
