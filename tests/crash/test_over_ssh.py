"""Claims about crashes and hanging servers over real sshd: the same matrix, and hosts that freeze at an operation."""

from collections.abc import Callable, Iterator

import pytest
from tests.crash.ground import Ground
from tests.crash.matrix import KINDS, Point, astray, crash, flow_of, nothing, points, sample, undisturbed
from tests.crash.ssh_yard import SshYard
from tests.crash.yard import Ran

from capify.testing.plugin import Fleets

HOSTS = ("web1", "web2")
DEPLOY = flow_of("deploy")
PHASES = 4
SILENCE = 3  # seconds; bounds what a frozen host is waited for
BOUND = 90  # seconds in which all must be over, on a busy machine, too


@pytest.fixture
def ground(fleets: Fleets) -> Iterator[Ground]:
    fleet = fleets(*HOSTS)
    if not fleet.own_roots:
        pytest.skip("hosts that share one root share one deploy_to")
    made = Ground.lay(SshYard(fleet))
    yield made
    made.yard.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", ["deploy", "rollback"])
def test_many_crashes_over_ssh_are_mended(
    ground: Ground, flow: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    drawn = sample(points(undisturbed(ground, flow_of(flow)), kind, flow_of(flow)), 12)
    record_property("crash points over ssh", len(drawn))
    nothing([wrong for point in drawn for wrong in crash(ground, point)])


@pytest.mark.slow
@pytest.mark.parametrize("phase", range(PHASES))
def test_a_frozen_host_holds_nobody_up_and_publishes_nothing(
    ground: Ground, phase: int, record_property: Callable[[str, object], None]
) -> None:
    ran = undisturbed(ground, DEPLOY)
    everywhere = [point for point in points(ran, "freeze", DEPLOY) if point.spot.server == HOSTS[0]]
    record_property("frozen hosts", 1)
    nothing(frozen(ground, everywhere[(2 * phase + 1) * len(everywhere) // (2 * PHASES)]))


def frozen(ground: Ground, point: Point) -> list[str]:
    """Freeze a host at a point, judge how the operator takes it, thaw the host, and deploy; whatever was wrong."""
    yard, server = ground.yard, point.spot.server
    assert isinstance(yard, SshYard)
    fleet = yard.fleet

    def act(operator: int) -> bool:
        fleet.freeze(server)
        return True

    ground.begin(DEPLOY)
    bounds = {"silence": SILENCE, "fetch_timeout": SILENCE, "publish_timeout": SILENCE, "grace": 1}
    with yard.thawing(server):
        ran = ground.run(DEPLOY, point.spot, act, **bounds)
        wrong = [*ran.missed, *_judged(ran, server)]
        wrong += astray(ground, DEPLOY, ran, server)
    wrong += [*yard.settle(), *ground.broken(ground.allowed(DEPLOY))]
    ground.let_leases_run_out()
    wrong += ground.status()
    mended = ground.mend("deploy", DEPLOY)
    wrong += (
        [mended.said]
        if mended.status
        else [*mended.missed, *ground.lies(mended), *ground.unsettled(-1), *ground.surplus()]
    )
    return [f"{server} frozen at {point.spot.number} ({ran.where}): {one}" for one in wrong]


def _judged(ran: Ran, server: str) -> list[str]:
    found = []
    if ran.status in {0, None}:
        found.append(f"it ended with {ran.status}: {ran.said}")
    if server not in ran.failure:
        found.append(f"`{server}` was not named: {ran.said}")
    if ran.seconds > BOUND:
        found.append(f"it took {ran.seconds:.0f} s")
    return found
