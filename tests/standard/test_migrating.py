"""Migrations: once, on one server that no selection exchanges, before the release goes live; and never taken back."""

from pathlib import Path

import pytest
from tests import shops

from capify.testing.plugin import Fleets

HOSTS = ("web1", "db1", "db2")
CAPFILE = """\
from capify import after, config, deploy, load, namespace, run, server

load("deploy")
config.application = "shop"
config.user = "{user}"
config.repository = "{url}"
config.deploy_to = "{home}/shop"
server("web1", "app")
server("db2", "db")
server("db1", "db", primary=True)
"""
COMMAND = (
    'config.migrate_command = "echo $FLEET_HOST $PWD $FLAG live=$(readlink ../../current) >> {log}; cat version.txt"\n'
)
pytestmark = pytest.mark.fleet(*HOSTS)


class Shop(shops.Shop):
    """A shop whose migrations are logged beside its servers."""

    def add(self, text: str) -> None:
        """Add lines to the recipe."""
        super().add(text.replace("{log}", str(self.fleet.shared / "migrations")))

    @property
    def migrations(self) -> list[list[str]]:
        """What ran: host, folder, flag, and what was live then; over all hosts."""
        log = self.fleet.shared / "migrations"
        return [line.split(" ") for line in log.read_text().splitlines()] if log.exists() else []

    def releases(self, host: str = "db1") -> list[str]:
        """Name the releases of a host, oldest first."""
        return sorted(path.name for path in (self.root(host) / "releases").iterdir())

    def live(self) -> set[str]:
        """Name what is live, over all hosts."""
        links = [self.root(host) / "current" for host in HOSTS]
        return {link.readlink().name for link in links if link.is_symlink()}


@pytest.fixture
def shop(fleets: Fleets, tmp_path: Path) -> Shop:
    """A project on a fresh fleet that is set up."""
    made = shops.opened(Shop, fleets, tmp_path, hosts=HOSTS, capfile=CAPFILE)
    made.fleet.shared.chmod(0o777)
    made.cap("deploy:setup")
    return made


def test_migrations_run_once_on_the_primary_database_server_before_the_release_is_live(shop: Shop) -> None:
    shop.add(COMMAND + 'config.migrate_env = {"FLAG": "a b"}\n')
    shop.cap("deploy:migrations")
    (first,) = shop.live()
    assert shop.migrations == [["db1", f"{shop.fleet.home('db1')}/shop/releases/{first}", "a", "b", "live="]]
    shop.cap("deploy:migrations")
    (second,) = shop.live()
    assert [ran[-1] for ran in shop.migrations] == ["live=", f"live=releases/{first}"]
    shop.cap("deploy:migrate")
    shop.cap("deploy:migrate", "target=current")
    folders = [ran[1].rpartition("/shop/")[2] for ran in shop.migrations[2:]]
    assert folders == [f"releases/{second}", "current"]
    shop.cap("deploy:update_code", "deploy:migrate")
    assert shop.live() == {second}
    assert shop.migrations[-1][1].endswith(shop.releases()[-1])
    assert shop.releases()[-1] > second


def test_what_cannot_be_done_is_refused_before_anything_is_begun(shop: Shop) -> None:
    for words in (["deploy:migrations"], ["deploy:cold"]):
        assert "`migrate_command` is not set" in shop.cap(*words, status=2)
    shop.add(COMMAND)
    for words in (["--hosts", "web1,db2", "deploy:migrations"], ["--hosts", "db2", "deploy:migrate"]):
        assert "`deploy:migrate` runs on `db1` alone" in shop.cap(*words, status=2)
    assert "not in `other`" in shop.cap("deploy:migrate", "target=other", status=2)
    assert "there is no release to run migrations in" in shop.cap("deploy:migrate", status=3)
    assert "no release is live" in shop.cap("deploy:migrate", "target=current", status=3)
    assert "cat version.txt" in shop.cap("-n", "deploy:migrations")
    assert (shop.migrations, shop.releases()) == ([], [])


def test_migrations_that_fail_keep_every_server_at_what_it_had(shop: Shop) -> None:
    shop.add(COMMAND)
    shop.cap("deploy:migrations")
    had = shop.live()
    shop.add('config.migrate_command = "echo no such table; exit 4"\n')
    said = shop.cap("deploy:migrations", status=6)
    assert "no such table" in said
    assert "migrations of release" in said.rpartition("changed")[2]
    assert shop.live() == had


def test_a_deployment_that_is_taken_back_says_that_migrations_are_not(shop: Shop) -> None:
    shop.add(COMMAND)
    shop.cap("deploy:migrations")
    had = shop.live()
    shop.add(
        "@deploy.task\ndef restart():\n    run('test \"$(readlink " + f'{shop.fleet.home("web1")}/shop/current)" = '
    )
    shop.add(f"releases/{next(iter(had))}')\n")
    said = shop.cap("deploy:migrations", status=6)
    assert "migrations of release" in said.rpartition("changed")[2]
    assert shop.live() == had
    assert len(shop.migrations) == 2


def test_a_first_deployment_starts_what_others_restart(shop: Shop) -> None:
    shop.add(COMMAND + "@deploy.task\ndef start():\n    run('echo start of the application')\n")
    shop.add("@deploy.task\ndef restart():\n    run('exit 1')\n")
    said = shop.cap("deploy:cold")
    assert said.index("deploy:create_symlink") < said.index("deploy:migrate") < said.index("deploy:start ·")
    assert "web1 | start of the application" in said
    assert len(shop.live()) == 1
    assert len(shop.migrations) == 1


def test_a_project_can_migrate_in_its_own_way_and_elsewhere(shop: Shop) -> None:
    shop.add("@deploy.task(roles='app')\ndef migrate():\n    run('echo $FLEET_HOST own way >> {log}')\n")
    shop.cap("deploy:migrations")
    assert shop.migrations == [["web1", "own", "way"]]
