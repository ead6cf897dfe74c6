"""Ctrl-C: once stops what runs and undoes what was done; twice lets everything go.

Rule: the first is never lost (it reaches the body as `KeyboardInterrupt`), and the second is never in vain.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from capify.events import Event, Interrupting

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(emit: Callable[[Event], None]) -> Iterator[None]:
    """Apply the policy while inside, in the main thread; elsewhere signals are not ours to take.

    TERM and HUP (a closed terminal, a cancelled job) count like Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    times = 0

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a handler
        nonlocal times
        times += 1
        if times <= 2:
            # Not from inside the handler: the queue's lock may be held by the very code that was interrupted.
            threading.Thread(target=emit, args=(Interrupting(hard=times > 1),), daemon=True).start()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
