"""Claims about what follows an interruption: it is resumed, taken back, or replaced by the next deployment."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from capify.errors import Refused
from capify.machines import Server
from capify.standard import recovery
from capify.standard.answers import Current, Deployment, Operation, Record, State
from capify.testing.repository import Repository

TOKEN = "c" * 32
CAPFILE = """\
import os, signal
from capify import before, after, config, load, namespace, run, server

load("deploy")
config.application = "shop"
config.repository = "{url}"
config.deploy_to = "{shop}"
config.transport = "local"
config.lease = 1
config.lock_wait = 30
config.grace = 1
config.disk_reserve = 0
server("web1", "app", primary=True)
deploy = namespace("deploy")


@deploy.task(roles="app")
def restart():
    run("cat {shop}/current/version.txt >>{shop}/restarted")


@before(os.environ.get("DIE_BEFORE", "deploy:started"))
def die():
    if "DIE_BEFORE" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass(frozen=True)
class Shop:
    """A project on this machine, and the operator who may die at any task."""

    folder: Path
    repository: Repository

    @property
    def root(self) -> Path:
        """`deploy_to`."""
        return self.folder / "var/shop"

    def cap(self, *words: str, dies: str = "", status: int = 0) -> str:
        """Run `cap`; or let it be killed before a task."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "LOGNAME": "anna"}
        environment |= {"DIE_BEFORE": dies} if dies else {}
        done = subprocess.run(
            [sys.executable, "-m", "capify", *words], cwd=self.folder, env=environment, timeout=120, text=True,
            check=False, stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == (-signal.SIGKILL if dies else status), said
        return said

    def live(self) -> str:
        """What `version.txt` says in `current`."""
        return (self.root / "current/version.txt").read_text().strip()

    def states(self) -> list[str]:
        """The states of the releases that are there, the oldest first."""
        files = sorted((self.root / ".capify/releases").iterdir(), key=lambda path: path.name)
        return [path.read_text().split()[1] for path in files]

    @property
    def journal(self) -> str:
        """The open operation; empty without one."""
        file = self.root / ".capify/operation"
        return file.read_text() if file.exists() else ""

    def restarted(self) -> list[str]:
        """Which versions were restarted."""
        file = self.root / "restarted"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two releases are there, the second live; the third commit is to be deployed."""
    made = Shop(tmp_path, Repository.create(tmp_path / "repository"))
    text = CAPFILE.format(url=made.repository.url, shop=made.root)
    (tmp_path / "capfile.py").write_text(text)
    made.cap("deploy:setup", "deploy")
    made.repository.commit("second")
    made.cap("deploy")
    made.repository.commit("third")
    (made.root / "restarted").unlink()
    return made


BEFORE_LIVE = ("deploy:updated", "deploy:create_symlink")
AFTER_LIVE = ("deploy:published", "deploy:restart", "deploy:cleanup")


def test_without_an_interruption_there_is_nothing_to_resume_or_to_take_back(shop: Shop) -> None:
    for word in ("deploy:resume", "deploy:abort"):
        assert "nothing was interrupted" in shop.cap(word, status=3)
    assert shop.live() == "second"


@pytest.mark.parametrize("task", BEFORE_LIVE)
def test_what_was_not_live_yet_is_not_resumed_and_is_put_aside(shop: Shop, task: str) -> None:
    shop.cap("deploy", dies=task)
    assert "nothing of it was live" in shop.cap("deploy:resume", status=3)
    assert (shop.live(), bool(shop.journal)) == ("second", True)
    assert "by anna@" in shop.cap("deploy:abort")
    assert (shop.live(), shop.states(), shop.journal) == ("second", ["retired", "live", "bad"], "")
    assert shop.restarted() == []
    shop.cap("deploy")
    assert shop.live() == "third"


@pytest.mark.parametrize("task", AFTER_LIVE)
def test_what_went_live_is_resumed(shop: Shop, task: str) -> None:
    shop.cap("deploy", dies=task)
    assert shop.live() == "third"
    assert "to be finished" in shop.cap("deploy:resume")
    assert (shop.live(), shop.states(), shop.journal) == ("third", ["retired", "retired", "live"], "")
    assert shop.restarted()[-1:] == ["third"]
    shop.cap("deploy:rollback")
    assert shop.live() == "second"


