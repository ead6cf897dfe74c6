"""What `deploy:status` finds: how the servers differ from each other, and from what was deployed. Pure.

Rule: drift is what makes a server another than the records say, or than the other servers; anything else is worth a
notice. Every finding names its servers, and says what to do where that is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from capify.errors import CheckFailed
from capify.machines import Server, grouped
from capify.outcomes import Answers
from capify.standard.answers import Current, Deployment, State
from capify.standard.drift import Drift, drift
from capify.standard.history import strangers
from capify.standard.holders import holder
from capify.standard.recovery import told
from capify.standard.survey import Survey, interrupted, under_way
from capify.wording import counted, listed, ticked

_FEW = 5  # paths on a line; JSON has more
_WENT_LIVE = {"publishing", "published"}
_AGAIN = "deploy again: a release is replaced as a whole"
_CURRENT = {
    Current.NONE: "nothing is live: there is no `current`",
    Current.DIRECTORY: "`current` is a folder, and no link to a release",
    Current.DANGLING: "`current` leads nowhere",
    Current.OUTSIDE: "`current` leads to something that is no release",
}
_UNLINKED = {
    "dangling": "leads nowhere",
    "elsewhere": "leads elsewhere",
    "folder": "is a folder of the release",
    "file": "is a file of the release",
    "missing": "is missing",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth knowing of some servers; `kind` is its name for programs, `advice` the one thing to try.

    What is no `drift` does not change the exit status.
    """

    kind: str
    text: str
    servers: tuple[Server, ...] = ()
    drift: bool = True
    advice: str = ""
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it on a line, without the advice."""
        return f"{ticked(self.servers)}: {self.text}" if self.servers else self.text


def findings(survey: Survey) -> list[Finding]:
    """Find everything, drift first; what several servers have in common is one finding."""
    single = (
        replace(finding, servers=(server,))
        for server in survey.seen
        for finding in _of_one(survey, server)
    )  # fmt: skip
    found = [*_between(survey.seen), *_joined(single)]
    return sorted(found, key=lambda finding: not finding.drift)


def refuse_drift(found: Iterable[Finding]) -> None:
    """Raise `CheckFailed` with every finding that is drift, if there is one."""
    bad = [finding for finding in found if finding.drift]
    lines = [f"{finding}\n    {finding.advice}" if finding.advice else str(finding) for finding in bad]
    if lines:
        raise CheckFailed("\n  ".join(["the servers are not as they were deployed", *lines]))


def lost(answers: Answers) -> str:
    """Warn of what the next release will lack, as the parts `written` and `lost` of a script told; or say nothing."""
    written = drift(answers).written
    if not written:
        return ""
    found = _lost(written)
    return f"{found.text}; {found.advice}"


def plain(finding: Finding) -> dict[str, object]:
    """Give a finding as plain data."""
    return {
        "kind": finding.kind,
        "drift": finding.drift,
        "servers": [server.address for server in finding.servers],
        "text": finding.text,
        "advice": finding.advice or None,
        "paths": list(finding.paths),
    }


def _joined(found: Iterable[Finding]) -> list[Finding]:
    same: dict[Finding, tuple[Server, ...]] = {}
    for finding in found:
        alike = replace(finding, servers=())
        same[alike] = (*same.get(alike, ()), *finding.servers)
    return [replace(alike, servers=servers) for alike, servers in same.items()]


def _between(seen: Mapping[Server, Deployment]) -> Iterator[Finding]:
    """Compare the servers with each other; while somebody deploys, they may differ."""
    settled = not any(under_way(found) for found in seen.values())
    revisions = grouped({server: found.revision[:12] for server, found in seen.items()})
    releases = grouped({server: found.live for server, found in seen.items()})
    several = revisions if len(revisions) > 1 else releases
    if len(several) > 1:
        what = "revisions" if len(revisions) > 1 else "releases of one revision"
        said = "; ".join(f"{ticked(servers)}: {name or 'none'}" for name, servers in several.items())
        text = f"different {what} are live: {said}{'' if settled else ' (somebody is deploying)'}"
        kind = "revisions-differ" if len(revisions) > 1 else "releases-differ"
        yield Finding(kind, text, drift=settled, advice="deploy to all of them" if settled else "")


def _of_one(survey: Survey, server: Server) -> Iterator[Finding]:
    found, became = survey.seen[server], survey.drift(server)
    yield from _of_current(found)
    yield from _of_operation(found)
    yield from _of_records(found, became)
    yield from _of_files(found, became)
    stale = [name for name in became.running if name != found.live] if found.live else []
    if stale:
        yield Finding("running-elsewhere", f"processes still work in {ticked(stale)}, which is not live", drift=False)
    complaint = survey.health.get(server, "")
    if complaint:
        yield Finding(
            "not-healthy", f"the application is not healthy: {complaint}", advice="`deploy:check_health` asks again"
        )


def _of_current(found: Deployment) -> Iterator[Finding]:
    if not found.exists:
        yield Finding("not-set-up", "nothing is set up there", advice="`deploy:setup` makes the folders")
    elif found.current is not Current.RELEASE:
        advice = "deploy, or go back by `deploy:rollback release=…`" if found.current is Current.DANGLING else ""
        yield Finding(f"current-{found.current}", _CURRENT[found.current], advice=advice)
    if found.missing:
        text = f"linked files are missing in `shared`: {ticked(found.missing)}"
        yield Finding("linked-files-missing", text, drift=False, advice="`deploy:upload_shared` brings them")


def _of_operation(found: Deployment) -> Iterator[Finding]:
    operation = interrupted(found)
    if operation:
        former = f" (before it, `{operation.former}` was live)" if operation.former else ""
        finish = "`deploy:resume` finishes it, `deploy:abort` takes it back"
        discard = "deploy again, or put it aside by `deploy:abort`"
        advice = finish if operation.phase in _WENT_LIVE else discard
        yield Finding("interrupted", told(operation, found.now) + former, advice=advice)
    if found.lock.state == "stale":
        text = f"it is locked by {holder(found.lock, found.now)}"
        yield Finding("lock-stale", text, advice="the next deployment takes the lock over; so does `deploy:unlock`")


def _of_records(found: Deployment, became: Drift) -> Iterator[Finding]:
    record = found.records.get(found.live)
    if found.live and record is None and found.live not in found.broken:
        text = f"release `{found.live}` is live, and was not made by Capify"
        yield Finding("no-record", text, advice="a release of Capistrano is adopted by the next deployment")
    if record and record.state is not State.LIVE and not under_way(found) and not interrupted(found):
        text = f"`current` was turned by hand: release `{record.release}` is live, and its record says `{record.state}`"
        yield Finding("current-by-hand", text, advice="deploy, or go back by `deploy:rollback`")
    if record and record.revision and found.revision != record.revision:
        said = f"`{found.revision[:12]}`" if found.revision else "no commit"
        text = f"`REVISION` of the live release names {said}, and its record `{record.revision[:12]}`"
        yield Finding("revision-file", text, advice=_AGAIN)
    if found.broken:
        yield Finding("records-broken", f"records that cannot be read: {ticked(found.broken[:_FEW])}")
    others = [name for name in strangers(found) if name != found.live and name not in found.broken]
    if others:
        text = f"not made by Capify, and never removed by it: {_few(others)}"
        yield Finding("strangers", text, drift=False, paths=tuple(others))
    expected = record.facts.get("digest", "") if record else ""
    if became.listed and expected and became.digest != expected:
        yield Finding(
            "list-edited", "the list of files of the live release is not the one that was written", advice=_AGAIN
        )


def _of_files(found: Deployment, became: Drift) -> Iterator[Finding]:
    for kind, paths in (("edited", became.edited), ("missing", became.missing)):
        number = became.counts.get(kind, 0)
        if number:
            verb = (
                f"{'was' if number == 1 else 'were'} edited"
                if kind == "edited"
                else "is missing"
                if number == 1
                else "are missing"
            )
            text = f"{counted(number, 'file')} of the live release {verb}: {_few(paths, number)}"
            yield Finding(f"files-{kind}", text, advice=_AGAIN, paths=paths)
    if became.unlinked:
        said = listed([f"`{path}` {_UNLINKED[state]}" for path, state in list(became.unlinked.items())[:_FEW]])
        text = f"no link to what is shared: {said}"
        yield Finding("links", text, advice=_AGAIN, paths=tuple(became.unlinked))
    written = {path: number for path, number in became.written.items() if path not in became.unlinked}
    if written:
        yield _lost(written)
    if found.live and became.live and not became.listed:
        text = f"whether files of `{found.live}` were edited cannot be told: there is no list of them"
        yield Finding("not-listed", text, drift=False)


def _lost(written: Mapping[str, int]) -> Finding:
    """Tell what was written since the release went live, and how it would be kept; what is 0 is itself a file."""
    folders = [path for path, number in written.items() if number]
    files = [path for path, number in written.items() if not number]
    number = sum(number or 1 for number in written.values())
    text = f"{counted(number, 'file')} written since it went live would be lost with the next deployment"
    lists = [f"{name}={list(paths)!r}" for name, paths in (("linked_dirs", folders), ("linked_files", files)) if paths]
    advice = f"`config.append({', '.join(lists)})` keeps them".replace("'", '"')
    paths = (*folders, *files)
    return Finding("written", f"{text}: in {_few(paths)}", drift=False, advice=advice, paths=paths)


def _few(paths: Iterable[str], number: int = 0) -> str:
    """Name the first of many."""
    names = list(paths)
    number = max(number, len(names))
    more = [f"{number - _FEW} more"] if number > _FEW else []
    return listed([*(f"`{name}`" for name in names[:_FEW]), *more])
