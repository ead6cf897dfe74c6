"""What a server's script answered, read strictly: a server is not trusted to say only what was asked.

Rule: unknown names and values of the wrong shape are left out, and never guessed at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from capify.outcomes import Answers

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,14}")
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class State(StrEnum):
    """What a release is."""

    BUILDING = "building"
    READY = "ready"
    LIVE = "live"
    RETIRED = "retired"
    BAD = "bad"


class Current(StrEnum):
    """What `current` is: nothing, a link to a release, or something that no deployment made."""

    NONE = "none"
    RELEASE = "release"
    DIRECTORY = "directory"
    DANGLING = "dangling"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Record:
    """What Capify wrote down about a release; `published` counts publications on that server (0: never)."""

    release: str
    state: State
    sequence: int
    published: int = 0
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one server has in `deploy_to`.

    `releases` are the folders that may be releases, `odd` what else lies among them; `records` the readable records,
    `broken` the names of others. `revision` is the live release's, `missing` the linked files that nobody made yet.
    `free_bytes` and `free_files` are `None` where the server cannot say.
    """

    exists: bool = False
    folders: frozenset[str] = frozenset()
    writable: frozenset[str] = frozenset()
    format: str = ""
    git: bool = False
    current: Current = Current.NONE
    target: str = ""
    live: str = ""
    revision: str = ""
    releases: frozenset[str] = frozenset()
    odd: tuple[str, ...] = ()
    records: Mapping[str, Record] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    free_bytes: int | None = None
    free_files: int | None = None


def deployment(answers: Answers) -> Deployment:
    """Make the answers of `scripts.read` one value."""
    records = [_record(line) for line in answers.get("record", ())]
    live = answers.one("live")
    blocks, size, files = [*answers.one("disk").split(" "), "", "", ""][:3]
    known = all(map(_COUNT.fullmatch, (blocks, size)))
    return Deployment(
        exists=answers.one("exists") == "yes",
        folders=frozenset(answers.get("folder", ())),
        writable=frozenset(answers.get("writable", ())),
        format=answers.one("format"),
        git=answers.one("git") == "yes",
        current=_current(answers.one("current")),
        target=answers.one("target"),
        live=live if _NAME.fullmatch(live) and answers.one("current") == Current.RELEASE else "",
        revision=_matching(_REVISION, answers.one("revision")),
        releases=frozenset(filter(_NAME.fullmatch, answers.get("release", ()))),
        odd=tuple(map(_visible, answers.get("odd", ()))),
        records={record.release: record for record in records if isinstance(record, Record)},
        broken=tuple(name for name in records if isinstance(name, str)),
        missing=tuple(map(_visible, answers.get("missing", ()))),
        free_bytes=int(blocks) * int(size) if known else None,
        free_files=int(files) if _COUNT.fullmatch(files) else None,
    )


def _current(text: str) -> Current:
    # Whatever is not understood may be anything, and is treated with the most care.
    return Current(text) if text in set(Current) else Current.OUTSIDE if text else Current.NONE


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _record(line: str) -> Record | str:
    """Read `name state sequence published revision`; the name alone when something is wrong with the rest."""
    match line.split(" "):
        case [name, state, sequence, published, revision] if (
            _NAME.fullmatch(name)
            and state in set(State)
            and _COUNT.fullmatch(sequence)
            and _COUNT.fullmatch(published)
            and (revision == "-" or _REVISION.fullmatch(revision))
        ):
            return Record(name, State(state), int(sequence), int(published), revision.removeprefix("-"))
    return line.partition(" ")[0]
