"""Strategies of installed packages: whole deployments, on this machine as a server."""

from pathlib import Path

import pytest
from tests.plugins.conftest import Sites

from capify.events import Event, OutputLine
from capify.library import Deployment, Ending
from capify.standard.archive import pack
from capify.testing import Repository

STRATEGY = """
from contextlib import contextmanager
from pathlib import Path
from capify import config, run_locally
from capify.errors import TaskFailed
from capify.plugins import Archive, Script, StrategyPlugin

class Strategy:
    @contextmanager
    def files(self, release):
        {gives}
        Path(config.traces).write_text("gone")

plugin = StrategyPlugin(Strategy(), api=1)
"""
CAPFILE = """\
from capify import config, load, server

load("deploy")
config.transport = "local"
config.application = "shop"
config.repository = "{url}"
config.deploy_to = "{root}"
config.linked_dirs = ["log"]
config.traces = "{root}.traces"
config.artifact = "{root}-{{revision}}.tar.gz"
config.deploy_via = "{via}"
server("web1", "app")
"""
SCRIPT = 'yield Script("echo live\\\\tnonsense; echo $release $revision > version.txt; mkdir log; touch log/x; {more}")'


class Shop:
    """A project with a repository, deployed to a folder of this machine."""

    def __init__(self, folder: Path, via: str) -> None:
        self.events: list[Event] = []
        self.root = folder / "srv/shop"
        self.root.parent.mkdir()
        self.repository = Repository.create(folder / "repository")
        (folder / "project").mkdir()
        self.capfile = folder / "project/capfile.py"
        self.capfile.write_text(CAPFILE.format(url=self.repository.url, root=self.root, via=via))

    def deploys(self, *, dry: bool = False) -> Ending:
        deployment = Deployment.load(self.capfile.parent, listen=self.events.append)
        assert deployment.invoke("deploy:setup").ok
        return deployment.preview("deploy") if dry else deployment.invoke("deploy")

    @property
    def releases(self) -> list[str]:
        return sorted(path.name for path in (self.root / "releases").iterdir())


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, "extra")


def offer(sites: Sites, text: str) -> None:
    sites.install("capify-extra", {"capify.strategies": {"extra": "extra:plugin"}}, extra=text)


def gives(text: str) -> str:
    return STRATEGY.format(gives=text)


def test_a_script_fills_the_release_on_the_server(sites: Sites, shop: Shop):
    offer(sites, gives(SCRIPT.format(more="")))
    assert shop.deploys().ok
    release = (shop.root / "current").resolve()
    head = shop.repository.head()
    assert (release / "version.txt").read_text() == f"{release.name} {head}\n"
    assert (release / "REVISION").read_text().strip() == head
    assert (release / "log").is_symlink()
    assert Path(f"{shop.root}.traces").read_text() == "gone"


def test_an_archive_is_unpacked_on_the_server(sites: Sites, shop: Shop):
    offer(sites, gives("yield Archive(Path(config.artifact.replace('{revision}', release.revision)))"))
    (shop.root.parent / "tree").mkdir()
    (shop.root.parent / "tree/version.txt").write_text("built\n")
    pack(shop.root.parent / "tree", Path(f"{shop.root}-{shop.repository.head()}.tar.gz"))
    assert shop.deploys().ok
    assert (shop.root / "current/version.txt").read_text() == "built\n"


FAILURES = [
    (gives("raise KeyError('x'); yield"), " failed: KeyError: 'x'"),
    (gives("raise TaskFailed('not yet'); yield"), ": not yet"),
    (gives("yield 'text'"), " gave a `str`, and neither an `Archive` nor a `Script`"),
    (gives("yield Archive(Path('/no/such'))"), " made no archive `/no/such`"),
    (gives("return Script('true')"), " failed: "),
    ("from capify.plugins import StrategyPlugin\nplugin = StrategyPlugin(3, api=1)", " has a strategy without the met"),
    ("raise SystemExit(0)", " cannot be imported: SystemExit: 0"),
    (gives(SCRIPT.format(more="") + "; 1 / 0"), " failed: ZeroDivisionError"),
]


@pytest.mark.parametrize(("text", "said"), FAILURES)
def test_one_that_fails_is_named_and_nothing_is_left(sites: Sites, shop: Shop, text: str, said: str):
    offer(sites, text)
    ending = shop.deploys()
    assert ending.failure is not None
    assert f"plugin `extra` of capify-extra 1.0 (capify.strategies){said}" in ending.failure.message
    assert (ending.status, shop.releases) == (6, [])


def test_a_script_that_fails_is_named_and_nothing_is_left(sites: Sites, shop: Shop):
    offer(sites, gives(SCRIPT.format(more="echo no such artifact >&2; exit 22")))
    ending = shop.deploys()
    assert (ending.status, shop.releases) == (6, [])
    said = "\n".join(event.line for event in shop.events if isinstance(event, OutputLine))
    assert "no such artifact" in said
    assert "plugin `extra` of capify-extra 1.0 (capify.strategies) failed with status 22" in said


def test_a_dry_run_shows_it_and_needs_no_archive(sites: Sites, shop: Shop):
    offer(sites, gives("yield Archive(Path('/no/such'))"))
    assert shop.deploys(dry=True).ok
    assert shop.releases == []


def test_an_unknown_name_is_refused_before_anything_happens(sites: Sites, shop: Shop):
    offer(sites, "raise SystemError")
    shop.capfile.write_text(shop.capfile.read_text().replace('"extra"', '"exrta"'))
    with pytest.raises(Exception, match="`deploy_via` must be `remote_cache` or `copy` or `extra`: 'exrta'") as caught:
        Deployment.load(shop.capfile.parent)
    assert str(caught.value).endswith("did you mean `extra`?")


def test_one_that_is_not_named_is_not_loaded(sites: Sites, tmp_path: Path):
    offer(sites, "raise SystemError")
    assert Shop(tmp_path, "remote_cache").deploys().ok
