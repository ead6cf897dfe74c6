"""The doors: what holds before the first import of `cap` and `capify`, and after their last word.

Rule: nothing is imported here at the top but what Python has loaded anyway: Ctrl-C is quiet from the first moment.
"""

import signal

# While this loads there is nothing to undo: Ctrl-C simply ends it. Whoever ignores it (nohup) goes on doing so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

REPORTERS = "capify-reporters"  # the thread that writes to the screen


def cap() -> NoReturn:
    """Be the command `cap`."""
    _be("capify.cli.main")


def capify() -> NoReturn:
    """Be the command `capify`."""
    _be("capify.cli.generate")


def _be(module: str) -> NoReturn:
    main: Callable[[Sequence[str]], int] = import_module(module).main
    import_module("capify.cli.voice").prepare()
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _leave(main(sys.argv[1:]))


def _leave(status: int) -> NoReturn:
    """End the process; at once where a screen takes nothing any more, because Python would wait for it for ever."""
    if any(thread.name == REPORTERS for thread in threading.enumerate()):
        os._exit(status)
    sys.exit(status)
