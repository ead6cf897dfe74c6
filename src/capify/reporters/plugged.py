"""Reporters of installed packages, beside the screen and the log.

Rule: a reporter is told everything in order, by a thread of its own; so whatever it waits for, nobody waits for it.
Rule: one that breaks, hangs or cannot even be made is mourned in one line that names it, and the invocation goes on.
"""

import queue
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, TextIO

from capify.errors import CapifyError
from capify.events import Event
from capify.plugins import Lookup
from capify.ports import Reporter
from capify.recipe.plugged import REPORTERS, find
from capify.reporters.text import harmless

ROOM: Final = 10_000  # events that may wait
PATIENCE: Final = 10.0  # seconds for a reporter to take one more event, or to end


class PluggedReporter:
    """A reporter of a package, in a thread of its own; `title` is how people know it."""

    def __init__(self, title: str, inner: Reporter, *, patience: float = PATIENCE, room: int = ROOM) -> None:
        self.title = title
        self._inner = inner
        self._patience = patience
        self._waiting: queue.Queue[tuple[Event, float] | None] = queue.Queue(room)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._consume, name=f"capify-{title}", daemon=True)
        self._thread.start()

    def handle(self, event: Event, at: float) -> None:
        """Pass an event on. Raises what the reporter raised before."""
        self._put((event, at))

    def close(self) -> None:
        """Let the reporter take what is left and close it, for a while. Raises what it raised."""
        self._put(None)
        self._thread.join(self._patience)
        if self._thread.is_alive():
            raise TimeoutError(f"it did not end within {self._patience:g} s")
        if self._failure:
            raise self._failure

    def _put(self, entry: tuple[Event, float] | None) -> None:
        if self._failure:
            raise self._failure
        try:
            self._waiting.put(entry, timeout=self._patience)
        except queue.Full:
            raise TimeoutError(f"it took nothing for {self._patience:g} s") from None

    def _consume(self) -> None:
        try:
            while entry := self._waiting.get():
                self._inner.handle(*entry)
            self._inner.close()
        except BaseException as error:  # noqa: BLE001 - told to the feed, whatever it is
            self._failure = error
            with suppress(queue.Empty):  # so that nobody waits for room
                while True:
                    self._waiting.get_nowait()


def plugged_reporters(names: Iterable[str], settings: Lookup, *, err: TextIO) -> tuple[Reporter, ...]:
    """Make the reporters of these names. Those that cannot be made are mourned on `err`."""
    made = []
    for name in dict.fromkeys(names):
        try:
            found = find(REPORTERS, name, None)
            if found is not None:
                plugin = found.value
                inner = found.makes(Reporter, lambda: plugin.make(settings))  # noqa: B023 - called at once
                made.append(PluggedReporter(found.title, inner))
        except CapifyError as error:
            hint = f"; {error.hint}" if error.hint else ""
            err.write(f"warning: {harmless(error.message)}: it is told nothing{hint}\n")
    return tuple(made)
