"""Claims about deployments that not all servers take part in: who may be left out, and how it catches up."""

from pathlib import Path

import pytest
from tests import shops

from capify.testing.plugin import Fleets

HOSTS = ("app1", "app2", "app3")
CAPFILE = """\
from capify import after, config, deploy, load, run, server

load("deploy")
config.application = "shop"
config.user = "{user}"
config.repository = "{url}"
config.deploy_to = "{home}/shop"
server("app1", "app", primary=True)
server("app2", "app")
server("app3", "app")


@deploy.task
def restart():
    run("echo restarted >>~/restarts")
"""
BROKEN = "#!/bin/sh\necho broken git >&2\nexit 1\n"
pytestmark = pytest.mark.fleet(*HOSTS)


class Shop(shops.Shop):
    """A shop whose servers count their restarts."""

    def restarts(self, host: str) -> int:
        """Count the restarts of a host."""
        return len(self.fleet.path(host, f"{self.fleet.home(host)}/restarts").read_text().split())

    def live(self) -> list[str]:
        """What is live on each host."""
        return [(self.root(host) / "current").resolve().name for host in HOSTS]

    def breaks(self, host: str) -> Path:
        """Break git on a host, until the file is gone."""
        return self.fleet.command(host, "git", BROKEN)


@pytest.fixture
def shop(fleets: Fleets, tmp_path: Path) -> Shop:
    """A project on a fresh fleet, deployed once."""
    made = shops.opened(Shop, fleets, tmp_path, hosts=HOSTS, capfile=CAPFILE)
    made.cap("deploy:setup", "deploy")
    made.repository.commit("second")
    return made


def test_all_servers_are_required_by_default_and_the_order_changes_nothing(shop: Shop) -> None:
    for host in ("app1", "app3"):
        broken, before = shop.breaks(host), shop.live()
        assert "broken git" in shop.cap("deploy", status=6)
        assert shop.live() == before
        broken.unlink()


def test_a_server_that_is_not_required_is_left_out_and_catches_up(shop: Shop) -> None:
    broken, before = shop.breaks("app2"), shop.live()
    said = shop.cap("-s", "require=60%", "deploy", status=4)
    assert "`app2` is left out from here" in said
    first, second, third = shop.live()
    assert first == third != before[0]
    assert second == before[1]
    broken.unlink()
    restarts = shop.restarts("app1")
    shop.cap("deploy:converge")
    assert set(shop.live()) == {first}
    assert (shop.restarts("app1"), shop.restarts("app2")) == (restarts, 2)
    assert "all servers have" in shop.cap("deploy:converge")
    shop.cap("deploy:rollback")
    assert set(shop.live()) == set(before)


def test_too_few_servers_are_no_deployment(shop: Shop) -> None:
    before = shop.live()
    shop.breaks("app2")
    shop.breaks("app3")
    shop.cap("-s", "require=2", "deploy", status=6)
    assert shop.live() == before


def test_a_server_that_no_recipe_declares_any_more_is_named(shop: Shop) -> None:
    capfile = shop.folder / "capfile.py"
    capfile.write_text(capfile.read_text().replace('server("app3", "app")\n', ""))
    assert "`app3` took part in the last deployment, and no recipe declares it now" in shop.cap("deploy")


def test_only_allowed_branches_are_deployed(shop: Shop) -> None:
    with (shop.folder / "capfile.py").open("a") as file:
        file.write('config.allowed_branches = ["main", "release/*", "master"]\n')
    assert "branch `develop` may not be deployed here" in shop.cap("-s", "branch=develop", "deploy", status=3)
    other = shop.repository.head("develop")
    shop.cap("-s", f"revision={other}", "-s", "branch=master", "deploy", status=3)
    shop.cap("-s", "branch=master", "deploy")


def test_a_later_task_of_the_invocation_locks_the_servers_that_an_earlier_one_had_not(shop: Shop) -> None:
    with (shop.folder / "capfile.py").open("a") as file:
        file.write(
            "from capify import role\n"
            "role('db', 'app2', primary=True)\nconfig.migrate_command = 'touch ~/migrated'\n"
        )
    shop.cap("deploy:migrate", "deploy")
    assert len(set(shop.live())) == 1
    shop.cap("deploy")
