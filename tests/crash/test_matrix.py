"""Claims about every crash: `current` leads to a complete release, what is said is true, what is done next mends it."""

from collections.abc import Callable

import pytest
from tests.crash.flows import FLOWS
from tests.crash.ground import Ground
from tests.crash.matrix import KINDS, crash, flow_of, nothing, points, sample, undisturbed
from tests.crash.yard import Spot, kill_operator

SHELLS = {"operator": "dash", "session": "traced"}
PARTS = 2


def test_some_crashes_are_mended(
    ground_of: Callable[[str], Ground], record_property: Callable[[str, object], None]
) -> None:
    ground, flow = ground_of("traced"), sample(FLOWS, 1)[0]
    ran = undisturbed(ground, flow)
    drawn = [point for kind in KINDS for point in sample(points(ran, kind, flow), 1)]
    record_property("crash points", len(drawn))
    nothing([wrong for point in drawn for wrong in crash(ground, point)])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("flow", [flow.name for flow in FLOWS])
@pytest.mark.parametrize("kind", KINDS)
def test_every_crash_is_mended(
    ground_of: Callable[[str], Ground], kind: str, flow: str, part: int, record_property: Callable[[str, object], None]
) -> None:
    ground, disturbed = ground_of(SHELLS[kind]), flow_of(flow)
    mine = points(undisturbed(ground, disturbed), kind, disturbed)[part::PARTS]
    record_property("crash points", len(mine))
    nothing([wrong for point in mine for wrong in crash(ground, point)])


@pytest.mark.slow
def test_the_lock_of_a_dead_operator_runs_out_by_itself(ground_of: Callable[[str], Ground]) -> None:
    ground, flow = ground_of("dash"), flow_of("deploy")
    told = undisturbed(ground, flow).told[ground.yard.servers[0]]
    ground.begin(flow)
    spot = Spot(ground.yard.servers[0], len(told) // 2)
    assert ground.run(flow, spot, kill_operator, lease=2).status is None
    mended = ground.mend("deploy", flow)
    assert mended.status == 0, mended.said
    nothing([*ground.unsettled(flow.settled), *ground.surplus()])
