"""Claims about how a release comes to be, with real git and real shells: both strategies, links, and giving up."""

import os
import random
import shutil
import stat
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from capify.standard import building, scripts, switching
from capify.standard.answers import State
from capify.standard.archive import pack
from capify.standard.authors import Author
from capify.standard.building import Build, Source
from capify.standard.switching import Publication
from capify.testing.repository import Repository

A, B = "20260101000001", "20260101000002"
AUTHOR = Author("a" * 32, "anna@laptop", "12345678")


def test_a_release_has_exactly_the_files_of_the_commit(ground: Any, repository: Repository) -> None:
    revision = _prepare(ground, repository, A)
    release = ground.root / "releases" / A
    tracked = repository.git("ls-tree", "-r", "-z", "--name-only", revision).strip("\0").split("\0")
    assert {str(path.relative_to(release)) for path in release.rglob("*") if path.is_symlink() or path.is_file()} == {
        *tracked, "REVISION",
    }  # fmt: skip
    assert (release / "REVISION").read_text() == f"{revision}\n"
    assert (release / "lines.crlf").read_bytes() == b"one\r\ntwo\r\n"
    assert os.access(release / "bin/start", os.X_OK)
    assert str((release / "dangling").readlink()) == "nowhere/at/all"
    assert not list(ground.root.rglob("pwned"))
    assert ground.read().records[A].state is State.READY
    assert ground.traces() == []


@pytest.mark.parametrize("umask", [0o002, 0o077])
def test_both_strategies_make_the_same_tree(ground: Any, repository: Repository, tmp_path: Path, umask: int) -> None:
    revision = _prepare(ground, repository, A, umask=umask)
    archive = _archived(ground, repository, revision, tmp_path)
    ground.runs(building.receive(ground.layout, Build(B, revision), AUTHOR), archive.read_bytes(), umask)
    assert _digest(ground.root / "releases" / A) == _digest(ground.root / "releases" / B)
    files = [(ground.root / ".capify/files" / name).read_text() for name in (A, B)]
    assert files[0] == files[1]


