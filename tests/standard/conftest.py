"""Servers for the scripts: real shells and userlands, each with a deployment of its own in a temporary folder."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from capify.outcomes import Answers
from capify.standard import building, locking, scripts, switching
from capify.standard.answers import Deployment, deployment
from capify.standard.authors import Author
from capify.standard.layout import Layout
from capify.standard.locking import Terms
from capify.standard.switching import Publication
from capify.testing.repository import Repository

KINDS = ("dash", "bash", "busybox")
AUTHOR = Author("a" * 32, "anna@laptop", "12345678")


@dataclass(frozen=True)
class Ground:
    """A shell with its userland, and one deployment."""

    path: str
    home: Path
    layout: Layout

    @property
    def root(self) -> Path:
        """`deploy_to`."""
        return Path(self.layout.deploy_to)

    def tries(self, text: str, stdin: bytes = b"", umask: int = 0o022) -> subprocess.CompletedProcess[bytes]:
        """Run a script."""
        return subprocess.run(
            [f"{self.path.split(':')[0]}/sh", "-c", text],
            input=stdin, capture_output=True, check=False, umask=umask, cwd=self.home, timeout=120,
            env={"PATH": self.path, "HOME": str(self.home)},
        )  # fmt: skip

    def runs(self, text: str, stdin: bytes = b"", umask: int = 0o022) -> Answers:
        """Run a script that succeeds."""
        done = self.tries(text, stdin, umask)
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
        assert done.stderr == b""
        return Answers(done.stdout.decode())

    def refuses(self, text: str, stdin: bytes = b"") -> str:
        """Run a script that refuses; returns why."""
        done = self.tries(text, stdin)
        assert done.returncode != 0, done.stdout.decode()
        return done.stderr.decode()

    def kills(self, text: str, after: float) -> None:
        """Run a script and kill it, with all that it started, after so many seconds."""
        process = subprocess.Popen(
            [f"{self.path.split(':')[0]}/sh", "-c", text],
            env={"PATH": self.path, "HOME": str(self.home)}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def read(self, *linked_files: str) -> Deployment:
        """Read the deployment."""
        return deployment(self.runs(scripts.read(self.layout, linked_files)))

    def release(self, name: str, revision: str = "0" * 40, *, publish: bool = True) -> None:
        """Make a release of one file, without git, and publish it."""
        build = building.Build(name, revision)
        self.runs(building.receive(self.layout, build, AUTHOR), _archive(self.home, name))
        if publish:
            self.runs(switching.publish(self.layout, Publication(name), AUTHOR))

    def lock(self, author: Author = AUTHOR, lease: int = 45) -> Deployment:
        """Try to take the lock; returns what is there then."""
        return deployment(self.runs(locking.take(self.layout, author, Terms("a test", lease))))

    def live(self) -> str:
        """Where `current` leads."""
        return (self.root / "current").resolve().name

    def traces(self) -> list[str]:
        """What scripts left that they should not: temporary files, and trash."""
        places = [self.root / ".capify/tmp", self.root / ".capify/trash", self.root / "shared"]
        return [str(path) for place in places for path in place.glob("*" if place.name != "shared" else ".capify*")]


def _archive(folder: Path, name: str) -> bytes:
    from capify.standard.archive import pack

    files = folder / f"files-{name}"
    files.mkdir()
    (files / "version").write_text(name)
    pack(files, folder / f"{name}.tar.gz")
    return (folder / f"{name}.tar.gz").read_bytes()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The shell and userland of a server."""
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
def open_ground(tmp_path: Path) -> Callable[..., Ground]:
    """Prepare a server of a kind; `below` is where in its folder the deployment lies."""

    def build(kind: str, below: str = "var/www/shop") -> Ground:
        found = shutil.which(kind)
        if not found:
            pytest.skip(f"{kind} is not installed")
        home = tmp_path / f"server-{kind}"
        programs = home / "bin"
        programs.mkdir(parents=True)
        if kind == "busybox":
            subprocess.run([found, "--install", "-s", str(programs)], check=True)
            (programs / "git").symlink_to(str(shutil.which("git")))
            path = str(programs)
        else:
            (programs / "sh").symlink_to(found)
            path = f"{programs}:{os.environ['PATH']}"
        return Ground(path, home, Layout(f"{home}/{below}"))

    return build


@pytest.fixture
def ground(open_ground: Callable[..., Ground], kind: str) -> Ground:
    """A server that was set up."""
    ready = open_ground(kind)
    ready.runs(scripts.set_up(ready.layout))
    ready.lock()
    return ready


@pytest.fixture(scope="session")
def first_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A git repository with what is hard to carry: programs, links, odd names, attributes. Copied, never changed."""
    made = Repository.create(tmp_path_factory.mktemp("repository"))
    files = {
        "naïve name.txt": "ü\n",
        ".gitattributes": "secret.txt export-ignore\nstamp.txt export-subst\n*.crlf text eol=crlf\n",
        "secret.txt": "kept\n",
        "stamp.txt": "$Format:%H$\n",
        "lines.crlf": "one\ntwo\n",
        "a/" + "deep/" * 30 + "file": "far\n",
        "quote'$(touch pwned)`x`": "odd\n",
        "-dash": "option\n",
        "log/kept.txt": "from the commit\n",
    }
    for name, text in files.items():
        path = made.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (made.path / "dangling").symlink_to("nowhere/at/all")
    (made.path / "folder-link").symlink_to("bin")
    made.commit("odd names")
    return made


@pytest.fixture
def repository(first_repository: Repository, tmp_path: Path) -> Repository:
    """A copy of the repository, to be changed at will."""
    folder = tmp_path / "repository"
    shutil.copytree(first_repository.path.parent, folder, symlinks=True)
    made = Repository(folder, first_repository.branch)
    made.git("remote", "set-url", "origin", made.url)
    made._commits = 10  # so that its own commits are younger than the copied ones
    return made
