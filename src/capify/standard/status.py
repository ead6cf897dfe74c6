"""What the servers have: what is live, what differs from what was deployed, what was there before.

Rule: these tasks only read; they need no lock, and work while somebody deploys.
"""

from collections.abc import Sequence

from capify import Server, config, namespace, say, script, table
from capify.errors import CheckFailed
from capify.machines import grouped
from capify.standard import chronicle, comparing
from capify.standard.comparing import Difference
from capify.standard.findings import findings, refuse_drift
from capify.standard.mirroring import between, tell_commits
from capify.standard.site import layout
from capify.standard.survey import columns, row
from capify.standard.surveying import settled, survey
from capify.wording import counted, listed, ticked

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def status() -> None:
    """Show what is live on every server, and what differs from what was deployed; then the exit status is 4."""
    found = survey()
    rows, names = columns([row(found, server) for server in found.seen])
    table(rows, columns=names, title=_title())
    told = findings(found)
    for finding in told:
        if not finding.drift:
            say(f"{finding}; {finding.advice}" if finding.advice else str(finding))
    refuse_drift(told)


@deploy.task("history", releases_only=True)
def show_history() -> None:
    """Show the releases of every server, the newest first: what they are, which commit, when, and by whom."""
    table(chronicle.rows(settled()), columns=chronicle.COLUMNS, title=_title())


@deploy.task(releases_only=True)
def diff(old: str = "previous", new: str = "live") -> None:
    """Show which files differ between two releases (ids, `live` or `previous`), and the commits between them."""
    seen = settled()
    olds, news = comparing.meant(seen, old), comparing.meant(seen, new)
    pairs = {server: (olds[server], news[server]) for server in seen if server in olds and server in news}
    if not pairs:
        raise CheckFailed(f"no server has both `{old}` and `{new}`", hint="`deploy:history` shows which has what")
    texts = {server: comparing.compare(layout(), *pair) for server, pair in pairs.items()}
    answers = script(texts.__getitem__, reads=True, shown="compare files of two releases", on=tuple(texts))
    groups = grouped({s: (pairs[s], comparing.difference(said)) for s, said in answers.items()})
    for (pair, told), servers in groups.items():
        _tell(pair, told, [] if len(groups) == 1 else servers)
    for one, other in dict.fromkeys(pairs.values()):
        records = next(seen[server].records for server, pair in pairs.items() if pair == (one, other))
        if one in records and other in records:
            tell_commits(between(records[one].revision, records[other].revision))


def _tell(pair: tuple[str, str], told: Difference, servers: Sequence[Server]) -> None:
    where = f" on {listed([str(server) for server in servers])}" if servers else ""
    if told.unlisted:
        say(f"the files of {ticked(told.unlisted)} are not known{where}: no list of them was kept")
        return
    title = f"{pair[0]} → {pair[1]}{where}"
    if not told.rows:
        say(f"{title}: no file differs")
        return
    table(told.rows, columns=("", "file"), title=title)
    if told.more:
        say(f"and {counted(told.more, 'file')} more")


def _title() -> str:
    return " ".join(str(part) for part in (config.get("application"), config.get("stage")) if part)