def test_the_cache_is_a_clone_that_capistrano_2_can_go_on_with(ground: Any, repository: Repository) -> None:
    _prepare(ground, repository, A)
    revision = repository.commit("by Capistrano")
    fetch = "git fetch -q origin && git fetch --tags -q origin"
    steps = f"{fetch} && git reset -q --hard {revision} && git clean -q -d -x -f"
    cache = ground.root / "shared/cached-copy"
    subprocess.run(["sh", "-c", steps], check=True, cwd=cache, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
    assert (ground.root / "shared/cached-copy/version.txt").read_text() == "by Capistrano\n"
    _prepare(ground, repository, B)
    assert (ground.root / "releases" / B / "version.txt").read_text() == "by Capistrano\n"


def test_a_repository_that_moved_is_fetched_from_there(ground: Any, repository: Repository, tmp_path: Path) -> None:
    _prepare(ground, repository, A)
    other = Repository.create(tmp_path / "other")
    other.commit("moved")
    repository.origin.rename(tmp_path / "gone")
    _prepare(ground, other, B)
    assert (ground.root / "releases" / B / "version.txt").read_text() == "moved\n"


def test_a_commit_that_the_cache_has_needs_no_repository(ground: Any, repository: Repository, tmp_path: Path) -> None:
    _prepare(ground, repository, A)
    repository.origin.rename(tmp_path / "gone")
    _prepare(ground, repository, B)


def test_forced_deleted_and_renamed_branches_do_not_stop_a_deployment(ground: Any, repository: Repository) -> None:
    repository.commit("one", branch="topic")
    repository.tag("v1")
    _prepare(ground, repository, A)
    repository.git("push", "-q", "origin", ":topic", ":v1")
    repository.git("branch", "-m", "topic", "topic/deeper")
    repository.commit("two", branch="topic/deeper")
    repository.git("commit", "-q", "--amend", "-m", "rewritten")
    repository.git("push", "-q", "--force", "origin", "topic/deeper")
    _prepare(ground, repository, B, repository.head("topic/deeper"))
    assert (ground.root / "releases" / B / "version.txt").read_text() == "two\n"


def test_a_commit_that_no_branch_reaches_is_fetched_by_its_name(ground: Any, repository: Repository) -> None:
    _prepare(ground, repository, A)
    revision = repository.commit("lost", branch="topic")
    repository.git("push", "-q", "origin", ":topic")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true", folder=repository.origin)
    _prepare(ground, repository, B, revision)
    assert (ground.root / "releases" / B / "version.txt").read_text() == "lost\n"


def test_an_unknown_commit_is_refused_before_a_release_exists(ground: Any, repository: Repository) -> None:
    build = Build(A, "1" * 40)
    said = ground.refuses(building.prepare(ground.layout, build, AUTHOR, source=Source(repository.url)))
    assert f"commit `{'1' * 40}` is not in" in said
    assert not ground.read().releases
    assert not ground.read().records
    assert ground.traces() == []


def test_an_unreachable_repository_leaves_nothing(ground: Any, tmp_path: Path) -> None:
    source = Source((tmp_path / "nowhere").as_uri())
    assert "cannot clone" in ground.refuses(building.prepare(ground.layout, Build(A, "1" * 40), AUTHOR, source=source))
    assert not (ground.root / "shared/cached-copy").exists()
    assert ground.traces() == []


@pytest.mark.parametrize("url", ["ext::sh -c touch% pwned", "--upload-pack=touch pwned"])
def test_an_address_that_would_start_a_program_starts_none(ground: Any, url: str) -> None:
    ground.refuses(building.prepare(ground.layout, Build(A, "1" * 40), AUTHOR, source=Source(url)))
    assert not list(ground.home.rglob("pwned*"))


def test_hooks_of_the_cache_do_not_run(ground: Any, repository: Repository) -> None:
    _prepare(ground, repository, A)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        hook = ground.root / "shared/cached-copy/.git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ground.home}/pwned\n")
        hook.chmod(0o755)
    repository.commit("more")
    _prepare(ground, repository, B)
    assert not (ground.home / "pwned").exists()


@pytest.mark.parametrize("lock", ["packed-refs.lock", "config.lock", "refs/remotes/origin/develop.lock"])
def test_locks_that_a_killed_git_left_stop_nothing(
    ground: Any, repository: Repository, tmp_path: Path, lock: str
) -> None:
    _prepare(ground, repository, A)
    left = ground.root / "shared/cached-copy/.git" / lock
    left.parent.mkdir(exist_ok=True, parents=True)
    left.write_text("")
    shutil.copytree(repository.path.parent, tmp_path / "moved", symlinks=True)
    moved = Repository(tmp_path / "moved", repository.branch)
    moved.git("remote", "set-url", "origin", moved.url)
    moved.git("push", "-q", "origin", ":develop")
    moved.commit("more")
    _prepare(ground, moved, B)
    assert (ground.root / "releases" / B / "version.txt").read_text() == "more\n"
    assert ground.traces() == []


def test_whenever_preparing_is_killed_what_is_live_stays_and_the_next_one_succeeds(
    ground: Any, repository: Repository
) -> None:
    ground.release("live")
    chance = random.Random(7)
    for turn in range(5):
        revision = repository.commit(f"turn {turn}")
        ground.kills(_spelled(ground, repository, f"killed{turn}", revision), chance.uniform(0, 0.08))
        assert ground.live() == "live"
        assert "ready" not in {record.state for record in ground.read().records.values()}
        ground.runs(building.discard(ground.layout, f"killed{turn}", AUTHOR))
    _prepare(ground, repository, B)
    assert ground.read().releases == {"live", B}


