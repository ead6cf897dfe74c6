"""The event loop in its own thread: recipes stay synchronous, and all servers are worked on at once.

Rule: `call` returns only when its coroutine has ended, also when the caller is interrupted: nothing runs on unseen.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")
PATIENCE = 30.0  # seconds that `stop` waits for what is left to end


class Loop:
    """One event loop, one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="capify-engine", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for its end.

        Ctrl-C cancels it, waits for its last words, and goes on as `KeyboardInterrupt`; a second one leaves it behind,
        for `stop` to end.
        """
        call = _Call(self._loop, work)
        try:
            call.ended.wait()
        except KeyboardInterrupt:
            call.cancel()
            call.ended.wait()
            raise
        return call.result()

    def stop(self) -> None:
        """Cancel what is left, and end the thread. Does nothing the second time."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class _Call(Generic[T]):
    """One coroutine on its way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> None:
        self.ended = threading.Event()
        self._loop = loop
        self._task: asyncio.Task[T] | None = None
        loop.call_soon_threadsafe(self._start, work)

    def _start(self, work: Coroutine[Any, Any, T]) -> None:
        self._task = self._loop.create_task(work)
        self._task.add_done_callback(lambda _: self.ended.set())

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())

    def result(self) -> T:
        assert self._task is not None
        return self._task.result()


async def _cancel_others() -> None:
    me = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not me]
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=PATIENCE)
