"""Claims about the lock, by its scripts and real shells: one holder, fenced once overtaken; hostile files are inert."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from capify.outcomes import Answers
from capify.standard import building, holders, locking, scripts, switching
from capify.standard.answers import Deployment, State, deployment
from capify.standard.authors import Author
from capify.standard.locking import Terms
from capify.standard.switching import Former, Publication
from capify.testing.processes import signal_all

A, B, C = "20260101000001", "20260101000002", "20260101000003"
ANNA = Author("a" * 32, "anna@laptop", "12345678")
BOB = Author("b" * 32, "bob@desk", "87654321")
FROZEN = """\
#!/bin/sh
case "$*" in *"{at}"*) [ -e {home}/frozen ] || {{ echo $$ >{home}/frozen; kill -STOP $$; }} ;; esac
exec {real} "$@"
"""


def let_go(ground: Any, author: Author) -> Answers:
    found = ground.runs(locking.let_go(ground.layout, author, settled=True))
    assert isinstance(found, Answers)
    return found


def numbers(ground: Any) -> list[str]:
    """What lies in the folder of locks."""
    return sorted(path.name for path in (ground.root / ".capify/locks").iterdir())


def ages(ground: Any, *, boot: str = "", seconds: int = 3600) -> None:
    """Let the holder look as if it had given no sign of life for so long."""
    now = int(float(Path("/proc/uptime").read_text().split()[0]))
    boot = boot or Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (ground.root / f".capify/locks/{ground.read().lock.number}.beat").write_text(f"{boot} {now - seconds}\n")


def is_held_by(found: Deployment, author: Author) -> bool:
    return holders.owned(found, author.token)


def test_one_holds_it_and_the_other_reads_who_and_why(ground: Any) -> None:
    found = ground.lock(BOB)
    assert not is_held_by(found, BOB)
    assert (found.lock.state, found.lock.number) == ("held", 1)
    assert holders.holder(found.lock, found.now).startswith("anna@laptop, ")
    assert "(a test)" in holders.holder(found.lock, found.now)
    assert found.lock.facts["invocation"] == ANNA.invocation


def test_numbers_only_grow_and_lower_ones_are_swept(ground: Any) -> None:
    for author in (BOB, ANNA, BOB):
        let_go(ground, ANNA if author is BOB else BOB)
        assert is_held_by(ground.lock(author), author)
    (ground.root / f".capify/locks/.{'c' * 32}").write_text("a beat that somebody killed\n")
    (ground.root / ".capify/locks/2.beat").write_text("a beat that came late\n")
    let_go(ground, BOB)
    assert ground.read().lock.state == "free"
    ground.lock(ANNA)
    assert numbers(ground) == ["5"]


def test_a_lock_that_is_not_ones_own_is_not_let_go(ground: Any) -> None:
    assert let_go(ground, BOB).one("lost") == ANNA.who
    assert is_held_by(ground.read(), ANNA)


@pytest.mark.parametrize("boot", ["", "another-boot"])
def test_it_is_stale_by_the_uptime_or_by_another_boot(ground: Any, boot: str) -> None:
    ages(ground, boot=boot, seconds=0 if boot else 3600)
    assert ground.read().lock.state == "stale"
    assert "no sign of life" in holders.holder(ground.read().lock, None)
    assert is_held_by(ground.lock(BOB), BOB)


def test_a_beat_renews_the_lease(ground: Any) -> None:
    ages(ground)
    ground.runs(locking.beat(ground.layout, ANNA))
    assert ground.read().lock.state == "held"
    assert not is_held_by(ground.lock(BOB), BOB)


@pytest.mark.parametrize("years", [-10, 10])
def test_the_time_of_day_means_nothing(ground: Any, years: int) -> None:
    date = ground.home / "bin/date"
    date.unlink(missing_ok=True)
    real = "/bin/date" if Path("/bin/date").exists() else "/usr/bin/date"
    date.write_text(f'#!/bin/sh\nexec {real} -d "@$(($({real} +%s) + {years * 31536000}))" "$@"\n')
    date.chmod(0o755)
    assert not is_held_by(ground.lock(BOB), BOB)
    ground.runs(locking.beat(ground.layout, ANNA))
    date.unlink()
    date.symlink_to(real)
    found = ground.lock(BOB)
    assert not is_held_by(found, BOB)
    ages(ground)
    assert is_held_by(ground.lock(BOB), BOB)


def test_who_was_overtaken_changes_nothing_any_more(ground: Any) -> None:
    ground.release(A)
    ground.release(B, publish=False)
    ages(ground)
    ground.lock(BOB)
    before = tree(ground.root)
    where = ground.layout
    for text in (
        switching.publish(where, Publication(B), ANNA),
        switching.put_back(where, ANNA, A, former=Former()),
        scripts.clean_up(where, [A], ANNA),
        building.discard(where, B, ANNA),
        building.receive(where, building.Build(C, "0" * 40), ANNA),
        locking.keep(where, ANNA, "mine"),
    ):
        assert f"the lock on `{where.deploy_to}` was lost: bob@desk took it" in ground.refuses(text)
    ground.runs(locking.beat(where, ANNA))
    assert let_go(ground, ANNA).one("lost") == "bob@desk"
    assert tree(ground.root) == before
    assert is_held_by(ground.read(), BOB)


def test_one_that_was_let_go_or_broken_names_who_did_it(ground: Any) -> None:
    ground.release(A, publish=False)
    ground.runs(locking.break_open(ground.layout, Author("", "carl@home"), 1))
    assert "carl@home took it" in ground.refuses(switching.publish(ground.layout, Publication(A), ANNA))
    assert ground.read().lock.state == "free"


def test_only_the_lock_that_was_shown_is_broken(ground: Any) -> None:
    let_go(ground, ANNA)
    ground.lock(BOB)
    assert "look again" in ground.refuses(locking.break_open(ground.layout, Author("", "carl@home"), 1))
    assert is_held_by(ground.read(), BOB)
    assert "broke" not in ground.runs(locking.break_open(ground.layout, Author("", "carl"), 2))["broke"]


def test_one_that_is_kept_by_hand_never_grows_stale(ground: Any) -> None:
    ground.runs(locking.keep(ground.layout, ANNA, "moving the \x1b[31mdatabase\nby hand"))
    ages(ground, boot="another-boot")
    found = ground.lock(BOB)
    assert (found.lock.state, found.lock.lasts) == ("held", True)
    assert "by hand, moving the [31mdatabase by hand" in holders.holder(found.lock, found.now)
    assert "was lost" in ground.refuses(scripts.clean_up(ground.layout, [], ANNA))


def test_of_fifty_that_race_one_wins(ground: Any) -> None:
    let_go(ground, ANNA)
    authors = [Author(f"{number:032x}", f"racer{number}") for number in range(1, 51)]
    shell = f"{ground.path.split(':')[0]}/sh"
    racing = [
        subprocess.Popen(
            [shell, "-c", locking.take(ground.layout, author, Terms("a race", 45))],
            env={"PATH": ground.path, "HOME": str(ground.home)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for author in authors
    ]  # fmt: skip
    winners = []
    for author, process in zip(authors, racing, strict=True):
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        if is_held_by(deployment(Answers(out)), author):
            winners.append(author.token)
    assert winners == [ground.read().lock.token]


@pytest.mark.parametrize("at", ["/current current", "/live .capify"])
def test_what_was_frozen_behind_its_last_look_is_dead_before_the_next_one_goes_on(ground: Any, at: str) -> None:
    ground.release(A)
    ground.release(B, publish=False)
    with freezing(ground, switching.publish(ground.layout, Publication(B), ANNA), at) as (frozen, process):
        ages(ground)
        assert is_held_by(ground.lock(BOB), BOB)
        process.wait(60)
        assert not alive(frozen)
    assert ground.live() == (A if "current" in at else B)


def test_a_first_publication_that_is_taken_back_by_a_frozen_process_is_not(ground: Any) -> None:
    ground.release(A)
    text = switching.put_back(ground.layout, ANNA, A, former=Former())
    with freezing(ground, text, "-f -- current", "rm") as (frozen, _):
        ages(ground)
        ground.lock(BOB)
        assert not alive(frozen)
    assert ground.live() == A


def test_breaking_by_hand_ends_what_the_holder_runs_and_nothing_else(ground: Any) -> None:
    ground.release(A)
    ground.release(B, publish=False)
    other = subprocess.Popen([sys.executable, "-c", "input()", "b" * 32], stdin=subprocess.PIPE)
    try:
        text = switching.publish(ground.layout, Publication(B), ANNA)
        with freezing(ground, text, "/current current") as (frozen, _):
            ground.runs(locking.break_open(ground.layout, Author("", "carl@home"), 1))
            assert not alive(frozen)
        assert other.poll() is None
    finally:
        other.kill()
        other.communicate()


def test_who_waits_gets_it_when_it_is_let_go_and_not_before(ground: Any) -> None:
    assert not is_held_by(deployment(ground.runs(locking.take(ground.layout, BOB, Terms("x", 45, 1)))), BOB)
    text = locking.take(ground.layout, BOB, Terms("x", 45, 60))
    process = subprocess.Popen(
        [f"{ground.path.split(':')[0]}/sh", "-c", text], env={"PATH": ground.path, "HOME": str(ground.home)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    let_go(ground, ANNA)
    out, _ = process.communicate(timeout=120)
    assert is_held_by(deployment(Answers(out)), BOB)


HOSTILE = {
    "escapes": b"token \x1b[2J\nwho \x1b]0;owned\x07\nreason \x1b[31mred\nlease 45\n",
    "names": b"token zz$(touch pwned)\nwho `touch pwned`\nreason ;touch pwned\nlease 99999999999999999999\n",
    "answers": b"who me\tlock\tfree 1\nlock free 0\nreason x\toperation\tdeploy\n",
    "binary": bytes(range(256)) * 8,
    "huge": b"who " + b"x" * 300_000 + b"\n" + b"y z\n" * 1000,
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_lock_that_nobody_understands_is_held_until_it_is_taken_away(ground: Any, name: str) -> None:
    lock = ground.root / ".capify/locks/2"
    lock.write_bytes(HOSTILE[name])
    searched = stub(ground, "grep", f"#!/bin/sh\ntouch {ground.home}/searched\nexit 1\n")
    found = deployment(Answers(ground.tries(scripts.read(ground.layout)).stdout.decode("utf-8", "backslashreplace")))
    assert (found.lock.number, found.lock.token) == (2, "")
    assert found.lock.state in {"held", "stale"}
    assert holders.holder(found.lock, found.now).isprintable()
    assert len(holders.holder(found.lock, found.now)) < 1000
    assert b"was lost" in ground.tries(scripts.clean_up(ground.layout, [], ANNA)).stderr
    assert ground.tries(locking.break_open(ground.layout, Author("", "carl"), 2)).returncode == 0
    searched.unlink()
    assert not (ground.home / "searched").exists()  # processes are never searched for what is no token
    assert is_held_by(ground.lock(BOB), BOB)
    assert not list(ground.home.rglob("pwned"))


@pytest.mark.parametrize("kind_of_lock", ["folder", "link", "dangling", "fifo", "link to a folder"])
def test_something_else_in_the_place_of_a_lock_is_held_and_nothing_outside_is_written(
    ground: Any, kind_of_lock: str
) -> None:
    outside, place = ground.home / "outside", ground.root / ".capify/locks/2"
    outside.mkdir()
    (outside / "lock").write_text(f"token {'b' * 32}\nlease 0\n")
    {
        "folder": place.mkdir,
        "link": lambda: place.symlink_to(outside / "lock"),
        "dangling": lambda: place.symlink_to(outside / "nothing"),
        "fifo": lambda: os.mkfifo(place),
        "link to a folder": lambda: place.symlink_to(outside),
    }[kind_of_lock]()
    before = tree(outside)
    assert ground.read().lock.state == "held"
    for author in (ANNA, BOB):
        assert not is_held_by(ground.lock(author), author)
        assert "was lost" in ground.refuses(scripts.clean_up(ground.layout, [], author))
    ground.runs(locking.break_open(ground.layout, Author("", "carl"), 2))
    assert is_held_by(ground.lock(BOB), BOB)
    assert tree(outside) == before


@pytest.mark.parametrize("folder", [".capify", ".capify/locks", ".capify/tmp", ".capify/releases"])
def test_nothing_is_written_through_a_folder_that_is_a_link(ground: Any, folder: str) -> None:
    outside = ground.home / "outside"
    (ground.root / folder).rename(outside)
    (ground.root / folder).symlink_to(outside)
    before = tree(outside)
    assert "is a symbolic link" in ground.refuses(locking.take(ground.layout, BOB, Terms("x", 45)))
    assert "is a symbolic link" in ground.refuses(scripts.clean_up(ground.layout, [], ANNA))
    assert tree(outside) == before


@pytest.mark.parametrize("place", [".capify/operation", ".capify/releases/20260101000001", ".capify/locks/1.beat"])
def test_a_folder_in_the_place_of_a_file_takes_nothing_in(ground: Any, place: str) -> None:
    ground.release(A)
    ground.release(B, publish=False)
    outside = ground.home / "outside"
    outside.mkdir()
    (ground.root / place).unlink(missing_ok=True)
    (ground.root / place).symlink_to(outside)
    before = tree(outside)
    if place.endswith("beat"):
        assert "somebody was at" in ground.refuses(locking.beat(ground.layout, ANNA))
    else:
        assert "is a folder" in ground.refuses(switching.publish(ground.layout, Publication(B), ANNA))
    assert tree(outside) == before
    assert ground.live() == A


def test_an_operation_that_no_script_wrote_leads_nowhere(ground: Any) -> None:
    evil = ground.root / "shared/evil"
    evil.write_text("state ready\n")
    (ground.root / ".capify/operation").write_text(
        f"token {'c' * 32}\nkind deploy\nrelease ../../shared/evil\nformer ../..\nphase published\nwho \x1b[2J\n"
    )
    assert ground.read().operation is None
    ground.release(A)
    assert evil.read_text() == "state ready\n"
    assert ground.read().operation.release == A
    assert ground.read().records[A].state is State.LIVE


def tree(root: Path) -> list[tuple[str, int, bytes]]:
    """All that is below a folder, but for workplaces, which come and go."""
    files = [path for path in sorted(root.rglob("*")) if ".capify/tmp" not in str(path)]
    return [
        (str(path), path.lstat().st_mode, path.read_bytes() if path.is_file() and not path.is_symlink() else b"")
        for path in files
    ]


def stub(ground: Any, program: str, text: str) -> Path:
    """Put a program first in the server's PATH, in the place of what is there."""
    file = ground.home / "bin" / program
    assert isinstance(file, Path)
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def alive(process: int) -> bool:
    """Whether it is there, and no zombie."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


@contextmanager
def freezing(ground: Any, text: str, at: str, program: str = "mv") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a script whose program freezes where its arguments have this text; then let everything go on."""
    was = ground.home / "bin" / program
    if was.is_symlink():
        pytest.skip("this shell has the program built in")
    stub(ground, program, FROZEN.format(at=at, home=ground.home, real=f"/bin/{program}"))
    process = subprocess.Popen(
        [f"{ground.path.split(':')[0]}/sh", "-c", text],
        env={"PATH": ground.path, "HOME": str(ground.home)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    note = ground.home / "frozen"
    try:
        until = time.monotonic() + 60
        while not (note.exists() and note.read_text().strip() and stopped(int(note.read_text()))):
            assert time.monotonic() < until
            time.sleep(0.01)
        was.unlink()
        yield int(note.read_text()), process
    finally:
        signal_all([int(note.read_text())] if note.exists() else [], signal.SIGCONT)
        try:
            os.killpg(process.pid, signal.SIGCONT)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            process.kill()
        process.wait()


def stopped(process: int) -> bool:
    try:
        return ") T " in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_an_empty_lock_that_a_power_failure_left_holds_nobody_up(ground: Any) -> None:
    number = ground.read().lock.number
    (ground.root / f".capify/locks/{number + 1}").touch()
    assert ground.read().lock.state == "stale"
    assert ground.lock(BOB).lock.token == BOB.token
