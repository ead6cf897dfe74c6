"""Claims about five servers of which the third fails, in every phase: one commit is live everywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from capify.testing.fleet import Fleet
from capify.testing.plugin import Fleets
from capify.testing.repository import Repository

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
    fleet = fleets(*HOSTS)
    if not fleet.own_roots:
        pytest.skip("hosts that share one root share one deploy_to")
    repository = Repository.create(fleet.shared / "repository")
    capfile = tmp_path / "capfile.py"
    capfile.write_text(CAPFILE.format(user=fleet.user, url=repository.url, home=fleet.home("web1")))
    _cap(fleet, tmp_path, "deploy:setup", "deploy")
    before = _live(fleet)
    repository.commit("second")
    whole = capfile.read_text()
    capfile.write_text(whole + HELPERS + PHASES[phase])
    _cap(fleet, tmp_path, "deploy", status=6)
    assert _live(fleet) == before
    assert len(before) == 1
    capfile.write_text(whole)
    _cap(fleet, tmp_path, "deploy")
    assert _live(fleet) == {repository.head()}


def _cap(fleet: Fleet, folder: Path, *words: str, status: int = 0) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "capify", *words], cwd=folder, env=fleet.environment(), timeout=300,
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr


def _live(fleet: Fleet) -> set[str]:
    """The commits that are live, over all servers."""
    roots = [fleet.path(host, f"{fleet.home(host)}/shop") for host in HOSTS]
    return {(root / "releases" / (root / "current").readlink().name / "REVISION").read_text().strip() for root in roots}
