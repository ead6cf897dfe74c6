"""The word for output that goes on: `stream`.

Rule: no deadline; that the server is still there is asked all the time, by the courier itself.
Rule: Ctrl-C is how a stream ends. It ends the invocation, too, and well: nothing after it may begin by surprise.
"""

from typing import Any

from capify.blocks import Line
from capify.engine.scene import scene
from capify.engine.sending import Narrowing, Order, Spelled, send
from capify.errors import RecipeError
from capify.outcomes import Results
from capify.places import here

KEEP = 64 * 1024  # bytes of the output that results keep; all of it is shown


def stream(command: Spelled, *, user: str = "", **narrowing: Any) -> Results:
    """Run a command that goes on (`tail -f`) on all servers of the wave, until it ends, or until Ctrl-C.

    Ctrl-C stops it everywhere and ends the invocation with exit status 0; in a transaction it undoes, as always. One
    that ended by itself and badly raises `CommandFailed`, at the end. A dry run shows it only.
    """
    place, now = here(), scene()
    if now.gathering is not None:
        raise RecipeError("`stream` cannot be a part of a batch", place=place, hint="put it behind the batch")
    servers = Narrowing.read(narrowing, place).of(now, place)
    order = Order(
        command, place, Narrowing(on=servers), Line("", "", keep=KEEP), user=user, timeout=0, silence=0,
        lasts=True,
    )
    invocation = now.invocation
    invocation.streaming = not invocation.transactions.open
    try:
        results = send(now, order)
        if not invocation.dry and len(results) < len(servers):  # stopped, before it ended by itself
            raise SystemExit(0)
    finally:
        invocation.streaming = False
    return results
