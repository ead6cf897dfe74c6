"""Ctrl-C: once stops what runs and undoes what was done; twice lets everything go.

Rule: the first is never lost (it reaches the body as `KeyboardInterrupt`), and the second is never in vain.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from capify.engine.scene import Invocation
from capify.events import Interrupting

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(invocation: Invocation) -> Iterator[None]:
    """Apply the policy while inside, in the main thread; elsewhere signals are not ours to take.

    TERM and HUP (a closed terminal, a cancelled job) count like Ctrl-C. What was ignored from the start stays so: that
    is what `nohup` is for.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    times = 0

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a handler
        nonlocal times
        times += 1
        invocation.let_go = times > 1
        invocation.streaming = invocation.streaming and number == signal.SIGINT and times == 1
        if times <= 2 and not invocation.streaming:
            # Not from inside the handler: the queue's lock may be held by the very code that was interrupted.
            event = Interrupting(hard=invocation.let_go)
            threading.Thread(target=invocation.emit, args=(event,), daemon=True).start()
        raise KeyboardInterrupt  # also later: a recipe may have caught the others

    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
