"""The word that talks with a waiting process on each server: `session`.

Rule: what it is told reaches every server, and what is waited for must come from every server; one that ends is heard.
Rule: the process ends with its block: by the end of its input, or, where the block failed, by being stopped.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from capify.blocks import Line
from capify.engine.commands import complaints
from capify.engine.preview import DecidedWhileRunning
from capify.engine.scene import Scene, scene
from capify.engine.sending import Narrowing, Order, Spelled, announce, judged, spelled_out
from capify.errors import CommandFailed, RecipeError, TaskFailed
from capify.machines import Server
from capify.outcomes import Results
from capify.places import here
from capify.wording import ticked

if TYPE_CHECKING:
    from capify.engine.talking import Talking

Wanted = str | re.Pattern[str]


class Session:
    """A waiting process on each server of the wave."""

    def __init__(self, now: Scene, talking: "Talking | None", shown: str, patience: float) -> None:
        self._now = now
        self._talking = talking
        self._shown = shown
        self._patience = patience

    @property
    def took(self) -> Mapping[Server, float]:
        """Seconds from the last `send` until what the last `expect` waited for had arrived, on each server.

        By the operator's monotonic clock; 0 where it had been said before. Empty before the first `expect`, and in a
        dry run.
        """
        return dict(self._talking.took) if self._talking is not None else {}

    def send(self, text: str | Callable[[Server], str]) -> None:
        """Give every process a line to read; a function of the server says what each gets."""
        if self._talking is not None:
            self._now.invocation.loop.call(self._talking.type(text if callable(text) else lambda _: text))

    def expect(self, wanted: Wanted, *, timeout: float | None = None) -> dict[Server, str]:
        """Wait until every process has said this text, or what matches; returns what each said up to its end.

        What was said before the last `expect` does not count. `timeout` is in seconds (default: the setting `silence`).
        Raises `TaskFailed` where one ends or is silent instead.
        """
        if self._talking is None:
            raise DecidedWhileRunning(f"it depends on what `{self._shown}` says")
        place, bound = here(), self._patience if timeout is None else timeout
        said, missing = self._now.invocation.loop.call(self._talking.expect(wanted, bound))
        if missing:
            text = wanted if isinstance(wanted, str) else wanted.pattern
            message = f"`{self._shown}` did not say `{text}` on {ticked(missing)}: {' / '.join(missing.values())}"
            raise TaskFailed(message, place=place)
        return said


@contextmanager
def session(
    command: Spelled, *, check: bool = True, user: str = "", shown: str = "", **narrowing: Any
) -> Iterator[Session]:
    """Keep a process waiting on every server of the wave while a `with` block talks with it: `send`, `expect`.

    For authors of deployments. There is no terminal: a program that wants one, or holds its output back, will not do.
    At the end of the block its input ends, and it is waited for; raises `CommandFailed` where it ends badly. `shown`
    names it in output, as that of `script` does: its lines are stored then, and not shown.
    """
    place, now = here(), scene()
    if now.gathering is not None:
        raise RecipeError("`session` cannot be a part of a batch", place=place, hint="put it behind the batch")
    line = Line("", shown, quiet=bool(shown))
    order = Order(command, place, Narrowing.read(narrowing, place), line, check=check, user=user, timeout=0, silence=0)
    lines = spelled_out(now, order)
    shown = next(iter(lines.values())).shown
    announce(now, lines, reads=False, previewed=now.invocation.dry, lasts=True)
    patience = float(now.invocation.book.settings.get("silence", None) or 0)
    if now.invocation.dry:
        now.invocation.previewed = True
        yield Session(now, None, shown, patience)
        return
    talking = _begun(now, lines)
    try:
        yield Session(now, talking, shown, patience)
    except BaseException as error:
        results = now.invocation.loop.call(talking.end(stop=True))
        by_itself = Results(results).failed.where(lambda one: not one.note.startswith("stopped"))
        if by_itself and isinstance(error, TaskFailed) and not isinstance(error, CommandFailed):
            raise CommandFailed(complaints(by_itself), place=place) from error
        raise
    judged(now, order, Results(now.invocation.loop.call(talking.end())))


def _begun(now: Scene, lines: Mapping[Server, Line]) -> "Talking":
    from capify.engine.talking import Talking

    now.invocation.changed = True
    now.invocation.touched.update(lines)
    talking = Talking(now.invocation.crew, lines, now.invocation.emit)
    now.invocation.loop.call(talking.begin())
    return talking
