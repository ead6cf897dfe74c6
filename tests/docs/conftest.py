"""What tests of documents share: somebody who follows them, and the servers that they speak of."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.docs.walkthrough import Reader

from capify.testing import Fleet

GIT = "git@git.example.com:"


@pytest.fixture
def reader(fleet: Fleet, tmp_path: Path) -> Iterator[Callable[..., Reader]]:
    """Give somebody with an empty folder, a fleet, and empty repositories at `git@git.example.com:NAME.git`."""
    before = fleet.git_config.read_text()

    def begin(*repositories: str) -> Reader:
        folder = fleet.shared / "git"
        for name in repositories:
            made = folder / f"{name}.git"
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", made], check=True, umask=0o022)
        fleet.git_config.write_text(f'{before}[url "file://{folder}/"]\n\tinsteadOf = "{GIT}"\n')
        home = tmp_path / "home"
        home.mkdir()
        return Reader(home, fleet.environment())

    yield begin
    fleet.git_config.write_text(before)


@pytest.fixture
def stranger(tmp_path: Path) -> Reader:
    """Give somebody with an empty folder, and no server to reach."""
    home = tmp_path / "home"
    home.mkdir()
    return Reader(home, {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm"})
