"""Claims about the scripts around a release, run by real shells: from setting up to cleaning up."""

import os
import random
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import RecipeError
from capify.standard import building, scripts, switching
from capify.standard.answers import Current, State
from capify.standard.authors import Author
from capify.standard.layout import Layout
from capify.standard.switching import Former, Publication

A, B, C = "20260101000001", "20260101000002", "20260101000003"
AUTHOR = Author("a" * 32, "anna@laptop", "12345678")


def test_setup_says_what_it_made_and_makes_nothing_twice(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    text = scripts.set_up(ground.layout, files=["config/keys.yml"], folders=["log", "public/system"])
    made = ground.runs(text)["made"]
    assert {"releases", "shared", "shared/log", "shared/public/system", "shared/config"} <= set(made)
    assert (ground.root / ".capify/format").read_text() == "1\n"
    assert ground.runs(text).get("made", ()) == ()
    assert ground.traces() == []


def test_setup_gives_what_it_makes_to_the_group_and_leaves_the_rest(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    (ground.root / "shared").mkdir(parents=True)
    (ground.root / "shared").chmod(0o700)
    ground.runs(scripts.set_up(ground.layout, folders=["log"], group=group))
    assert (ground.root / "releases").stat().st_mode & 0o7777 == 0o2775
    assert (ground.root / "shared/log").stat().st_mode & 0o7777 == 0o2775
    assert (ground.root / "shared").stat().st_mode & 0o7777 == 0o700


def test_setup_refuses_a_group_that_does_not_exist(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    assert "no-such-group" in ground.refuses(scripts.set_up(ground.layout, group="no-such-group"))


def test_reading_a_bare_server_changes_nothing(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    found = ground.read("config/keys.yml")
    assert not found.exists
    assert found.missing == ("config/keys.yml",)
    assert not ground.root.parent.exists()


def test_reading_tells_all_that_is_there(ground: Any) -> None:
    ground.release(A, "a" * 40)
    ground.release(B, "b" * 40, publish=False)
    (ground.root / "releases/by hand").mkdir()
    (ground.root / "releases/20250101000000").mkdir()
    (ground.root / ".capify/releases/broken").write_text("state what\n")
    before = _tree(ground.root)
    found = ground.read("config/keys.yml")
    assert _tree(ground.root) == before
    assert found.exists
    assert found.current is Current.RELEASE
    assert (found.live, found.revision, found.target) == (A, "a" * 40, f"releases/{A}")
    assert found.releases == {A, B, "20250101000000"}
    assert found.odd == ("by hand",)
    assert found.broken == ("broken",)
    assert {name: record.state for name, record in found.records.items()} == {A: State.LIVE, B: State.READY}
    assert [found.records[name].sequence for name in (A, B)] == [1, 2]
    assert found.missing == ("config/keys.yml",)
    assert found.format == "1"
    assert found.git
    assert found.free_bytes
    assert {"releases", "shared", ".capify"} <= found.folders & found.writable


@pytest.mark.parametrize(
    ("make", "kind_of_current"),
    [
        (lambda root: (root / "current").mkdir(), Current.DIRECTORY),
        (lambda root: (root / "current").symlink_to("releases/nothing"), Current.DANGLING),
        (lambda root: (root / "current").symlink_to("/etc"), Current.OUTSIDE),
        (lambda root: (root / "current").symlink_to("releases"), Current.OUTSIDE),
        (lambda _root: None, Current.NONE),
    ],
)
def test_reading_tells_what_current_is(ground: Any, make: Callable[[Path], None], kind_of_current: Current) -> None:
    make(ground.root)
    found = ground.read()
    assert found.current is kind_of_current
    assert found.live == ""


def test_publishing_points_current_there_by_a_relative_link_and_writes_records_and_log(ground: Any) -> None:
    ground.release(A)
    ground.release(B, publish=False)
    line = f"Branch main (at {'0' * 40}) deployed as release {B} by somebody"
    answers = ground.runs(switching.publish(ground.layout, Publication(B, log_line=f"{line}\n\x1b[2J"), AUTHOR))
    assert answers.one("previous") == A
    assert str((ground.root / "current").readlink()) == f"releases/{B}"
    records = ground.read().records
    assert (records[A].state, records[A].published) == (State.RETIRED, 1)
    assert (records[B].state, records[B].published) == (State.LIVE, 2)
    assert (ground.root / "revisions.log").read_text() == f"{line} [2J\n"
    assert ground.traces() == []


def test_a_release_that_is_not_ready_or_missing_or_unknown_is_not_published(ground: Any) -> None:
    ground.release(A)
    ground.runs(switching.put_back(ground.layout, AUTHOR, A, former=Former(was="bad")))
    assert "`bad`" in ground.refuses(switching.publish(ground.layout, Publication(A), AUTHOR))
    assert "missing" in ground.refuses(switching.publish(ground.layout, Publication(B), AUTHOR))
    (ground.root / "releases" / C).mkdir()
    assert "without a record" in ground.refuses(switching.publish(ground.layout, Publication(C), AUTHOR))
    assert not (ground.root / "current").exists()


def test_a_real_folder_at_current_is_refused_and_stays(ground: Any) -> None:
    ground.release(A, publish=False)
    (ground.root / "current").mkdir()
    (ground.root / "current/precious").write_text("x")
    before = [entry[:2] for entry in _tree(ground.root)]
    assert "no symbolic link" in ground.refuses(switching.publish(ground.layout, Publication(A), AUTHOR))
    assert [entry[:2] for entry in _tree(ground.root)] == before


def test_a_release_of_capistrano_that_is_left_gets_a_record_because_it_was_live(ground: Any) -> None:
    old = ground.root / "releases/20200101000000"
    old.mkdir()
    (old / "REVISION").write_text("c" * 40 + "\n")
    (ground.root / "current").symlink_to(old)  # absolute, as Capistrano 2 makes it
    ground.release(A)
    records = ground.read().records
    assert (records[old.name].state, records[old.name].revision) == (State.RETIRED, "c" * 40)
    assert records[old.name].published < records[A].published


def test_a_deployment_of_capistrano_is_taken_over_without_setup(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    (ground.root / "releases/20200101000000").mkdir(parents=True)
    (ground.root / "releases/20200101000000/REVISION").write_text("c" * 40 + "\n")
    (ground.root / "shared").mkdir()
    (ground.root / "current").symlink_to(ground.root / "releases/20200101000000")
    ground.lock()
    ground.release(A)
    assert ground.live() == A
    ground.runs(switching.publish(ground.layout, Publication("20200101000000", leaving="bad"), AUTHOR))
    assert ground.live() == "20200101000000"
    assert ground.read().records[A].state is State.BAD


def test_publishing_again_what_is_live_changes_no_link(ground: Any) -> None:
    ground.release(A)
    node = (ground.root / "current").lstat().st_ino
    ground.runs(switching.publish(ground.layout, Publication(A), AUTHOR))
    assert (ground.root / "current").lstat().st_ino == node


def test_a_first_publication_is_taken_back_by_removing_the_link(ground: Any) -> None:
    ground.release(A)
    ground.runs(switching.put_back(ground.layout, AUTHOR, A, former=Former()))
    assert not os.path.lexists(ground.root / "current")
    assert ground.read().records[A].state is State.READY


def test_a_publication_is_taken_back_to_the_former_link_and_records(ground: Any) -> None:
    ground.release(A)
    before = ground.read()
    ground.release(B)
    answers = ground.runs(
        switching.put_back(ground.layout, AUTHOR, B, former=Former(before.target), log_line="taken back")
    )
    assert answers.one("restored") == A
    assert ground.live() == A
    records = ground.read().records
    assert (records[A].state, records[A].published) == (State.LIVE, 1)
    assert (records[B].state, records[B].published) == (State.READY, 0)
    assert (ground.root / "revisions.log").read_text() == "taken back\n"


def test_what_somebody_else_published_meanwhile_is_not_taken_back(ground: Any) -> None:
    ground.release(A)
    ground.release(B)
    ground.release(C)
    assert (
        ground.runs(switching.put_back(ground.layout, AUTHOR, B, former=Former(f"releases/{A}"))).one("elsewhere") == C
    )
    assert ground.live() == C


def test_taking_back_makes_nothing_where_nothing_was(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    ground.runs(switching.put_back(ground.layout, AUTHOR, A, former=Former()))
    ground.runs(building.discard(ground.layout, A, AUTHOR))
    assert not ground.root.exists()


def test_a_newer_format_is_refused(ground: Any) -> None:
    ground.release(A, publish=False)
    (ground.root / ".capify/format").write_text("2\n")
    assert "format `2`" in ground.refuses(switching.publish(ground.layout, Publication(A), AUTHOR))
    assert ground.read().format == "2"


def test_cleanup_removes_what_it_is_told_and_nothing_else(ground: Any) -> None:
    for name in (A, B, C):
        ground.release(name)
    (ground.root / "releases/by-hand").mkdir()
    outside = ground.home / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (ground.root / "releases" / A / "way out").symlink_to(outside)
    answers = ground.runs(scripts.clean_up(ground.layout, [A, C, "by-hand"], AUTHOR))
    assert answers["removed"] == (A,)
    assert answers["kept"] == (f"{C} may be live", "by-hand was not made by Capify")
    assert sorted(path.name for path in (ground.root / "releases").iterdir()) == [B, C, "by-hand"]
    assert (outside / "precious").exists()
    assert set(ground.read().records) == {B, C}
    assert ground.traces() == []


def test_a_release_that_is_a_link_elsewhere_loses_the_link_only(ground: Any) -> None:
    ground.release(A)
    ground.release(B)
    elsewhere = ground.home / "elsewhere"
    (ground.root / "releases" / A).rename(elsewhere)
    (ground.root / "releases" / A).symlink_to(elsewhere)
    assert ground.runs(scripts.clean_up(ground.layout, [A], AUTHOR))["removed"] == (A,)
    assert (elsewhere / "version").exists()


def test_cleanup_removes_nothing_where_current_is_lost(ground: Any) -> None:
    ground.release(A)
    ground.release(B)
    (ground.root / "current").unlink()
    assert "removed" not in ground.runs(scripts.clean_up(ground.layout, [A, B], AUTHOR))


def test_folders_without_write_permission_are_removed_all_the_same(ground: Any) -> None:
    ground.release(A)
    ground.release(B)
    locked = ground.root / "releases" / A / "module/cache"
    locked.mkdir(parents=True)
    (locked / "file").write_text("x")
    locked.chmod(0o555)
    assert ground.runs(scripts.clean_up(ground.layout, [A], AUTHOR)).get("stuck", ()) == ()
    assert ground.traces() == []


def test_killed_removals_are_finished_by_the_next(ground: Any) -> None:
    ground.release(A)
    left = ground.root / ".capify/trash/old.123456/old"
    left.mkdir(parents=True)
    (left / "file").write_text("x")
    ground.runs(scripts.clean_up(ground.layout, [], AUTHOR))
    assert ground.traces() == []


def test_releases_on_another_disk_are_linked_published_and_cleaned(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    disk = ground.home / "disk"
    disk.mkdir()
    ground.root.mkdir(parents=True)
    (ground.root / "releases").symlink_to(disk)
    ground.runs(scripts.set_up(ground.layout, folders=["log"]))
    ground.lock()
    ground.release(A)
    _built(ground, B, folders=("log",))
    ground.runs(switching.publish(ground.layout, Publication(B), AUTHOR))
    assert (ground.root / "current/log").resolve() == ground.root / "shared/log"
    assert ground.read().live == B
    assert ground.runs(scripts.clean_up(ground.layout, [A], AUTHOR))["removed"] == (A,)
    assert sorted(path.name for path in disk.iterdir()) == [".trash", B]


@pytest.mark.parametrize("below", ["var/my app", "var/it's", 'var/$(touch pwned)"`touch pwned`', "var/ünï-☃", "-v/-r"])
def test_a_difficult_deploy_to_is_only_a_name(open_ground: Callable[..., Any], kind: str, below: str) -> None:
    ground = open_ground(kind, below)
    ground.runs(scripts.set_up(ground.layout, folders=["my log"]))
    ground.lock()
    ground.release(A)
    ground.release(B)
    ground.runs(scripts.clean_up(ground.layout, [A], AUTHOR))
    assert ground.read().live == B
    assert not list(ground.home.rglob("pwned"))


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3).map("/".join).filter(lambda it: it.strip("/")))
def test_any_deploy_to_is_refused_or_is_just_that_folder(below: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            layout = Layout(f"{folder}/{below}")
        except RecipeError:
            return
        if any(len(part.encode()) > 200 for part in below.split("/")):
            return
        subprocess.run(["dash", "-c", scripts.set_up(layout)], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        assert {path.name for path in Path(layout.deploy_to).iterdir()} == {".capify", "releases", "shared"}
        assert [path.name for path in Path(folder).iterdir()] == [next(part for part in below.split("/") if part)]


def test_a_name_among_the_releases_cannot_pretend_to_be_an_answer(ground: Any) -> None:
    ground.release(A)
    (ground.root / "releases" / "x\nlive\t20990101000000").mkdir()
    found = ground.read()
    assert found.live == A
    assert found.odd == ("x?live?20990101000000",)


def test_a_reader_never_misses_current_while_it_is_switched(open_ground: Callable[..., Any], kind: str) -> None:
    ground = open_ground(kind)
    ground.runs(scripts.set_up(ground.layout))
    ground.lock()
    ground.release(A)
    ground.release(B)
    reads, misses, done = 0, 0, threading.Event()

    def watch() -> None:
        nonlocal reads, misses
        while not done.is_set():
            reads += 1
            try:
                (ground.root / "current/version").read_bytes()
            except OSError:
                misses += 1

    reader = threading.Thread(target=watch)
    reader.start()
    for turn in range(70):
        ground.runs(switching.publish(ground.layout, Publication((A, B)[turn % 2]), AUTHOR))
    done.set()
    reader.join()
    assert (misses, reads > 70) == (0, True)


def test_whenever_publishing_is_killed_current_leads_to_a_complete_release(ground: Any) -> None:
    ground.release(A)
    chance = random.Random(5)
    for turn in range(12):
        name = f"r{turn}"
        ground.release(name, publish=False)
        ground.kills(switching.publish(ground.layout, Publication(name), AUTHOR), chance.uniform(0, 0.02))
        assert (ground.root / "current/version").read_text() == ground.live()
        assert ground.read().records[ground.live()].state in {State.LIVE, State.READY, State.RETIRED}
    ground.release("last")
    states = [record.state for record in ground.read().records.values()]
    assert states.count(State.LIVE) == 1


def test_a_server_that_knows_no_mv_with_t_still_switches_by_a_rename(open_ground: Callable[..., Any]) -> None:
    ground = open_ground("dash")
    ground.runs(scripts.set_up(ground.layout))
    ground.lock()
    stub = ground.home / "bin/mv"
    stub.write_text('#!/bin/sh\ncase $1 in -*T*) echo "mv: invalid option" >&2; exit 64 ;; esac\nexec /bin/mv "$@"\n')
    stub.chmod(0o755)
    ground.release(A)
    ground.release(B)
    assert ground.live() == B


def test_every_script_is_one_line_of_words_that_any_shell_can_check() -> None:
    layout = Layout("/var/www/shop")
    publish = switching.publish(layout, Publication(A), AUTHOR)
    texts = [scripts.set_up(layout), scripts.read(layout), publish, scripts.clean_up(layout, [A], AUTHOR)]
    for text in texts:
        subprocess.run(["dash", "-n", "-c", text], check=True)
        assert len(text) < 20000


def _tree(root: Path) -> list[tuple[str, int, float]]:
    return sorted((str(path), path.lstat().st_mode, path.lstat().st_mtime) for path in root.rglob("*"))


def _built(ground: Any, name: str, **links: tuple[str, ...]) -> str:
    from capify.standard.archive import pack

    files = ground.home / f"built-{name}"
    files.mkdir()
    (files / "version").write_text(name)
    pack(files, ground.home / "built.tar.gz")
    build = building.Build(name, "0" * 40, **links)
    ground.runs(building.receive(ground.layout, build, AUTHOR), (ground.home / "built.tar.gz").read_bytes())
    return name
