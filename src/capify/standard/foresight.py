"""What a deployment would do, seen before: the world that it was seen in, and whether that is still the same. Pure.

Rule: the id of a preview is the digest of all that it depends on; so one that was edited is none.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from capify.machines import Server
from capify.standard.answers import Deployment, Record, State
from capify.standard.history import doomed
from capify.standard.sequel import built, published
from capify.wording import ticked

FORMAT = 1
_ADOPTED = "Capistrano"  # in `who`: taking the lock makes such records, and that is no change


@dataclass(frozen=True, slots=True)
class Preview:
    """What a preview was made of: the commit, the settings that matter, and what each server had, by its address."""

    revision: str
    deploy_to: str
    stage: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    world: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name: the beginning of the digest."""
        import json
        from hashlib import sha256

        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much cleaning up leaves."""

    good: int
    failed: int


def world(seen: Mapping[Server, Deployment]) -> dict[str, dict[str, str]]:
    """Tell what every server has, as far as a deployment depends on it: as names and texts."""
    return {server.address: _facts(found) for server, found in seen.items()}


def _facts(found: Deployment) -> dict[str, str]:
    """Tell what a server has. Room, locks and times are left out: they change, and a deployment looks for itself."""
    operation = found.operation
    told = {
        "`current`": found.target if found.live else str(found.current),
        "the live commit": found.revision,
        "the list of missing linked files": ", ".join(found.missing),
        "what is under way": f"{operation.kind} of {operation.release}, {operation.phase}" if operation else "",
    }
    names = {*found.releases, *(name for name, record in found.records.items() if not _adopted(record))}
    return told | {f"release {name}": _fact(found, name) for name in sorted(names)}


def changes(before: Preview, now: Preview) -> list[str]:
    """Say what is not as it was."""
    said = [f"the commit was `{before.revision}`, is `{now.revision}`"] if before.revision != now.revision else []
    if before.stage != now.stage or before.deploy_to != now.deploy_to:
        there = f"`{before.stage or 'no stage'}` in `{before.deploy_to}`"
        return [*said, f"it was made for {there}; this is `{now.stage or 'no stage'}` in `{now.deploy_to}`"]
    said += [f"setting {line}" for line in _changed(before.settings, now.settings)]
    for address in sorted({*before.world, *now.world}):
        if address not in now.world:
            said.append(f"{address}: is not among the servers any more")
        elif address not in before.world:
            said.append(f"{address}: was not among the servers")
        else:
            said += [f"{address}: {line}" for line in _changed(before.world[address], now.world[address])]
    return said


def removed(found: Deployment, release: str, keeping: Keeping) -> tuple[str, ...]:
    """Say what cleaning up removes on a server once this release has gone live."""
    after = published(built(found, Record(release, State.READY, 0)), release, leaving=State.RETIRED)
    return doomed(after, keeping.good, keeping.failed)


def spelled(preview: Preview) -> str:
    """Write a preview for a file."""
    import json

    return json.dumps({"format": FORMAT, "id": preview.id, **asdict(preview)}, indent=2, sort_keys=True) + "\n"


def parsed(text: str) -> Preview | None:
    """Read a preview; `None` for what is none, or was changed by somebody."""
    import json

    with suppress(ValueError, TypeError, KeyError, AttributeError):
        told: dict[str, Any] = json.loads(text)
        version, name = told.pop("format"), told.pop("id")
        preview = replace(Preview("", ""), **told)
        if version == FORMAT and preview.id == name:
            return preview
    return None


def _fact(found: Deployment, name: str) -> str:
    record = found.records.get(name)
    known = "there" if record is None or _adopted(record) else f"{record.state}{', pinned' if record.pinned else ''}"
    return known if name in found.releases else f"{known}, without its folder"


def _adopted(record: Record) -> bool:
    return record.facts.get("who") == _ADOPTED


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"{name} is new: {now[name]}"
        elif name not in now:
            yield f"{name} is gone"
        elif before[name] != now[name]:
            yield f"{name} was {_or_nothing(before[name])}, is {_or_nothing(now[name])}"


def _or_nothing(text: str) -> str:
    return ticked([text]) if text else "nothing"
