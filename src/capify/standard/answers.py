"""What a server's script answered, read strictly: a server is not trusted to say only what was asked.

Rule: unknown names and values of the wrong shape are left out, and never guessed at.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from capify.outcomes import Answers
from capify.standard.facts import count

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TOKEN = re.compile(r"[0-9a-f]{8,64}")
_FIELD = re.compile(r"[a-z]{1,20}")
_PHASES = {"building", "prepared", "publishing", "published", "returned"}
_LONGEST = 400  # characters of a fact: somebody's words, not a book


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
    """What Capify wrote down about a release; `published` counts publications on that server (0: never).

    `maker` is the token of the invocation that made it. `since` says when it was published last, in seconds since the
    epoch by the server's clock. `facts` are the rest: `who`, `when`, `invocation`, `digest`, `pinned`.
    """

    release: str
    state: State
    sequence: int
    published: int = 0
    revision: str = ""
    maker: str = ""
    since: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def pinned(self) -> bool:
        """Whether somebody wants it kept, whatever its age."""
        return "pinned" in self.facts


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of one server: `state` is `free`, `held` or `stale`; `facts` who holds it, why, since when."""

    state: str = "free"
    number: int = 0
    token: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def lasts(self) -> bool:
        """Whether it was taken by hand, and holds until somebody lets it go."""
        return self.facts.get("lease") == "0"


@dataclass(frozen=True, slots=True)
class Operation:
    """What the journal of one server says is under way, or was interrupted: a `deploy` or a `rollback`.

    `phase` is `building`, `prepared`, `publishing`, `published` or `returned`; `former` was live when it began.
    """

    kind: str
    phase: str
    release: str
    former: str = ""
    token: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one server has in `deploy_to`.

    `releases` are the folders that may be releases, `odd` what else lies among them; `records` the readable records,
    `broken` the names of others. `revision` is the live release's, `missing` the linked files that nobody made yet.
    `free_bytes` and `free_files` are `None` where the server cannot say. `failed` are builds that were put aside, `now`
    is the server's time in seconds since the epoch; `operation` is what is under way, or what was interrupted.
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
    failed: frozenset[str] = frozenset()
    now: int | None = None
    lock: Lock = field(default_factory=Lock)
    operation: Operation | None = None


def deployment(answers: Answers) -> Deployment:
    """Make the answers of `scripts.read` one value."""
    said = {name: _about(answers.get(name, ())) for name in ("maker", "since", "fact")}
    records = [_record(line, said) for line in answers.get("record", ())]
    live = answers.one("live")
    blocks, size, files, total = map(count, [*answers.one("disk").split(" "), "", "", "", ""][:4])
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
        free_bytes=None if blocks is None or size is None else blocks * size,
        free_files=None if total == 0 else files,  # some count no inodes
        failed=frozenset(filter(_NAME.fullmatch, answers.get("failed", ()))),
        now=count(answers.one("now")),
        lock=_lock(answers),
        operation=_operation(answers),
    )


def _current(text: str) -> Current:
    # Whatever is not understood may be anything, and is treated with the most care.
    return Current(text) if text in set(Current) else Current.OUTSIDE if text else Current.NONE


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _about(lines: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Group lines that begin with a release's name."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, _, rest = line.partition(" ")
        found[name] = (*found.get(name, ()), rest)
    return found


def _facts(lines: Iterable[str]) -> Mapping[str, str]:
    pairs = (_visible(line).partition(" ") for line in lines)
    return {name: value[:_LONGEST] for name, _, value in pairs if _FIELD.fullmatch(name)}


def _record(line: str, said: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Record | str:
    """Read `name state sequence published revision`; the name alone when something is wrong with the rest."""
    match line.split(" "):
        case [name, state, sequence, published, revision] if (
            _NAME.fullmatch(name)
            and state in set(State)
            and count(sequence) is not None
            and count(published) is not None
            and (revision == "-" or _REVISION.fullmatch(revision))
        ):
            return Record(
                name, State(state), int(sequence), int(published), revision.removeprefix("-"),
                maker=_matching(_TOKEN, "".join(said["maker"].get(name, ()))),
                since=count("".join(said["since"].get(name, ()))),
                facts=_facts(said["fact"].get(name, ())),
            )  # fmt: skip
    return line.partition(" ")[0]


def _lock(answers: Answers) -> Lock:
    state, _, number = answers.one("lock").partition(" ")
    if state not in {"held", "stale"}:
        return Lock(number=count(number) or 0)
    facts = _facts(answers.get("holder", ()))
    token = _matching(_TOKEN, facts.get("token", ""))
    return Lock(state, count(number) or 0, token, {name: value for name, value in facts.items() if name != "token"})


def _operation(answers: Answers) -> Operation | None:
    match answers.one("operation").split(" "):
        case [kind, phase, release, former, token] if (
            kind in {"deploy", "rollback"}
            and phase in _PHASES
            and _NAME.fullmatch(release)
            and (former == "-" or _NAME.fullmatch(former))
            and _TOKEN.fullmatch(token)
        ):
            facts = _facts(answers.get("operator", ()))
            return Operation(kind, phase, release, former.removeprefix("-"), token, facts)
    return None
