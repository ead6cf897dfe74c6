"""Claims about five servers of which the third fails, in every phase: one commit is live everywhere."""

from pathlib import Path

import pytest
from tests import shops
from tests.shops import Shop

from capify.testing.plugin import Fleets

HOSTS = ("web1", "web2", "web3", "web4", "web5")
CAPFILE = """\
from capify import before, after, config, deploy, load, release_path, run, server

load("deploy")
config.application = "shop"
config.user = "{user}"
config.repository = "{url}"
config.deploy_to = "{home}/shop"
config.restart_waves = [1, "25%", "100%"]
for number in range(1, 6):
    server(f"web{{number}}", "app", primary=number == 1)
"""
PHASES = {
    "prepare": "@after('deploy:finalize_update')\ndef fail():\n    run(third('exit 3'))\n",
    "publish": "@before('deploy:create_symlink')\ndef fail():\n    run(third(f'rm -r {release_path}'))\n",
    "restart": "@deploy.task\ndef restart():\n    run(third(f'! {new()} || exit 3'))\n",
    "health": "config.health_command = lambda: f'test $FLEET_HOST != web3 || ! {new()}'\nconfig.health_retries = 0\n",
}
HELPERS = """
def third(command):
    return lambda server: command if server.host == "web3" else "true"


def new():
    return f"grep -q {config.revision} {config.deploy_to}/current/REVISION"


"""


@pytest.mark.fleet(*HOSTS)
@pytest.mark.parametrize("phase", PHASES)
def test_the_third_of_five_fails_and_one_commit_is_live_everywhere(fleets: Fleets, tmp_path: Path, phase: str) -> None:
    shop = shops.opened(Shop, fleets, tmp_path, hosts=HOSTS, capfile=CAPFILE)
    shop.cap("deploy:setup", "deploy")
    before = _live(shop)
    shop.repository.commit("second")
    capfile = shop.folder / "capfile.py"
    whole = capfile.read_text()
    shop.add(HELPERS + PHASES[phase])
    shop.cap("deploy", status=6)
    assert _live(shop) == before
    assert len(before) == 1
    capfile.write_text(whole)
    shop.cap("deploy")
    assert _live(shop) == {shop.repository.head()}


def _live(shop: Shop) -> set[str]:
    """The commits that are live, over all servers."""
    roots = [shop.root(host) for host in HOSTS]
    return {(root / "releases" / (root / "current").readlink().name / "REVISION").read_text().strip() for root in roots}
