"""The word that repeats a command while something else is done: `keep_doing`.

Rule: it ends with its block, whatever ends that; a beat that fails is told at the block's end, and beats no more.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from capify.blocks import Line
from capify.engine.scene import Invocation, scene
from capify.engine.sending import Narrowing, Order, Spelled, announce, judged, spelled_out
from capify.errors import RecipeError
from capify.machines import Server
from capify.outcomes import Result, Results
from capify.places import here


@contextmanager
def keep_doing(
    every: float, command: Spelled, *, after: float = 0, shown: str = "", user: str = "", **narrowing: Any
) -> Iterator[None]:
    """Run a command and repeat it every so many seconds, on all servers of the wave, while a `with` block runs.

    For authors of deployments: a heartbeat. The first comes `after` so many seconds (at once). `shown` names it in
    output. What it says is stored, not shown. When it fails it stops, and the block ends with `CommandFailed`, unless
    it failed by itself. A dry run shows it once.
    """
    place, now = here(), scene()
    if not every > 0:
        raise RecipeError(f"`keep_doing` needs a number of seconds above 0, not {every!r}", place=place)
    order = Order(command, place, Narrowing.read(narrowing, place), Line("", shown, quiet=True), user=user)
    lines = spelled_out(now, order)
    announce(now, lines, reads=False, previewed=now.invocation.dry, lasts=True)
    if now.invocation.dry:
        now.invocation.previewed = True
        yield
        return
    now.invocation.touched.update(lines)
    results: dict[Server, Result] = {}
    beating = now.invocation.loop.begin(_beat(now.invocation, lines, (after, every), results))
    try:
        yield
    finally:
        beating.cancel()
        beating.wait()
    judged(now, order, Results(results))


async def _beat(
    invocation: Invocation, lines: Mapping[Server, Line], times: tuple[float, float], results: dict[Server, Result]
) -> None:
    import asyncio

    from capify.engine.fanout import fan_out

    after, every = times
    await asyncio.sleep(after)
    while Results(results).ok:
        await fan_out(invocation.crew, lines, invocation.emit, results=results)
        await asyncio.sleep(every)