def test_two_preparations_at_once_both_come_out_right(ground: Any, repository: Repository) -> None:
    revision = repository.head()
    processes = [
        subprocess.Popen(
            [f"{ground.path.split(':')[0]}/sh", "-c", _spelled(ground, repository, name, revision)],
            env={"PATH": ground.path, "HOME": str(ground.home)}, stdin=subprocess.DEVNULL,
        )
        for name in (A, B)
    ]  # fmt: skip
    assert [process.wait() for process in processes] == [0, 0]
    assert _digest(ground.root / "releases" / A) == _digest(ground.root / "releases" / B)


def test_a_release_is_made_once(ground: Any, repository: Repository) -> None:
    _prepare(ground, repository, A)
    said = ground.refuses(_spelled(ground, repository, A, repository.head()))
    assert "exists already" in said
    assert ground.read().records[A].state is State.READY


def test_a_server_without_setup_is_told_to_set_up(
    open_ground: Callable[..., Any], kind: str, repository: Repository
) -> None:
    ground = open_ground(kind)
    assert "deploy:setup" in ground.refuses(_spelled(ground, repository, A, repository.head()))
    assert not ground.root.exists()


def test_an_archive_that_is_cut_off_is_refused(ground: Any, repository: Repository, tmp_path: Path) -> None:
    whole = _archived(ground, repository, repository.head(), tmp_path).read_bytes()
    build = Build(A, repository.head())
    assert "did not arrive whole" in ground.refuses(
        building.receive(ground.layout, build, AUTHOR), whole[: len(whole) // 2]
    )
    assert "building" in ground.refuses(switching.publish(ground.layout, Publication(A), AUTHOR))
    assert ground.runs(building.discard(ground.layout, A, AUTHOR))["removed"] == (A,)
    assert not ground.read().releases


def test_revision_in_a_commit_cannot_lead_out_of_the_release(ground: Any, repository: Repository) -> None:
    precious = ground.home / "precious"
    precious.write_text("x")
    (repository.path / "REVISION").symlink_to(precious)
    revision = repository.commit("a trap")
    _prepare(ground, repository, A)
    assert precious.read_text() == "x"
    assert (ground.root / "releases" / A / "REVISION").read_text() == f"{revision}\n"


def test_the_group_gets_the_whole_release(ground: Any, repository: Repository) -> None:
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    build = Build(A, repository.head())
    text = building.prepare(ground.layout, build, AUTHOR, source=Source(repository.url), group=group)
    ground.runs(text, umask=0o002)
    release = ground.root / "releases" / A
    modes = {path.stat().st_mode & 0o2020 for path in (release, release / "bin", release / "a/deep")}
    assert modes == {0o2020}
    assert (release / "version.txt").stat().st_mode & 0o020
    cache = [path for path in (ground.root / "shared/cached-copy").rglob("*") if path.is_dir()]
    assert all(path.stat().st_mode & 0o2020 == 0o2020 for path in cache)


def test_what_is_shared_is_linked_by_relative_links_and_the_release_is_ready(
    ground: Any, repository: Repository
) -> None:
    (ground.root / "shared/config").mkdir()
    (ground.root / "shared/config/keys.yml").write_text("key")
    folders = ("tmp/cache", "public/system", "-dashed")
    text = _spelled(ground, repository, A, repository.head(), files=("config/keys.yml",), folders=folders)
    answers = ground.runs(text)
    release = ground.root / "releases" / A
    assert str((release / "config/keys.yml").readlink()) == "../../../shared/config/keys.yml"
    assert str((release / "tmp/cache").readlink()) == "../../../shared/tmp/cache"
    assert str((release / "-dashed").readlink()) == "../../shared/-dashed"
    assert (release / "public/system").resolve() == ground.root / "shared/public/system"
    assert (release / "config/keys.yml").read_text() == "key"
    assert answers.one("ready") == A
    assert "replaced" not in answers
    assert ground.read().records[A].state is State.READY


def test_what_the_commit_has_at_a_linked_path_is_replaced_and_said(ground: Any, repository: Repository) -> None:
    (ground.root / "shared/version.txt").write_text("shared")
    links = {"files": ("version.txt",), "folders": ("log", "folder-link")}
    answers = ground.runs(_spelled(ground, repository, A, repository.head(), **links))
    assert set(answers["replaced"]) == {"version.txt", "log", "folder-link"}
    release = ground.root / "releases" / A
    assert (release / "version.txt").read_text() == "shared"
    assert (release / "log").resolve() == ground.root / "shared/log"
    assert (release / "bin/start").exists()


def test_missing_linked_files_are_told_all_at_once_and_nothing_is_made(ground: Any, repository: Repository) -> None:
    text = _spelled(ground, repository, A, repository.head(), files=("config/one.yml", "two.yml"))
    said = ground.refuses(text)
    assert "shared/config/one.yml" in said
    assert "shared/two.yml" in said
    assert not ground.read().records


def test_a_link_in_the_commit_does_not_lead_links_elsewhere(ground: Any, repository: Repository) -> None:
    outside = ground.home / "outside"
    outside.mkdir()
    (repository.path / "way").symlink_to(outside)
    revision = repository.commit("a trap")
    assert "symbolic link" in ground.refuses(_spelled(ground, repository, A, revision, folders=("way/deeper/log",)))
    assert list(outside.iterdir()) == []


def test_only_what_this_invocation_made_and_did_not_publish_is_discarded(ground: Any) -> None:
    ground.release(A)
    ground.release(B, publish=False)
    assert "another invocation" in ground.runs(building.discard(ground.layout, B, AUTHOR, maker="somebody")).one("kept")
    assert "live" in ground.runs(building.discard(ground.layout, A, AUTHOR)).one("kept")
    assert ground.runs(building.discard(ground.layout, B, AUTHOR))["removed"] == (B,)
    assert "bad" in ground.runs(building.discard(ground.layout, B, AUTHOR)).one("kept")
    found = ground.read()
    assert (found.live, found.releases, set(found.records)) == (A, {A}, {A, B})
    assert found.records[B].state is State.BAD
    assert found.failed == {B}


def test_a_difficult_cache_folder_and_repository_are_only_names(
    open_ground: Callable[..., Any], kind: str, tmp_path: Path
) -> None:
    made = Repository.create(tmp_path / "it's $(touch pwned) ü")
    ground = open_ground(kind, "srv/my `touch pwned` app")
    ground.runs(scripts.set_up(ground.layout))
    ground.lock()
    build = Build(A, made.head())
    ground.runs(building.prepare(ground.layout, build, AUTHOR, source=Source(str(made.origin))))
    assert (ground.root / "releases" / A / "version.txt").exists()
    assert not list(tmp_path.rglob("pwned"))


def _spelled(ground: Any, repository: Repository, name: str, revision: str, **links: tuple[str, ...]) -> str:
    return building.prepare(ground.layout, Build(name, revision, **links), AUTHOR, source=Source(repository.url))


def _prepare(ground: Any, repository: Repository, name: str, revision: str = "", umask: int = 0o022) -> str:
    revision = revision or repository.head()
    done = ground.tries(_spelled(ground, repository, name, revision), umask=umask)
    assert done.returncode == 0, done.stderr.decode()
    return revision


def _archived(ground: Any, repository: Repository, revision: str, folder: Path) -> Path:
    store, tree, archive = folder / "cache/mirror.git", folder / f"tree-{revision}", folder / "archive.tar.gz"
    ground.runs(building.mirror(Source(repository.url), revision, store=str(store), folder=str(tree)))
    assert pack(tree, archive) > 10
    return archive


def _digest(release: Path) -> str:
    lines = []
    for path in sorted(release.rglob("*")):
        mode = path.lstat().st_mode
        content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        shown = mode if not stat.S_ISLNK(mode) else 0
        lines.append(f"{path.relative_to(release)} {shown:o} {sha256(content).hexdigest()}")
    assert lines
    return sha256("\n".join(lines).encode()).hexdigest()
