"""Claims about disks that fail in the middle: it ends, says where and why, publishes nothing, and is mended."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.crash.ground import Ground
from tests.crash.local_yard import FaultyYard
from tests.crash.matrix import Point, flow_of, nothing, points, sample, undisturbed
from tests.crash.yard import Ran

from capify.testing.isolation import possible

FAULTS = {  # what happens, what is said of it, and at which operations: every, or every third
    "full": (FaultyYard.fill, r"No space left on device|no space|Out of diskspace|MB are free", 1),
    "inodes": (FaultyYard.use_up_inodes, r"No space left on device|inodes are free", 3),
    "readonly": (FaultyYard.lock_up, r"Read-only file system|is not writable", 3),
}
DEPLOY = flow_of("deploy")
pytestmark = [pytest.mark.root, pytest.mark.skipif(not possible().by_root, reason="needs mounts of its own")]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground.lay(FaultyYard(tmp_path_factory.mktemp("yard-faulty")))
    yield made
    made.yard.close()


@pytest.fixture(scope="module")
def everywhere(ground: Ground) -> list[Point]:
    """The operations of the first server."""
    first = ground.yard.servers[0]
    return [point for point in points(undisturbed(ground, DEPLOY), "session", DEPLOY) if point.spot.server == first]


def test_a_disk_that_fails_somewhere_publishes_nothing(
    ground: Ground, everywhere: list[Point], record_property: Callable[[str, object], None]
) -> None:
    (fault,), drawn = sample(FAULTS, 1), sample(everywhere, 1)
    record_property("disk faults", len(drawn))
    nothing([wrong for point in drawn for wrong in failed(ground, point, fault)])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_fails_anywhere_publishes_nothing(
    ground: Ground, everywhere: list[Point], fault: str, part: int, record_property: Callable[[str, object], None]
) -> None:
    mine = everywhere[:: FAULTS[fault][2]][part::2]
    record_property("disk faults", len(mine))
    nothing([wrong for point in mine for wrong in failed(ground, point, fault)])


def failed(ground: Ground, point: Point, fault: str) -> list[str]:
    """Let a disk fail at a point, judge what came of it, free the disk, and deploy; whatever was wrong."""
    yard = ground.yard
    assert isinstance(yard, FaultyYard)
    spoil, reason, _ = FAULTS[fault]

    def act(operator: int) -> bool:
        spoil(yard, point.spot.server)
        return True

    yard.free()
    ground.begin(DEPLOY)
    ran = ground.run(DEPLOY, replace(point.spot, moment="before"), act)
    wrong = [*ran.missed, *ran.left, *ground.lies(ran), *_judged(ground, ran, point.spot.server, reason)]
    yard.free()
    ground.let_leases_run_out()
    mended = ground.mend("deploy", DEPLOY)
    wrong += (
        [mended.said]
        if mended.status
        else [*mended.missed, *ground.lies(mended), *ground.unsettled(-1), *ground.surplus()]
    )
    return [f"{fault} at {point.spot.number} ({ran.where}): {one}" for one in wrong]


def _judged(ground: Ground, ran: Ran, server: str, reason: str) -> list[str]:
    if ran.status == 0:  # it came after all that matters, and was warned of
        return ground.without(DEPLOY.ends)
    named = (
        []
        if server in ran.failure and re.search(reason, ran.failure)
        else [f"it was not said where and why: {ran.said}"]
    )
    may_be = {ground.history[DEPLOY.begins[-1]]}
    if ran.status == 7:  # a disk that takes no writes right behind the switch cannot be taken back: it is named
        may_be.add(ground.history[DEPLOY.ends[-1]])
    return [*named, *ground.broken(may_be)]
