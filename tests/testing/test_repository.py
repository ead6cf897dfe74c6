"""The repository to deploy from."""

import os
import subprocess
from pathlib import Path

import pytest

from capify.testing.repository import Repository


def test_the_default_branch_is_the_wished_one(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path, branch="main")
    assert _listed(repository, "--symref", "HEAD")[0] == "ref: refs/heads/main\tHEAD"
    assert [line.split("\t")[1] for line in _listed(repository, "--heads")] == ["refs/heads/develop", "refs/heads/main"]


def test_a_commit_is_at_once_in_the_origin(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path)
    first = repository.head()
    second = repository.commit("second")
    assert first != second == repository.head()
    assert _listed(repository, "refs/heads/master") == [f"{second}\trefs/heads/master"]


def test_a_commit_on_another_branch_leaves_the_default_one(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path)
    before = repository.head()
    elsewhere = repository.commit("elsewhere", branch="topic")
    assert repository.head() == before
    assert repository.head("topic") == elsewhere
    assert repository.git("show", f"{elsewhere}:version.txt") == "elsewhere"
    assert repository.commit("here") == repository.head()


def test_a_tag_is_annotated_and_names_the_last_commit(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path)
    assert repository.tag("v1") == repository.head()
    assert f"{repository.head()}\trefs/tags/v1^{{}}" in _listed(repository, "--tags")


def test_the_same_history_has_the_same_names_everywhere(tmp_path: Path) -> None:
    made = [Repository.create(tmp_path / name) for name in "ab"]
    assert made[0].commit("x") == made[1].commit("x")


def test_it_has_a_program_a_link_and_folders(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path)
    subprocess.run(["git", "clone", "-q", repository.url, tmp_path / "copy"], check=True)
    copy = tmp_path / "copy"
    assert os.access(copy / "bin/start", os.X_OK)
    assert (copy / "start").readlink() == Path("bin/start")
    assert subprocess.run([copy / "start"], check=True, capture_output=True, text=True).stdout == "first\n"
    assert (copy / "public/images/logo.txt").exists()


def test_what_git_refuses_is_an_error_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not-a-branch"):
        Repository.create(tmp_path).git("checkout", "not-a-branch")


def _listed(repository: Repository, *words: str) -> list[str]:
    options = [word for word in words if word.startswith("--")]
    patterns = [word for word in words if not word.startswith("--")]
    return repository.git("ls-remote", *options, repository.url, *patterns).splitlines()
