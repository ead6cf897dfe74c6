"""The word that saves round trips: `batch`. What stands in its block goes to each server as one block.

Rule: a line that fails stops the rest on its server; the other servers finish theirs; then one error tells of all.
Rule: nobody sees a result before it is there: asking for it within the batch is an error.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from capify.blocks import Line
from capify.engine.scene import Scene, playing, scene
from capify.engine.sending import Order, announce, judged
from capify.errors import RecipeError
from capify.machines import Server
from capify.outcomes import Outcome, Result, Results, Verdict
from capify.places import Place, here


@contextmanager
def batch() -> Iterator[None]:
    """Send the commands of a `with` block to each server as one block, in one round trip, when the block ends.

    Results can be looked at afterwards. A command that fails stops the rest on its server, so `check=False` is refused;
    tasks, `capture` and its like need answers, and do not belong in it. A batch within another is a part of that.
    """
    now = scene()
    if now.gathering is not None:
        yield
        return
    gathering = Gathering()
    with playing(replace(now, gathering=gathering)):
        yield
    gathering.send(now, here())


@dataclass(slots=True)
class Gathering:
    """The orders of a batch so far, each with its lines and the results that it will have."""

    orders: "list[tuple[Order, Mapping[Server, Line], LaterResults]]" = field(default_factory=list)

    def take(self, order: Order, lines: Mapping[Server, Line]) -> Results:
        """Keep an order for the end of the batch."""
        if not order.check:
            hint = "end the command with `|| true` if its failure does not matter"
            raise RecipeError("a batch stops at what fails: no `check=False` in it", place=order.place, hint=hint)
        results = LaterResults(order)
        self.orders.append((order, lines, results))
        return results

    def send(self, now: Scene, place: Place) -> None:
        """Send all that was kept. Raises `CommandFailed`, with the command that failed on each server."""
        if not self.orders:
            return
        for order, lines, _ in self.orders:
            announce(now, lines, reads=order.line.reads)
        found = _sent(now, self._blocks())
        for _, lines, results in self.orders:
            results.fill({server: found[server].pop(0) for server in lines})
        judged(now, replace(self.orders[0][0], place=place), Results(self._summary()))

    def _blocks(self) -> dict[Server, list[Line]]:
        blocks: dict[Server, list[Line]] = {}
        for _, lines, _ in self.orders:
            for server, line in lines.items():
                blocks.setdefault(server, []).append(line)
        return blocks

    def _summary(self) -> dict[Server, Result]:
        """What the batch gave on each server: what failed there, or else its last result."""
        summary: dict[Server, Result] = {}
        for _, _, results in self.orders:
            for server, result in results.items():
                if server not in summary or summary[server].ok:
                    summary[server] = result
        return summary


class LaterResults(Results):
    """Results that are there when the batch has ended."""

    def __init__(self, order: Order) -> None:
        super().__init__({})
        self._order = order
        self._there = False

    def fill(self, results: Mapping[Server, Result]) -> None:
        """Put the results in."""
        self._results, self._there = dict(results), True

    def __getitem__(self, server: Server | str) -> Result:
        self._wait()
        return super().__getitem__(server)

    def __iter__(self) -> Iterator[Server]:
        self._wait()
        return super().__iter__()

    def __len__(self) -> int:
        self._wait()
        return super().__len__()

    @property
    def ok(self) -> bool:
        """Whether it ended well everywhere."""
        self._wait()
        return super().ok

    def where(self, wanted: Callable[[Result], bool]) -> Results:
        """Keep the servers whose result is wanted."""
        self._wait()
        return super().where(wanted)

    def __repr__(self) -> str:
        return super().__repr__() if self._there else "LaterResults()"

    def _wait(self) -> None:
        if not self._there:
            hint = "ask before the batch, or look at results behind it"
            raise RecipeError("a batch has no answers before its end", place=self._order.place, hint=hint)


def _sent(now: Scene, blocks: Mapping[Server, list[Line]]) -> dict[Server, list[Result]]:
    from capify.engine.fanout import fan_out_blocks

    invocation, results = now.invocation, dict[Server, list[Result]]()
    invocation.changed |= not all(line.reads for lines in blocks.values() for line in lines)
    invocation.touched.update(blocks)
    try:
        invocation.loop.call(fan_out_blocks(invocation.crew, blocks, invocation.emit, results=results))
    except KeyboardInterrupt:
        verdict = Verdict.UNKNOWN if invocation.let_go else Verdict.FAILED
        for server in blocks.keys() - results.keys():
            invocation.bad[server] = Outcome(server, verdict, "interrupted in a batch")
        raise
    return results
