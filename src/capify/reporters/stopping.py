"""Ctrl-Z: before this process stops, the display leaves the terminal; when it goes on, so does the display."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType


@contextmanager
def stoppable(paused: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
    """Keep the display silent while this process is stopped; does nothing where others handle that, or in a thread."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTSTP) != signal.SIG_DFL:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a handler
        with paused():
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)  # comes back here when it is told to go on
            signal.signal(signal.SIGTSTP, stop)

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
