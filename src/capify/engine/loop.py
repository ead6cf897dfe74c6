"""The event loop in its own thread: recipes stay synchronous, and all servers are worked on at once.

Rule: `call` returns only when its coroutine has ended, also when the caller is interrupted: nothing runs on unseen.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

T = TypeVar("T")
TURN = 0.1  # seconds between two looks for signals
PATIENCE = 30.0  # seconds that `stop` waits for what is left to end


class Loop:
    """One event loop, one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._refusing = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="capify-engine", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for its end.

        Ctrl-C cancels it, waits for its last words, and goes on as `KeyboardInterrupt`; a second one leaves it behind,
        for `stop` to end.
        """
        if self._refusing or self._loop.is_closed():
            work.close()
            raise GeneratorExit  # silent in a generator that ends because it is dropped
        call = Call(self._loop, work)
        try:
            call.start()
            call.wait()
        except KeyboardInterrupt:
            call.cancel()
            call.wait()
            raise
        return call.result()

    def begin(self, work: Coroutine[Any, Any, T]) -> "Call[T]":
        """Run a coroutine beside what else is done; whoever began it ends it."""
        call = Call(self._loop, work)
        call.start()
        return call

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Answer every `call` with `GeneratorExit` while inside: everything was let go, and generators are dropped."""
        self._refusing = True
        try:
            yield
        finally:
            self._refusing = False

    def heed(self) -> None:
        """Raise `KeyboardInterrupt` if whoever uses this was halted; signals take care of the main thread."""

    def stop(self) -> None:
        """Cancel what is left, and end the thread. Does nothing the second time."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class Branch(Loop):
    """A loop's use by one thread of several: it can be halted from another, where Ctrl-C arrives."""

    def __init__(self, trunk: Loop) -> None:  # no loop of its own, and no thread
        self._loop = trunk._loop  # noqa: SLF001 - a branch is a loop itself
        self._running: Call[Any] | None = None
        self._halted = False
        self._lock = threading.Lock()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for its end; one that is halted goes on as `KeyboardInterrupt`."""
        with self._lock:
            self._running = call = None if self._halted else self.begin(work)
        if call is None:
            work.close()
            self.heed()
        assert call is not None
        call.wait()
        self.heed()
        return call.result()

    def halt(self) -> None:
        """Cancel what runs; whoever uses this gets one `KeyboardInterrupt`, and may undo behind it."""
        with self._lock:
            self._halted = True
            if self._running is not None:
                self._running.cancel()

    def heed(self) -> None:
        """Raise `KeyboardInterrupt`, once, if whoever uses this was halted."""
        with self._lock:
            halted, self._halted = self._halted, False
        if halted:
            raise KeyboardInterrupt

    def stop(self) -> None:
        """Leave the trunk alone: it belongs to the invocation."""


class Call(Generic[T]):
    """One coroutine on its way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> None:
        self._loop = loop
        self._work = work
        self._task: asyncio.Task[T] | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Let it begin."""
        self._loop.call_soon_threadsafe(self._start)

    def wait(self) -> None:
        """Wait for its end."""
        # In turns: a signal that comes just before a thread falls asleep does not wake it, and Ctrl-C would be lost.
        while not self._ended.wait(TURN):
            pass

    def cancel(self) -> None:
        """Ask it to end."""
        self._loop.call_soon_threadsafe(self._cancel)

    def _start(self) -> None:
        self._task = self._loop.create_task(self._work)
        self._task.add_done_callback(self._finish)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:  # interrupted before it had begun
            self._work.close()
            self._ended.set()

    def _finish(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # seen: whoever was interrupted does not ask any more, and asyncio would complain
        self._ended.set()

    def result(self) -> T:
        """Give what it returned, or raise what it raised: the error itself, not the group it came in."""
        assert self._task is not None
        try:
            return self._task.result()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group


async def _cancel_others() -> None:
    me = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not me]
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=PATIENCE)
