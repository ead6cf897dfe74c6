"""Claims about the log, on a real disk."""

import fcntl
import io
import os
import stat
from pathlib import Path

import pytest

from capify.events import CommandEnded, InvocationEnded, OutputLine, Warned
from capify.machines import Server
from capify.reporters.log import Log, created, log_path, prune, stamp

WEB = Server("web1", "deploy")
MOMENT = 1_795_342_500.1239


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_log_has_a_stamped_line_for_each_event(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    log.handle(OutputLine(WEB, "out", "\x1b[31mgrüße\n\ud800"), MOMENT)
    log.handle(OutputLine(WEB, "out", "asked by the recipe", quiet=True), MOMENT + 1)
    log.handle(CommandEnded(WEB, "ls", 0, "", 0.02), MOMENT + 1)
    log.handle(InvocationEnded(0, seconds=3), MOMENT + 2)
    log.close()
    log.close()
    assert Path(log.path).read_text(encoding="utf-8").splitlines() == [
        "2026-11-22T10:15:00.123Z out deploy@web1 | \\x1b[31mgrüße\\n\\ud800",
        "2026-11-22T10:15:01.123Z out (quiet) deploy@web1 | asked by the recipe",
        "2026-11-22T10:15:01.123Z command ended on deploy@web1: exit 0 after 20 ms $ ls",
        "2026-11-22T10:15:02.123Z ended: exit 0 (done) after 3.0 s",
    ]


def test_what_was_said_is_on_the_disk_at_once(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    log.handle(Warned("look"), MOMENT)
    assert (tmp_path / "a.log").read_text() == f"{stamp(MOMENT)} warning: look\n"
    log.close()


def test_only_the_operator_can_read_a_log(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        log = Log(tmp_path / "capify" / "shop" / "a.log")
    finally:
        os.umask(before)
    log.close()
    assert mode(tmp_path / "capify") == mode(tmp_path / "capify" / "shop") == 0o700
    assert mode(tmp_path / "capify" / "shop" / "a.log") == 0o600


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Log(tmp_path / "a.log").close()
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_stands_in_the_place_of_a_log_is_not_touched(tmp_path: Path, kind: str) -> None:
    precious, err = tmp_path / "precious", io.StringIO()
    precious.write_text("keep me")
    if kind == "link":
        (tmp_path / "a.log").symlink_to(precious)
    log = Log(tmp_path / "a.log" if kind == "link" else precious, err=err)
    log.handle(Warned("x"), MOMENT)
    log.close()
    assert precious.read_text() == "keep me"
    assert log.path == ""
    assert err.getvalue().startswith("warning: there will be no log of this invocation: [Errno 17] File exists")


def test_a_folder_that_cannot_be_made_is_warned_about_once(tmp_path: Path) -> None:
    err = io.StringIO()
    (tmp_path / "file").write_text("")
    log = Log(tmp_path / "file" / "shop" / "a.log", err=err)
    log.handle(Warned("x"), MOMENT)
    log.close()
    assert log.path == ""
    assert err.getvalue().count("\n") == 1
    assert "Not a directory" in err.getvalue()


def test_a_full_disk_is_warned_about_once(tmp_path: Path) -> None:
    err = io.StringIO()
    log = Log(tmp_path / "a.log", err=err)
    assert log._file
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, log._file.fileno())  # the disk is full from here on
    os.close(full)
    for _ in range(3):
        log.handle(Warned("x"), MOMENT)
    log.close()
    assert err.getvalue() == (
        f"warning: the log {tmp_path}/a.log is not complete, it could not be written: "
        "[Errno 28] No space left on device\n"
    )


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/ann"}, "/state"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/ann"}, "/home/ann/.local/state"),
        ({"HOME": "/home/ann"}, "/home/ann/.local/state"),
    ],
)
def test_logs_lie_where_programs_of_the_user_keep_state(environment: dict[str, str], folder: str) -> None:
    path = log_path("shop", "7f3a", at=MOMENT, environment=environment)
    assert path == Path(folder) / "capify" / "shop" / "20261122T101500Z-7f3a.log"


@pytest.mark.parametrize(
    ("project", "part"),
    [
        ("../../etc", "-..-etc"), ("..", "-"), ("", "-"), (".hidden", "hidden"), ("a/b c", "a-b-c"),
        ("shop.org", "shop.org"),
    ],
)
def test_no_name_of_a_project_leads_out_of_the_folder(project: str, part: str) -> None:
    path = log_path(project, "7f", at=MOMENT, environment={"HOME": "/home/ann"})
    assert path.parent == Path("/home/ann/.local/state/capify") / part


def filled(folder: Path, count: int) -> list[str]:
    names = [log_path("x", str(n), at=MOMENT + n, environment={"HOME": "/"}).name for n in range(count)]
    for name in names:
        (folder / name).write_text("")
    return names


def test_the_oldest_logs_are_pruned(tmp_path: Path) -> None:
    names = filled(tmp_path, 12)
    prune(tmp_path, keep=5)
    assert sorted(path.name for path in tmp_path.iterdir()) == names[-5:]
    prune(tmp_path, keep=5)
    prune(tmp_path / "nowhere")
    assert len(list(tmp_path.iterdir())) == 5


def test_a_log_is_pruned_with_its_events_and_counted_once(tmp_path: Path) -> None:
    names = filled(tmp_path, 4)
    for name in names:
        (tmp_path / name).with_suffix(".jsonl").write_text("")
    (tmp_path / names[0]).unlink()  # by hand
    prune(tmp_path, keep=2)
    kept = {Path(name).stem for name in names[2:]}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{stem}{end}" for stem in kept for end in (".log", ".jsonl")
    )


def test_events_that_are_being_written_keep_their_log(tmp_path: Path) -> None:
    (name,) = filled(tmp_path, 1)
    events = created((tmp_path / name).with_suffix(".jsonl"))
    prune(tmp_path, keep=0)
    assert len(list(tmp_path.iterdir())) == 2
    events.close()
    prune(tmp_path, keep=0)
    assert not list(tmp_path.iterdir())


def test_nothing_but_logs_is_ever_pruned(tmp_path: Path) -> None:
    names = filled(tmp_path, 3)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "20200101T000000Z-folder.log").mkdir()
    (tmp_path / "20200101T000000Z-link.log").symlink_to(tmp_path / "notes.txt")
    prune(tmp_path, keep=0)
    assert {path.name for path in tmp_path.iterdir()} == {
        "notes.txt", "20200101T000000Z-folder.log", "20200101T000000Z-link.log"
    }
    assert names


def test_a_log_that_is_being_written_is_not_pruned(tmp_path: Path) -> None:
    log = Log(tmp_path / "20200101T000000Z-long.log")
    filled(tmp_path, 3)
    prune(tmp_path, keep=1)
    assert Path(log.path).exists()
    log.close()
    prune(tmp_path, keep=1)
    assert not Path(log.path).exists()


def test_a_log_that_another_prune_looks_at_is_left_to_it(tmp_path: Path) -> None:
    (name,) = filled(tmp_path, 1)
    with (tmp_path / name).open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        prune(tmp_path, keep=0)
        assert (tmp_path / name).exists()
