"""Exit statuses of `cap`: what each means, and which one counts when several invocations end differently."""

from collections.abc import Iterable
from typing import Final

from capify.reporters.text import STATUSES

PRECEDENCE: Final = (7, 6, 130, 3, 5, 1, 4)  # the worst first; whoever reads one number must learn the worst
BROKEN_PIPE: Final = 141  # as the shell says of whoever writes to a reader that went away


def worst(statuses: Iterable[int]) -> int:
    """Choose the status that tells the most serious ending; 0 where there is none.

    What has no place in the order (2: the command line or a recipe was wrong, so nothing ran) counts least.
    """
    order = {status: rank for rank, status in enumerate(PRECEDENCE)}
    bad = [status for status in statuses if status != 0]
    return min(bad, key=lambda status: order.get(status, len(order)), default=0)


def explained() -> list[str]:
    """Say what each status means, one line each."""
    return [f"{status:>3}  {words}" for status, words in STATUSES.items()]
