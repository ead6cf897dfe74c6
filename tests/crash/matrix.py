"""The crash matrix: each operation of each flow on each server is a point; at a point the operator or a server dies.

Rule: a crash is judged by the files that it left, by what Capify then says of them, and by what mends it.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import pytest
from tests.crash import truth
from tests.crash.flows import FLOWS, Flow
from tests.crash.ground import Ground
from tests.crash.yard import Act, Ran, Spot, kill_operator

T = TypeVar("T")
KINDS = ("operator", "session")
MOMENTS = ("before", "during", "before", "after")
RECOVERS = {  # in which phases there is something to be done
    "deploy:abort": {"building", "prepared", "publishing", "published"},
    "deploy:resume": {"publishing", "published"},
}
OPERATION = re.compile(r"[0-9]+ ")
READS = re.compile(r"[0-9]+ (?:cat|cut|date|du|grep|head|id|readlink|sha256sum|sort|stat|tr|uname|uniq|wc|test) ")


@dataclass(frozen=True)
class Point:
    """A crash: who dies, in which flow, and where."""

    kind: str
    flow: Flow
    spot: Spot

    def __str__(self) -> str:
        spot = self.spot
        return f"{self.kind} dies {spot.moment} operation {spot.number} of {self.flow.name} on {spot.server}"


def undisturbed(ground: Ground, flow: Flow) -> Ran:
    """Run a flow from its beginning, and see that it ends as it should; once for each ground."""
    if flow.name in ground.undisturbed:
        return ground.undisturbed[flow.name]
    ground.begin(flow)
    ran = ground.run(flow)
    assert ran.status == flow.status, ran.said
    nothing([*ran.missed, *ran.left, *ground.lies(ran), *ground.status(), *ground.unsettled(*flow.ends)])
    ground.undisturbed[flow.name] = ran
    return ran


def points(ran: Ran, kind: str, flow: Flow) -> list[Point]:
    """List the points of a flow that ran undisturbed."""
    return [Point(kind, flow, spot) for spot in _spots(ran, kind)][:: flow.every]


def _spots(ran: Ran, kind: str) -> Iterator[Spot]:
    """All operations of the first server, and some of the others: those do the same, but not at the same time."""
    for place, (server, told) in enumerate(ran.told.items()):
        for line in told:
            number = int(line.split(" ")[0]) if OPERATION.match(line) else 0  # 0: a further line of the one before
            if number == 0 or (place and number % 5 != 2):
                continue
            if kind != "session":
                yield Spot(server, number)
            elif not READS.match(line):  # what only reads leaves the server as the operation before it
                yield Spot(server, number, MOMENTS[number % 4])


def crash(ground: Ground, point: Point) -> list[str]:
    """Let it happen, and put things right again; whatever was not as it must be."""
    flow = point.flow
    ground.begin(flow)
    act: Act = kill_operator if point.kind == "operator" else ground.yard.kill_session(point.spot.server)
    ran = ground.run(flow, point.spot, act)
    wrong = [f"after the crash: {one}" for one in _judged(ground, point, ran)]
    ground.let_leases_run_out()
    wrong += [f"after the crash: {one}" for one in ground.status()]
    unproved = [server for server, shop in ground.shops().items() if truth.operation(shop)]
    drawn = crc32(str(point).encode())
    words = flow.mends[drawn % len(flow.mends)]
    phases = {truth.operation(shop, "phase") for shop in ground.shops().values()}
    needed = point.kind == "operator" and bool(phases & RECOVERS.get(words[0], set()))
    mended = _mended(ground, flow, words, watched=drawn // 8 % 4 == 0, needed=needed)
    if not mended and flow.commit == flow.settled and flow.begins:
        mended = ground.way_back([] if "deploy:resume" in words else unproved)
    return _told(point, ran, [*wrong, *(f"mending with `{' '.join(words)}`: {one}" for one in mended)])


def _mended(ground: Ground, flow: Flow, words: tuple[str, ...], *, watched: bool, needed: bool) -> list[str]:
    """Do what an operator would do next, and at last deploy; whatever is wrong then."""
    wrong: list[str] = []
    for word in words:
        ran = ground.mend(word, flow, counted=watched)
        wrong += [*(_gaps(ran) if ground.expected(word, flow) else []), *ran.left, *ground.lies(ran)]
        if ran.status == 3 and word in RECOVERS and not needed:  # there was nothing to be done
            continue
        if ran.status != 0:
            return [*wrong, f"`{word}`: {ran.said}"]
        wrong += [f"after `{word}`: {one}" for one in ground.unsettled(*ground.expected(word, flow))]
        if "abort" not in word:  # it removes nothing
            wrong += [f"after `{word}`: {one}" for one in ground.surplus()]
    if words[0] in RECOVERS:
        wrong += _mended(ground, flow, ("deploy",), watched=watched, needed=True)
    return wrong


def _judged(ground: Ground, point: Point, ran: Ran) -> Iterator[str]:
    yield from _gaps(ran) if None not in point.flow.may else ()
    yield from (f"was left running: {one}" for one in ran.left)
    yield from ground.broken(ground.allowed(point.flow))
    if not ran.where:
        yield f"it never came to this; {ran.said}"
    if ran.status is not None:
        yield from ground.lies(ran)
        yield from astray(ground, point.flow, ran, point.spot.server)
    elif point.kind != "operator":
        yield f"the operator died of it: {ran.said}"


def astray(ground: Ground, flow: Flow, ran: Ran, dead: str) -> list[str]:
    """Whatever server has not live what the exit status says; who is dead may have anything, unless all went well.

    Status 1 is both: a failure before anything was live, and one when all was.
    """
    finished = ground.without(flow.ends)
    if ran.status == 0 or (ran.status == 1 and not finished):
        return [f"exit {ran.status}, but {one}" for one in finished]
    others = [one for one in ground.without(flow.begins[-1:]) if not one.startswith(f"{dead}:")]
    return [f"exit {ran.status}, but {one}" for one in others if ran.status in {1, 6, 7}]


def _gaps(ran: Ran) -> list[str]:
    return [f"current was missing: {ran.missed[0]}, and {len(ran.missed) - 1} more"] if ran.missed else []


def _told(point: Point, ran: Ran, wrong: list[str]) -> list[str]:
    return [f"{point} ({ran.where}): {one}" for one in wrong]


def sample(everything: Iterable[T], how_many: int) -> list[T]:
    """Draw some by the seed of the run."""
    seed = os.environ.get("TEST_SAMPLE", "")
    return sorted(everything, key=lambda one: crc32(f"{seed} {one}".encode()))[:how_many]


def flow_of(name: str) -> Flow:
    """Find a flow by its name."""
    return next(flow for flow in FLOWS if flow.name == name)


def nothing(wrong: list[str]) -> None:
    """Hold that nothing was wrong; else fail with all of it."""
    if wrong:
        pytest.fail(f"{len(wrong)} wrong:\n" + "\n\n".join(wrong), pytrace=False)
