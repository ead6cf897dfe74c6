"""A shop: a project that is deployed to a fleet, with its repository; tests of the deployment begin here."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from capify.testing.fleet import Fleet
from capify.testing.plugin import Fleets
from capify.testing.repository import Repository

AnyShop = TypeVar("AnyShop", bound="Shop")


@dataclass(frozen=True)
class Shop:
    """A project, its repository, and the fleet that it is deployed to, into `shop` of each home."""

    fleet: Fleet
    repository: Repository
    folder: Path

    def cap(self, *words: str, status: int = 0) -> str:
        """Run `cap`; returns all that it said."""
        done = subprocess.run(
            [sys.executable, "-m", "capify", *words], cwd=self.folder, env=self.fleet.environment(), timeout=300,
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == status, said
        return said

    def add(self, text: str) -> None:
        """Add lines to the recipe."""
        with (self.folder / "capfile.py").open("a") as file:
            file.write(text)

    def root(self, host: str) -> Path:
        """Find a host's `deploy_to` on this machine."""
        return self.fleet.path(host, f"{self.fleet.home(host)}/shop")


def opened(kind: type[AnyShop], fleets: Fleets, folder: Path, *, hosts: tuple[str, ...], capfile: str) -> AnyShop:
    """Open a shop on a fresh fleet; `capfile` may name `{user}`, `{url}` and `{home}`."""
    fleet = fleets(*hosts)
    if not fleet.own_roots:
        pytest.skip("hosts that share one root share one deploy_to")
    made = kind(fleet, Repository.create(fleet.shared / "repository"), folder)
    text = capfile.format(user=fleet.user, url=made.repository.url, home=fleet.home(hosts[0]))
    (folder / "capfile.py").write_text(text)
    return made