@pytest.mark.parametrize("task", AFTER_LIVE)
def test_what_went_live_is_taken_back_and_what_was_live_is_restarted(shop: Shop, task: str) -> None:
    shop.cap("deploy", dies=task)
    shop.cap("deploy:abort")
    assert (shop.live(), shop.states(), shop.journal) == ("second", ["retired", "live", "bad"], "")
    assert shop.restarted()[-1:] == ["second"]
    assert "nothing was interrupted" in shop.cap("deploy:abort", status=3)
    shop.cap("deploy:rollback")
    assert shop.live() == "first"


@pytest.mark.parametrize("task", ["deploy:updated", "deploy:restart"])
def test_the_next_deployment_takes_its_place_and_nobody_goes_back_to_what_was_never_proved(
    shop: Shop, task: str
) -> None:
    shop.cap("deploy", dies=task)
    shop.repository.commit("fourth")
    assert "was interrupted" in shop.cap("deploy")
    assert (shop.live(), shop.states(), shop.journal) == ("fourth", ["retired", "retired", "bad", "live"], "")
    shop.cap("deploy:rollback")
    assert shop.live() == "second"


def test_what_was_never_proved_stays_so_when_the_next_one_is_interrupted_too(shop: Shop) -> None:
    shop.cap("deploy", dies="deploy:restart")
    shop.cap("deploy", dies="deploy:updated")
    shop.repository.commit("fourth")
    shop.cap("-s", "keep_releases=1", "deploy")
    assert (shop.live(), shop.journal) == ("fourth", "")
    shop.cap("deploy:rollback")
    assert shop.live() == "second"


@pytest.mark.parametrize(("word", "live", "states"), [
    ("deploy:resume", "first", ["live", "bad"]),
    ("deploy:abort", "second", ["retired", "live"]),
])  # fmt: skip
def test_a_rollback_that_was_interrupted_is_finished_or_taken_back(
    shop: Shop, word: str, live: str, states: list[str]
) -> None:
    shop.cap("deploy:rollback", dies="deploy:restart")
    assert shop.live() == "first"
    assert "the rollback to" in shop.cap(word)
    assert (shop.live(), shop.states(), shop.journal) == (live, states, "")
    assert shop.restarted()[-1:] == [live]


def test_what_an_interrupted_rollback_made_live_is_only_as_good_as_before_for_whoever_takes_its_place(
    shop: Shop,
) -> None:
    shop.cap("deploy")
    first = min(path.name for path in (shop.root / "releases").iterdir())
    shop.cap("deploy:rollback", f"release={first}", dies="deploy:restart")
    assert (shop.live(), shop.states()) == ("first", ["live", "retired", "bad"])
    shop.repository.commit("fourth")
    shop.cap("deploy")
    assert (shop.live(), shop.states()) == ("fourth", ["retired", "retired", "bad", "live"])
    shop.cap("deploy:rollback")
    assert shop.live() == "second"


def test_a_folder_that_nobody_deployed_stays_a_stranger_even_if_it_was_live(shop: Shop) -> None:
    theirs = shop.root / "releases/by-hand"
    theirs.mkdir()
    (theirs / "version.txt").write_text("mine\n")
    (shop.root / "current").unlink()
    (shop.root / "current").symlink_to("releases/by-hand")
    shop.cap("-s", "keep_releases=1", "deploy")
    shop.cap("-s", "keep_releases=1", "deploy:cleanup")
    assert theirs.joinpath("version.txt").read_text() == "mine\n"
    assert not (shop.root / ".capify/releases/by-hand").exists()
    shop.cap("deploy:rollback")
    assert shop.live() == "second"


