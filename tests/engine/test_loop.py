"""The engine's thread: a call ends when its work has ended, interrupted or not."""

import asyncio
import os
import signal

import pytest

from capify.engine.loop import Loop


@pytest.fixture
def loop():
    made = Loop()
    yield made
    made.stop()


def test_a_call_returns_what_its_work_gives(loop: Loop):
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert loop.call(work()) == 7


def test_a_call_raises_what_its_work_raises(loop: Loop):
    async def work() -> None:
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        loop.call(work())


def test_an_interrupted_call_waits_for_the_last_words_of_its_work(loop: Loop):
    said: list[str] = []

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            said.append("last words")

    with pytest.raises(KeyboardInterrupt):
        loop.call(work())
    assert said == ["last words"]


def test_what_is_left_is_cancelled_when_the_loop_stops(loop: Loop):
    said: list[str] = []

    async def background() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append("ended")

    async def start() -> None:
        loop.kept = asyncio.get_running_loop().create_task(background())  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    loop.call(start())
    loop.stop()
    loop.stop()
    assert said == ["ended"]


def test_what_is_called_after_its_end_is_dropped_in_silence(loop: Loop, capfd: pytest.CaptureFixture[str]):
    async def work() -> None: ...

    loop.stop()
    with pytest.raises(GeneratorExit):
        loop.call(work())
    assert capfd.readouterr() == ("", "")
