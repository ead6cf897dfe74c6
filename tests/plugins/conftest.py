"""Packages with plugins, installed as installers do it: modules, and a folder of metadata beside them."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/plugins"

Entries = Mapping[str, Mapping[str, str]]


@dataclass
class Sites:
    """Folders with installed packages, one for each package; the last installed is looked at first."""

    folder: Path
    patch: pytest.MonkeyPatch
    paths: list[Path] = field(default_factory=list)

    def install(self, package: str, entries: Entries, **modules: str) -> None:
        """Install a package with these entry points, by group and name, and the texts of its modules."""
        site = self.folder / package
        folder = site / f"{package.replace('-', '_')}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        groups = [f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in named.items())
                  for group, named in entries.items()]  # fmt: skip
        (folder / "entry_points.txt").write_text("\n".join(groups))
        for name, text in modules.items():
            (site / f"{name}.py").write_text(text)
        self.see(site)

    def see(self, path: Path) -> None:
        """Let Python find what lies in a folder, here and in processes that a test starts."""
        self.paths.insert(0, path)
        self.patch.syspath_prepend(path)
        self.patch.setenv("PYTHONPATH", os.pathsep.join(map(str, self.paths)))

    def example(self) -> None:
        """Install `examples/plugins`, as its own metadata says."""
        project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
        self.install(project["name"], project["entry-points"])
        self.see(EXAMPLE / "src")


@pytest.fixture
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sites]:
    known = set(sys.modules)
    yield Sites(tmp_path / "sites", monkeypatch)
    for gone in {name for name in set(sys.modules) - known if name.startswith(("extra", "capify_toolbox"))}:
        del sys.modules[gone]


@dataclass(frozen=True)
class Project:
    """A folder with recipes, in which `cap` is started as users start it."""

    folder: Path

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def cap(self, *words: str, status: int = 0) -> str:
        """Run `cap`; returns all that it said, data first."""
        home = self.folder.parent / "home"
        done = subprocess.run(
            [sys.executable, "-m", "capify", *words], cwd=self.folder, timeout=120, capture_output=True, text=True,
            env={**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == status, said
        return said


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project")


class Nobody:
    """The terminal where nobody sits."""

    interactive = False

    def ask(self, question: str, *, secret: bool = False) -> str:
        raise AssertionError(question)
