"""Claims about `deploy:status` and the tasks beside it, as users call them: on this machine, and on a fleet."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from capify.recipe.discovery import STANDARD
from capify.testing.fleet import Fleet
from capify.testing.plugin import Fleets
from capify.testing.repository import Repository

RECIPES = ("status", "pending", "preview", "pinning")
CAPFILE = """\
from capify import config, load, server

load("deploy")
config.application = "shop"
config.repository = "{url}"
config.deploy_to = "{home}/shop"
config.linked_dirs = ["log"]
"""


@dataclass(frozen=True)
class Shop:
    """A project, its repository, and how `cap` is called in it."""

    folder: Path
    repository: Repository
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, home: str, *lines: str) -> None:
        """Write the recipe."""
        loads = [f'load("{STANDARD}/{name}")' for name in RECIPES]
        text = CAPFILE.format(url=self.repository.url, home=home)
        (self.folder / "capfile.py").write_text("\n".join([text, *loads, *lines, ""]))

    def cap(self, *words: str, status: int = 0) -> tuple[str, str]:
        """Run `cap`; returns what it wrote to standard output, and to standard error."""
        done = subprocess.run(
            [sys.executable, "-m", "capify", *words], cwd=self.folder, env=self.environment, timeout=120,
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout, done.stderr

    def asks(self, *words: str, status: int = 0) -> tuple[dict[str, Any], str]:
        """Ask `cap status --json`; returns the answer, and what was said beside it."""
        out, err = self.cap("status", "--json", *words, status=status)
        return dict(json.loads(out)), err


@pytest.fixture
def shop(tmp_path: Path, repository: Repository) -> Shop:
    """A project that deploys to this machine."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
    made = Shop(tmp_path / "project", repository, environment)
    made.folder.mkdir()
    made.write(str(tmp_path / "var"), 'config.transport = "local"', 'server("localhost", "app", primary=True)')
    return made


def test_status_tells_before_the_first_deployment_and_after_it_what_is_there(shop: Shop) -> None:
    out, err = shop.cap("status", status=4)
    assert ("not set up" in out, "`deploy:setup` makes the folders" in err) == (True, True)
    assert "nothing is live: there is no `current`" in shop.cap("deploy:setup", "deploy:status", status=4)[1]
    shop.cap("deploy")
    told, _ = shop.asks()
    assert (told["drift"], told["findings"], told["status"], told["stage"]) == (False, [], 0, None)
    assert told["servers"][0]["revision"] == shop.repository.head()
    live = Path(told["deploy_to"]) / "current"
    (live / "version.txt").write_text("hacked\n")
    (live / "stamp.txt").unlink()
    told, err = shop.asks("-s", "health_command=exit 42", status=4)
    assert "1 file of the live release was edited: `version.txt`" in err
    assert "1 file of the live release is missing: `stamp.txt`" in err
    assert (told["servers"][0]["edited"], told["servers"][0]["missing"]) == (["version.txt"], ["stamp.txt"])
    assert [(one["kind"], one["drift"]) for one in told["findings"]] == [
        ("files-edited", True), ("files-missing", True), ("not-healthy", True),
    ]  # fmt: skip
    assert told["servers"][0]["healthy"] is False
    assert "ended with exit 42" in told["findings"][-1]["text"]
    assert "deploying" not in shop.cap("deploy", "deploy:status")[0]  # our own lock is nobody else's


def test_what_is_pending_differs_and_was_there_is_told(shop: Shop) -> None:
    assert "nothing is pending" in shop.cap("deploy:setup", "deploy", "deploy:pending")[1]
    shop.repository.commit("second \x1b[31mred")
    out, _ = shop.cap("deploy:pending", "deploy:pending:diff", "deploy")
    assert ("second ?[31mred" in out, "local     | +second" in out, "\x1b" in out) == (True, True, False)
    out, _ = shop.cap("deploy:diff", "deploy:pin", "release=previous", "deploy:history")
    assert [line.split() for line in out.splitlines() if line.startswith(("+", "-", "~"))] == [["~", "version.txt"]]
    assert "second ?[31mred" in out
    assert out.count("previous good, pinned by ") == 1
    out, err = shop.cap("deploy:unpin", "release=previous", "deploy:history", "deploy:diff", "old=live")
    assert ("pinned" in out, "no file differs" in err) == (False, True)
    assert "no server has a release `x`" in shop.cap("deploy:diff", "old=x", status=3)[1]


def test_a_preview_is_applied_to_the_world_it_was_made_of_or_not_at_all(shop: Shop, tmp_path: Path) -> None:
    shop.write(
        str(tmp_path / "var"),
        'config.transport = "local"', 'server("localhost", "app", primary=True)',
        "from capify import after", "from capify.standard import previewing", "from capify.standard.grip import known",
        "config.revision = previewing.resolved",
        'after("deploy:starting", lambda: previewing.refuse_if_changed(known().seen))',
    )  # fmt: skip
    _, err = shop.cap("deploy:preview", status=4)
    assert ("this would stop the deployment" in err, "is kept" in err) == (True, False)
    shop.cap("deploy:setup", "deploy")
    second = shop.repository.commit("second")
    before = sorted(str(path) for path in (tmp_path / "var").rglob("*"))
    out, err = shop.cap("deploy:preview")
    assert (second[:12] in out, "linked from `shared`: `log`" in err) == (True, True)
    (kept,) = (tmp_path / "home/.local/state/capify/previews").iterdir()
    assert kept.stem in err
    assert sorted(str(path) for path in (tmp_path / "var").rglob("*")) == before
    shop.repository.commit("third")
    assert "there is no preview `x`" in shop.cap("deploy", "-s", "preview=x", status=2)[1]
    assert second[:12] in shop.cap("deploy", "deploy:status", "-s", f"preview={kept.stem}")[0]
    assert "is new: live" in shop.cap("deploy", "-s", f"preview={kept.stem}", status=3)[1]
    kept.write_text(kept.read_text().replace(second, shop.repository.head()))
    assert "was edited" in shop.cap("deploy", "-s", f"preview={kept.stem}", status=2)[1]


@pytest.mark.fleet("web1", "web2")
def test_servers_that_differ_are_told_by_a_fleet(fleets: Fleets, tmp_path: Path) -> None:
    fleet: Fleet = fleets("web1", "web2")
    if not fleet.own_roots:
        pytest.skip("hosts that share one root share one deploy_to")
    shop = Shop(tmp_path, Repository.create(fleet.shared / "repository"), fleet.environment())
    servers = ('server("web1", "app", primary=True)', 'server("web2", "app")')
    shop.write(fleet.home("web1"), f'config.user = "{fleet.user}"', *servers)
    shop.cap("deploy:setup", "deploy")
    first = shop.repository.head()
    second = shop.repository.commit("second")
    shop.cap("deploy", "--hosts", "web2")
    out, err = shop.cap("status", status=4)
    assert f"different revisions are live: `web1`: {first[:12]}; `web2`: {second[:12]}" in err
    assert len(out.splitlines()) == 4
    out, err = shop.cap("deploy:history", "deploy:pending")
    assert sorted(line.split()[-1] for line in out.splitlines()[2:5]) == ["web1", "web2", "web2"]
    assert ("web1: " in out, "web2: nothing is pending" in err) == (True, True)
