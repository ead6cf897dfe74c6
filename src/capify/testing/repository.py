"""A small git repository to deploy from: a work tree to change, and a bare `origin` that hosts can clone.

Rule: the user's own git configuration is never read, so that the same commits have the same names everywhere.
"""

import os
import subprocess
from pathlib import Path
from typing import Self

_FILES = {
    "README": "An application to deploy.\n",
    "version.txt": "first\n",
    "bin/start": '#!/bin/sh\nexec cat "$(dirname "$(readlink -f "$0")")/../version.txt"\n',
    "config/settings.txt": "colour = blue\n",
    "public/images/logo.txt": "logo\n",
}
_PROGRAMS = ("bin/start",)
_LINKS = {"start": "bin/start"}
_ROLES = ("AUTHOR", "COMMITTER")
_PERSON = {"NAME": "Fleet", "EMAIL": "fleet@example.invalid"}
_FIRST_DAY = 1577836800  # 2020-01-01: commits are a minute apart from then on, whenever they are made


class Repository:
    """A repository with a few files: a program, a link, a folder in a folder. Commits go to `origin` at once.

    `path` is the work tree, `origin` the bare repository, `branch` the default branch.
    """

    def __init__(self, folder: Path, branch: str) -> None:
        self.path = folder / "work"
        self.origin = folder / "origin.git"
        self.branch = branch
        self._commits = 0

    @classmethod
    def create(cls, folder: Path, branch: str = "master") -> Self:
        """Make the repository, with one commit on the default branch and one more on `develop`."""
        made = cls(folder.resolve(), branch)
        made.path.mkdir(parents=True)
        for bare, place in (((), made.path), (("--bare",), made.origin)):
            made.git("init", "-q", *bare, "-b", branch, str(place), folder=made.path)
        made.git("remote", "add", "origin", made.url)
        made._write_files()
        made._save("first")
        made.commit("a feature", branch="develop")
        return made

    @property
    def url(self) -> str:
        """The address to deploy from: `file:///…/origin.git`."""
        return self.origin.as_uri()

    def commit(self, text: str, *, branch: str = "") -> str:
        """Write the text into `version.txt`, commit and push it; returns the new revision.

        A branch that does not exist yet begins at the default branch.
        """
        branch = branch or self.branch
        known = self.git("branch", "--list", branch)
        self.git("checkout", "-q", *([branch] if known else ["-b", branch, self.branch]))
        (self.path / "version.txt").write_text(f"{text}\n")
        return self._save(text)

    def tag(self, name: str) -> str:
        """Tag the last commit of the default branch, annotated, and push it; returns the revision."""
        self.git("tag", "-a", "-m", name, name, self.branch)
        self.git("push", "-q", "origin", name)
        return self.head()

    def head(self, branch: str = "") -> str:
        """Name the revision that a branch is at; of the default branch, if none is named."""
        return self.git("rev-parse", f"refs/heads/{branch or self.branch}")

    def git(self, *words: str, folder: Path | None = None) -> str:
        """Run git in the work tree; returns its output. Raises `OSError` with what it said."""
        date = f"{_FIRST_DAY + 60 * self._commits} +0000"
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.path.parent),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in _ROLES for what, value in {**_PERSON, "DATE": date}.items()},
        }
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=folder or self.path,
            env=environment,
            umask=0o022,  # hosts read it as other users
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise OSError(f"`git {words[0]}` failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def _write_files(self) -> None:
        for name, text in _FILES.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755 if name in _PROGRAMS else 0o644)
        for name, target in _LINKS.items():
            (self.path / name).symlink_to(target)

    def _save(self, message: str) -> str:
        self._commits += 1
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")
