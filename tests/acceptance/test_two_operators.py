"""Two who deploy at once: one waits or is refused, and who was overtaken changes nothing any more."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pexpect
import pytest

from capify.testing.repository import Repository

from .operating import (
    BOTH,
    GUARD,
    PROGRAMS,
    SHOP,
    SHOP_RECIPE,
    STAGING,
    Operator,
    Running,
    fleet_of,
    live,
    wait_until,
)  # fmt: skip

pytestmark = pytest.mark.fleet

HOLD = """
import os, time
from pathlib import Path
from capify import before

config.lease = 3


@before(os.environ.get("STOP_AT", "deploy:updated"))
def stop_here():
    here = Path(__file__).parent
    if os.environ.get("LOGNAME") == "anna" and not (here / "go").exists():
        (here / "waiting").touch()
        while not (here / "go").exists():
            time.sleep(0.02)
"""
ASKING = """

from capify import confirm


@before("deploy:publishing")
def sure():
    confirm("Really?")
"""


@pytest.fixture
def deployed(shop: Operator, code: Repository) -> Operator:
    """A shop with one release; the next commit is there to be deployed. Anna stops at a hook until `go` is there."""
    shop.does("deploy:setup", "deploy")
    code.commit("second")
    return shop.write({"capfile.py": SHOP_RECIPE + HOLD})


def called(operator: Operator, name: str, **variables: str) -> Operator:
    """Give the same project to somebody of this name."""
    return replace(operator, variables={**operator.variables, "LOGNAME": name, **variables})


@contextmanager
def waiting(operator: Operator, *argv: str, **variables: str) -> Iterator[Running]:
    """Let Anna begin, and wait until she is at the hook."""
    with called(operator, "anna", **variables).begins(*argv) as running:
        wait_until((operator.project / "waiting").exists)
        yield running


def is_live(operator: Operator) -> set[str]:
    """Say which revisions are live."""
    return {live(fleet_of(operator), name, SHOP) for name in BOTH}


def held(operator: Operator) -> list[str]:
    """Read the locks that somebody holds."""
    texts = []
    for name in BOTH:
        folder = fleet_of(operator).path(name, f"{SHOP}/.capify/locks")
        locks = [path for path in folder.iterdir() if path.name.isdigit()]
        texts.append(max(locks, key=lambda path: int(path.name)).read_text())
    return [text for text in texts if not text.startswith("released")]


def test_the_second_is_refused_with_the_name_of_the_first_and_leaves_their_lock(deployed: Operator, code: Repository):
    with waiting(deployed, "deploy") as anna:
        for _ in range(2):
            said = called(deployed, "bob").cap("deploy")
            assert said.status == 3
            assert "is locked by anna@" in said.err
            assert "(deploy)" in said.err
            assert "--wait" in said.err
        assert len(held(deployed)) == 2
        assert "anna@" in called(deployed, "bob").cap("deploy:status").out
        (deployed.project / "go").touch()
        assert anna.ends().status == 0
    assert is_live(deployed) == {code.head()}
    assert held(deployed) == []


def test_the_second_may_wait_for_the_first(deployed: Operator, code: Repository):
    with waiting(deployed, "deploy") as anna, called(deployed, "bob").begins("--wait=50", "deploy") as bob:
        wait_until(lambda: "waiting up to 50 s" in _heard(bob))
        (deployed.project / "go").touch()
        assert anna.ends().status == 0
        assert bob.ends().status == 0
    assert held(deployed) == []
    assert is_live(deployed) == {code.head()}


@pytest.mark.parametrize("stop_at", ["deploy:updating", "deploy:publishing", "deploy:restarting"])
def test_who_was_killed_is_followed_when_the_lease_has_run_out(deployed: Operator, code: Repository, stop_at: str):
    with waiting(deployed, "deploy", STOP_AT=stop_at) as anna:
        anna.interrupt(signal.SIGKILL)
    said = called(deployed, "bob").cap("--wait=60", "deploy")
    assert said.status == 0, said.err
    if stop_at != "deploy:updating":
        assert "by anna@" in said.err
        assert "was interrupted" in said.err
    assert is_live(deployed) == {code.head()}
    assert held(deployed) == []


@pytest.mark.parametrize("stop_at", ["deploy:updating", "deploy:publishing", "deploy:published", "deploy:restarting"])
def test_who_was_frozen_and_overtaken_changes_nothing_and_says_by_whom(
    deployed: Operator, code: Repository, stop_at: str
):
    with waiting(deployed, "deploy", STOP_AT=stop_at) as anna:
        anna.interrupt(signal.SIGSTOP)
        third = code.commit("third")
        said = called(deployed, "bob").cap("--wait=60", "deploy")
        assert said.status == 0, said.err
        before = [fleet_of(deployed).tree(name, SHOP) for name in BOTH]
        (deployed.project / "go").touch()
        anna.interrupt(signal.SIGCONT)
        ended = anna.ends()
    assert ended.status in {1, 3}, ended.err
    assert "bob@" in ended.err
    assert is_live(deployed) == {third}
    assert [fleet_of(deployed).tree(name, SHOP) for name in BOTH] == before


def _heard(running: Running) -> str:
    """Read what it has said so far on standard error."""
    assert running.process.stderr is not None
    os.set_blocking(running.process.stderr.fileno(), False)
    said = running.process.stderr.read() or b""
    os.set_blocking(running.process.stderr.fileno(), True)
    return said.decode()


def test_the_lock_is_held_through_a_hook_that_takes_longer_than_the_lease(deployed: Operator, code: Repository):
    with waiting(deployed, "deploy", STOP_AT="deploy:published") as anna:
        for name in BOTH:
            wait_for_beats(deployed, name, 5)
        assert called(deployed, "bob").cap("deploy").status == 3
        (deployed.project / "go").touch()
        assert anna.ends().status == 0
    assert held(deployed) == []


def test_the_lock_is_held_while_a_question_waits(deployed: Operator, code: Repository):
    deployed.write({"capfile.py": SHOP_RECIPE + HOLD + ASKING})
    anna = called(deployed, "anna", STOP_AT="deploy:started")
    (deployed.project / "go").touch()
    child = pexpect.spawn(
        str(PROGRAMS / "cap"), ["deploy"], cwd=str(deployed.project), env={**anna.environment, "TERM": "dumb"},
        encoding="utf-8", timeout=GUARD,
    )  # fmt: skip
    try:
        child.expect("Really?")
        for name in BOTH:
            wait_for_beats(deployed, name, 5)
        assert called(deployed, "bob").cap("deploy").status == 3
        child.sendline("y")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 0
    assert is_live(deployed) == {code.head()}


def test_it_is_held_by_hand_and_let_go_by_hand(deployed: Operator, code: Repository):
    anna, bob = called(deployed, "anna"), called(deployed, "bob")
    assert "say why" in anna.cap("deploy:lock").err
    anna.does("deploy:lock", "reason=moving the database")
    for said in (bob.cap("deploy"), bob.cap("--wait=1", "deploy"), bob.cap("deploy:lock", "reason=mine")):
        assert said.status == 3
        assert "is locked by anna@" in said.err
        assert "by hand, moving the database" in said.err
        assert "deploy:unlock" in said.err
    assert len(held(deployed)) == 2
    refused = bob.cap("deploy:unlock")
    assert refused.status == 3
    assert "force=yes" in refused.err
    assert len(held(deployed)) == 2
    assert "locked by anna@" in bob.does("deploy:unlock", "force=yes").err
    assert "nobody holds a lock" in bob.does("deploy:unlock").err
    bob.does("deploy")
    assert is_live(deployed) == {code.head()}


def test_whose_lock_is_broken_stops_and_changes_nothing_more(deployed: Operator, code: Repository):
    first = is_live(deployed)
    with waiting(deployed, "deploy", STOP_AT="deploy:publishing") as anna:
        called(deployed, "bob").does("deploy:unlock", "force=yes")
        (deployed.project / "go").touch()
        said = anna.ends()
    assert said.status in {1, 3}
    assert "bob@" in said.err
    assert is_live(deployed) == first
    called(deployed, "bob").does("deploy")
    assert is_live(deployed) == {code.head()}


def test_a_server_where_locking_fails_leaves_no_lock_on_the_others(deployed: Operator):
    fleet_of(deployed).run(STAGING, f"rm -r {SHOP}/.capify/tmp && touch {SHOP}/.capify/tmp")
    assert called(deployed, "anna").cap("deploy").status == 1
    assert held(deployed) == []


def test_a_deployment_waits_for_four_round_trips_and_a_farewell(deployed: Operator, capsys: pytest.CaptureFixture[str]):
    (deployed.project / "go").touch()
    deployed.does("deploy", "--events", "events.jsonl", "-s", "lease=45")
    events = [json.loads(line) for line in (deployed.project / "events.jsonl").read_text().splitlines()]
    started = [event for event in events if event["event"] == "command_started"]
    waited = [event["command"].rstrip("0123456789 ") for event in started if not event.get("lasts")]
    lasting = [event["command"].rstrip("0123456789 ") for event in started if event.get("lasts")]
    with capsys.disabled():
        sys.stdout.write(f"\n{len(waited) + 1} round trips: {waited}, the flip; and a farewell; beside: {lasting}\n")
    assert waited == ["lock and read releases", "fetch and check out", "remove old releases"]
    # What stands by is told to flip, and at the end to let the lock go: two more, without a command of their own.
    assert lasting == ["keep the lock", "stand by to publish"]


def wait_for_beats(operator: Operator, name: str, number: int) -> None:
    """Wait until the lock's lease was renewed so many times."""
    locks = fleet_of(operator).path(name, f"{SHOP}/.capify/locks")
    seen: set[int] = set()

    def enough() -> bool:
        for beat in locks.glob("*.beat"):
            try:
                seen.add(beat.stat().st_mtime_ns)
            except OSError:
                continue
        return len(seen) >= number

    wait_until(enough)