def test_a_first_deployment_that_is_taken_back_leaves_no_current(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Repository.create(tmp_path / "repository"))
    (tmp_path / "capfile.py").write_text(CAPFILE.format(url=shop.repository.url, shop=shop.root))
    shop.cap("deploy:setup")
    shop.cap("deploy", dies="deploy:published")
    shop.cap("deploy:abort", status=1)  # there is nothing that `restart` could start
    assert not os.path.lexists(shop.root / "current")


def test_a_resumption_that_fails_can_be_taken_back(shop: Shop) -> None:
    shop.cap("deploy", dies="deploy:restart")
    file = shop.folder / "capfile.py"
    working = file.read_text()
    file.write_text(working + "\n\n@before('deploy:restart')\ndef broken():\n    run('exit 9')\n")
    shop.cap("deploy:resume", status=1)
    assert (shop.live(), bool(shop.journal)) == ("third", True)
    file.write_text(working)
    shop.cap("deploy:abort")
    assert (shop.live(), shop.states(), shop.journal) == ("second", ["retired", "live", "bad"], "")


# What is decided when servers differ.

WEB1, WEB2 = Server("web1"), Server("web2")


def had(live: str, phase: str = "", former: str = "r1", releases: str = "r1 r2", kind: str = "deploy") -> Deployment:
    """A server that has these releases, and a journal if a phase is named."""
    names = releases.split()
    records = {
        name: Record(name, State.LIVE if name == live else State.RETIRED, number, number)
        for number, name in enumerate(names, 1)
    }
    operation = Operation(kind, phase, "r2", former, TOKEN, {"who": "anna", "when": "1"}) if phase else None
    return Deployment(
        True, live=live, current=Current.RELEASE, target=f"releases/{live}", releases=frozenset(names),
        records=records, operation=operation, now=61,
    )  # fmt: skip


def test_a_server_that_was_not_reached_yet_does_not_go_back() -> None:
    seen = {WEB1: had("r2", "publishing"), WEB2: had("r1", "prepared")}
    operation = recovery.to_abort(seen)
    assert {server: former.target for server, former in recovery.returning(seen, operation).items()} == {
        WEB1: "releases/r1"
    }
    assert recovery.to_resume(seen).release == "r2"
    assert recovery.restarts(seen, operation)


def test_a_server_whose_journal_was_closed_goes_back_with_the_others() -> None:
    seen = {WEB1: had("r2"), WEB2: had("r2", "published")}
    operation = recovery.to_abort(seen)
    assert set(recovery.returning(seen, operation)) == {WEB1, WEB2}
    assert recovery.returning(seen, operation)[WEB1].target == "releases/r1"


@pytest.mark.parametrize("finished", [had("r2", releases="r2"), had("r2", releases="r0 r2")])
def test_where_it_is_not_known_what_a_server_goes_back_to_nothing_is_taken_back(finished: Deployment) -> None:
    with pytest.raises(Refused) as refused:
        recovery.to_abort({WEB1: finished, WEB2: had("r2", "published")})
    assert "`web1` had finished it" in refused.value.message
    assert "deploy:resume" in refused.value.hint


def test_a_first_deployment_goes_back_to_nothing_only_where_there_was_nothing() -> None:
    seen = {WEB1: had("r2", releases="r0 r2"), WEB2: had("r2", "published", "", "r2")}
    with pytest.raises(Refused):
        recovery.to_abort(seen)
    assert recovery.to_abort({**seen, WEB1: had("r2", releases="r2")}).former == ""


def test_what_was_already_taken_back_on_some_is_still_taken_back_on_the_others() -> None:
    seen = {WEB1: had("r1", "returned"), WEB2: had("r2", "published")}
    operation = recovery.to_abort(seen)
    assert set(recovery.returning(seen, operation)) == {WEB2}
    again = {WEB1: had("r1", "returned"), WEB2: had("r1", "returned")}
    assert recovery.returning(again, operation) == {}
    assert recovery.restarts(again, operation)


def test_it_is_told_who_was_interrupted_when_and_how_far_it_came() -> None:
    (said,) = recovery.notices({WEB1: had("r2", "published"), WEB2: had("r2", "published")})
    assert said == "`web1` and `web2`: the deployment of `r2` by anna, 1 minute ago was interrupted while finishing it"
