"""A project to deploy, on servers with a past: what every crash begins from, and what must be true after it.

Rule: all that is particular to the tasks of the standard deployment (their names, what they promise) is in here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash import truth
from tests.crash.flows import Flow
from tests.crash.truth import Commits
from tests.crash.yard import Act, Ran, Spot, Yard

from capify.testing.repository import Repository

KEEP, KEEP_FAILED = 2, 1
LINKED = {"log": "../../shared/log", "config/keys.txt": "../../../shared/config/keys.txt"}
CAPFILE = """\
from capify import config, load, run, server

load("deploy")
config.application = "shop"
config.repository = "{url}"
config.deploy_to = "{deploy_to}"
{header}
config.linked_dirs = ["log"]
config.linked_files = ["config/keys.txt"]
config.keep_releases = {keep}
config.keep_failed = {keep_failed}
config.lease = 30
config.lock_wait = 30
config.grace = 1
config.disk_reserve = 0
{servers}

from capify import namespace
deploy = namespace("deploy")


@deploy.task(roles="app")
def restart():
    if config.get("works", ""):  # the only release that starts
        run(f'[ "$(basename "$(readlink {deploy_to}/current)")" = {{config.works}} ]')
"""


@dataclass(frozen=True)
class Ground:
    """A yard with a project, its commits (oldest first), and how each flow ran when nothing disturbed it."""

    yard: Yard
    repository: Repository
    history: tuple[str, ...]
    commits: Commits
    undisturbed: dict[str, Ran] = field(default_factory=dict)

    @classmethod
    def lay(cls, yard: Yard) -> "Ground":
        """Make the project and its repository: three files, a program and a link among them; four commits."""
        made = _repository(yard.folder / "repository")
        history = (made.head(), *(made.commit(text) for text in ("second", "third", "fourth")))
        servers = "\n".join(f'server("{name}", "app")' for name in yard.servers)
        text = CAPFILE.format(
            header=yard.header,
            url=made.url,
            deploy_to=yard.deploy_to,
            servers=servers,
            keep=KEEP,
            keep_failed=KEEP_FAILED,
        )
        (yard.project / "capfile.py").write_text(text)
        return cls(yard, made, history, truth.commits(made, LINKED, yard.folder / "commits"))

    # What is done.

    def does(self, *words: str, commit: int = -1, **settings: object) -> Ran:
        """Run `cap` with these words, for a commit of the history, and see that it ends well."""
        ran = self.yard.invoke(*words, counted=False, settings={"revision": self.history[commit], **settings})
        assert ran.status == 0, ran.said
        assert not ran.left
        return ran

    def begin(self, flow: Flow) -> None:
        """Give all servers the past that a flow begins from; it is made when first asked for."""
        if self._saved("bare") is None:
            self.yard.save("bare")
        if not flow.setup:
            self.yard.restore("bare")
            self._furnish()
            return
        name = self._past(flow.begins)
        self.yard.restore(name)

    def run(self, flow: Flow, spot: Spot | None = None, act: Act | None = None, **settings: object) -> Ran:
        """Run a flow; at the spot, act."""
        revision = self.history[flow.commit]
        works = {"works": truth.live(next(iter(self.shops().values())))} if flow.fails else {}
        given = {"revision": revision, **works, **dict(flow.settings), **settings}
        return self.yard.invoke(*flow.words, spot=spot, act=act, settings=given)

    def mend(self, word: str, flow: Flow, *, counted: bool = True) -> Ran:
        """Do what an operator would do next."""
        return self.yard.invoke(word, counted=counted, settings={"revision": self.history[flow.settled]})

    def let_leases_run_out(self) -> None:
        """Let locks look as if their holders had given no sign of life since before the servers were started."""
        for shop in self.shops().values():
            for lock in truth.held(shop):
                beat = lock.with_name(f"{lock.name}.beat")
                beat.write_text("00000000-0000-0000-0000-000000000000 0\n")
                self.yard.own(beat)

    def _past(self, begins: tuple[int, ...]) -> str:
        name = "past-" + "-".join(map(str, begins))
        if self._saved(name):
            return name
        if begins:
            self.yard.restore(self._past(begins[:-1]))
            self.does("deploy", commit=begins[-1], keep_releases=9)
        else:
            self.yard.restore("bare")
            self._furnish()
            self.does("deploy:setup")
        self.yard.save(name)
        return name

    def _saved(self, name: str) -> Path | None:
        folder = self.yard.folder / "saved" / name
        return folder if folder.is_dir() else None

    def _furnish(self) -> None:
        for shop in self.shops().values():
            (shop / "shared/config").mkdir(parents=True)
            (shop / "shared/config/keys.txt").write_text("secret\n")
            self.yard.own(shop)

    # What must be true.

    def allowed(self, flow: Flow) -> set[str]:
        """The commits that may be live while a flow is disturbed; the empty one is none."""
        return {"" if number is None else self.history[number] for number in flow.may}

    def without(self, commits: tuple[int, ...]) -> list[str]:
        """Whatever server does not have this commit live; no commit is nothing live."""
        wanted, shops = [self.history[commit] for commit in commits] or [""], self.shops()
        found = {name: truth.revision(shop, truth.live(shop)) for name, shop in shops.items()}
        return [
            f"{name}: {live or 'nothing'} is live, not {wanted}" for name, live in found.items() if live not in wanted
        ]

    def shops(self) -> Mapping[str, Path]:
        """Each server's `deploy_to`."""
        return {server: self.yard.shop(server) for server in self.yard.servers}

    def broken(self, allowed: Iterable[str]) -> list[str]:
        """Whatever is not as it always has to be. `allowed` are the commits that may be live, or none."""
        found, may = [], set(allowed)
        for server, shop in self.shops().items():
            live = truth.live(shop)
            if live == "?":
                found.append(f"{server}: current leads to no release")
            if live:
                found += [f"{server}: live {wrong}" for wrong in self.commits.wrong(shop / "releases" / live)]
            if truth.revision(shop, live) not in may:
                found.append(f"{server}: live is commit {truth.revision(shop, live) or 'none'}, not one of {may}")
            for name, record in truth.records(shop).items():
                if record.state in {"ready", "live", "retired"} and name in truth.releases(shop):
                    wrong = self.commits.wrong(shop / "releases" / name)
                    found += [f"{server}: {record.state} {one}" for one in wrong]
        return found

    def lies(self, ran: Ran) -> list[str]:
        """Whatever an invocation said about what is live, and is not so; it may say that it does not know."""
        found = []
        for server, release in ran.live.items():
            really = truth.live(self.shops()[server])
            if release not in {really, "unknown"}:
                found.append(f"{server}: said that {release or 'nothing'} is live, and it is {really or 'nothing'}")
        return found

    def status(self) -> list[str]:
        """Ask Capify for the state, when no lock is alive; whatever of it is not true."""
        ran = self.yard.invoke("deploy:status", counted=False)
        if ran.status == 2:
            return self.lies(self.yard.invoke("deploy:releases", counted=False))
        if ran.status not in {0, 4} or len(ran.tables) != 1:
            return [f"deploy:status: {ran.said}"]
        table = ran.tables[0]
        rows = {row[0]: dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
        found = [*self.lies(ran), *(f"{server}: nothing was said of it" for server in {*self.yard.servers} - {*rows})]
        for server, shop in self.shops().items():
            said, live = rows.get(server, {}).get("release", ""), truth.live(shop)
            if said != live if live else said in truth.releases(shop):
                found.append(f"{server}: deploy:status says {said}, and {live} is live")
            operation = truth.operation(shop)
            if operation and not any("interrupted" in one and operation in one for one in (*ran.events, ran.failure)):
                found.append(f"{server}: {operation} was interrupted, and deploy:status does not say so: {ran.said}")
        lives = {truth.live(shop) for shop in self.shops().values()}
        if len(lives) > 1 and ran.status != 4:
            found.append(f"deploy:status ends with {ran.status}, and {lives} are live")
        return found

    def expected(self, word: str, flow: Flow) -> tuple[int, ...]:
        """What may be live when a task has put things right, as numbers of commits; none for what publishes nothing."""
        finished = (flow.settled,) if flow.fails else flow.ends
        aims = {"deploy:resume": finished, "deploy:abort": flow.begins[-1:], "deploy:setup": flow.begins[-1:]}
        return aims.get(word, (flow.settled,))

    def way_back(self, unproved: Iterable[str]) -> list[str]:
        """After a mended deployment: whatever is wrong with the release that a rollback would go back to.

        `unproved` are the servers on which the newest commit never came to its end: there it is no good release.
        """
        ran = self.yard.invoke("deploy:rollback", dry=True, counted=False)
        said = re.search(r"going back to (\S+)", "\n".join(ran.events))
        if ran.status != 0 or said is None:
            return [f"no rollback: {ran.said}"]
        found = {server: truth.revision(shop, said[1]) for server, shop in self.shops().items()}
        wrong = [f"{server}: a rollback goes to {said[1]}, which is not there" for server in found if not found[server]]
        if set(unproved) == set(found) and self.history[-1] in found.values():
            wrong.append(f"a rollback goes to {said[1]}, which never proved healthy")
        return wrong

    def surplus(self) -> list[str]:
        """After a cleanup: whatever is more than is to be kept, but for one to which all servers could go back."""
        found = []
        good = {server: truth.good(shop) for server, shop in self.shops().items()}
        shared = set.intersection(*(set(names) for names in good.values()))
        for server, shop in self.shops().items():
            there = truth.releases(shop)
            if set(good[server][KEEP:]) - shared or len(good[server]) > KEEP + 1:
                found.append(f"{server}: too many good releases: {good}")
            if len(there) - len(good[server]) > KEEP_FAILED:
                found.append(f"{server}: too many failed releases: {set(there) - set(good[server])}")
            failed = list((shop / ".capify/failed").glob("*"))
            found += [f"{server}: too many failed builds: {failed}"] if len(failed) > KEEP_FAILED else []
            found += [f"{server}: {one.name} is in the trash" for one in (shop / ".capify/trash").glob("*")]
        return found

    def unsettled(self, *commits: int) -> list[str]:
        """After things were put right: whatever differs from a deployment that was never disturbed."""
        found = self.broken({self.history[commit] for commit in commits} or {""})
        for server, shop in self.shops().items():
            known, there, live = truth.records(shop), truth.releases(shop), truth.live(shop)
            found += [f"{server}: {name} has no record" for name in there if name not in known]
            gone = [name for name in known if name not in there and known[name].state != "bad"]
            found += [f"{server}: {name} has a record, and is gone" for name in gone]
            lives = [name for name, record in known.items() if record.state == "live"]
            if lives != [live][: bool(live)]:
                found.append(f"{server}: records say that {lives} are live, and {live} is")
            found += [f"{server}: left {name}" for name in self._litter(shop)]
        if len({truth.live(shop) for shop in self.shops().values()}) > 1:
            found.append("different releases are live")
        return found

    def _litter(self, shop: Path) -> list[str]:
        """Leftovers that block or mislead somebody; workplaces of the killed go after a day."""
        names = [".capify/operation"]
        held = [f".capify/locks/{path.name}: {path.read_text()}" for path in truth.held(shop)]
        return [*(name for name in names if (shop / name).exists()), *held]


def _repository(folder: Path) -> Repository:
    made = Repository.create(folder)
    for name in ("README", "public/images/logo.txt", "config/settings.txt"):
        (made.path / name).unlink()
    made.commit("small")
    return made
