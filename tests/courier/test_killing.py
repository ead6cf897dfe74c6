"""What is left of a stopped command, and of one whose operator is gone: nothing, in every shell; daemons live."""

import asyncio
import contextlib
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest
from tests.steering import Steered, alive, begun, kill, token, wait_until

from capify.blocks import Block, Line
from capify.engine.courier_remote import CourierRemote
from capify.outcomes import Result

COMMANDS = {
    "plain": "sleep {}",
    "pipeline": "sleep {} | sleep {} | sleep {}",
    "ignores-term": "trap '' TERM HUP INT; sleep {}; sleep {}",
    "waits-for-its-child": "sleep {} & wait",
    "nohup": "nohup sleep {} >/dev/null 2>&1 & wait",
    "session-of-its-own": "setsid sleep {} & wait",
    "daemonised-twice": "(setsid sh -c 'sleep {} & sleep {}' >/dev/null 2>&1 &) ; sleep {}",
    "ignores-term-in-a-session-of-its-own": "setsid sh -c 'trap \"\" TERM HUP; sleep {}; sleep {}' & wait",
    "clean-environment": "env -i sleep {} & wait",
    "stopped-job": "sleep {} & sleep 0.2; kill -STOP $!; wait",
}

Start: TypeAlias = Callable[..., Steered]
Running: TypeAlias = "asyncio.Task[Sequence[Result]]"


@pytest.fixture(params=COMMANDS)
def doomed(request: pytest.FixtureRequest) -> tuple[str, str]:
    sleep = token()
    return COMMANDS[request.param].replace("{}", sleep), sleep


def running(courier: Steered, text: str, sleep: str) -> Running:
    """Run a command, and return when its process is there."""

    async def begin() -> Running:
        task = asyncio.ensure_future(courier.remote.execute(Block((Line(text, text),)), courier.watch))
        await begun(sleep)
        return task

    task: Running = courier.runner.run(begin())
    return task


def test_nothing_is_left_of_a_cancelled_command(start: Start, doomed: tuple[str, str]):
    courier = start()
    task = running(courier, *doomed)

    async def cancel() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    courier.runner.run(cancel())
    assert alive(doomed[1]) == []  # at once: cancelling waits until it is dead
    assert task.cancelled()
    assert courier.run("echo on").ok


def test_nothing_is_left_when_the_operator_is_gone(start: Start, doomed: tuple[str, str]):
    courier = start()
    task = running(courier, *doomed)
    courier.runner.run(courier.wire._link.close())
    wait_until(lambda: not alive(doomed[1]))
    assert courier.runner.run(finished(task))[0].note == "lost"


def test_nothing_is_left_when_the_lease_is_not_renewed(start: Start, doomed: tuple[str, str]):
    courier = start(lease=1, every=1000)  # an operator that is frozen after the first ping
    task = running(courier, *doomed)
    wait_until(lambda: not alive(doomed[1]))
    assert courier.runner.run(finished(task))[0].note == "lost"


async def finished(task: Running) -> Sequence[Result]:
    return await asyncio.wait_for(task, 20)


def test_the_daemon_of_a_finished_command_lives(start: Start):
    courier, daemon, sleep = start(), token(), token()
    courier.run(f"setsid sleep {daemon} >/dev/null 2>&1 & nohup sleep {daemon} >/dev/null 2>&1 & :")
    wait_until(lambda: len(alive(daemon)) == 2)
    courier.run(f"sleep {sleep}", timeout=0.2)
    running(courier, f"sleep {sleep}", sleep)
    courier.close()
    wait_until(lambda: not alive(sleep))
    assert len(alive(daemon)) == 2
    kill(daemon)


def test_the_queue_does_not_go_on_when_the_operator_is_gone(start: Start):
    courier, sleep, later = start(), token(), token()

    async def begin() -> None:
        block = Block((Line(f"trap 'exit 0' TERM; sleep {sleep} & wait", ""), Line(f"sleep {later}", "")))
        task = asyncio.create_task(courier.remote.execute(block, courier.watch))
        await begun(sleep)
        await courier.wire._link.close()
        await task

    courier.runner.run(begin())
    wait_until(lambda: not alive(sleep))
    wait_until(lambda: not alive(courier.session.tag))
    assert alive(later) == []


def test_a_command_in_a_channel_of_its_own_dies_too(start: Start, doomed: tuple[str, str]):
    courier, text = start(), doomed[0]
    result = courier.run(f"cat >/dev/null; {text}", stdin=b"x" * 100_000, timeout=0.5)
    assert result.note == "timed out after 0.5 s"
    assert alive(doomed[1]) == []


def test_a_command_in_a_channel_of_its_own_dies_with_the_operator(shell: str):
    sleep = token()
    program = f"""
        import asyncio
        from capify.blocks import Block, Line
        from capify.engine.courier_remote import CourierRemote
        from capify.machines import Server
        from capify.transports.local import LocalTransport

        async def main():
            transport = LocalTransport(shell={tuple(shell.split())!r})
            remote = CourierRemote(Server("localhost"), transport, grace=0.5, shell={shell!r})
            await remote.connect()
            line = Line("cat >/dev/null; sleep {sleep}", "", stdin=b"x" * 100000)
            await remote.execute(Block((line,)), lambda *_: None)

        asyncio.run(main())
    """
    operator = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    wait_until(lambda: alive(sleep))
    operator.kill()
    operator.wait()
    wait_until(lambda: not alive(sleep))


def test_several_stops_at_once_leave_the_courier_usable(start: Start):
    courier, sleep = start(), token()
    for _ in range(3):
        assert courier.run(f"sleep {sleep}", timeout=0.1).note == "timed out after 0.1 s"
    assert courier.run("echo on").stdout == "on\n"


def test_a_second_cancellation_does_not_wait(start: Start):
    courier, sleep = start(grace=20), token()
    task = running(courier, f"trap '' TERM; sleep {sleep}; sleep {sleep}", sleep)

    async def cancel_twice() -> None:
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=10)

    courier.runner.run(cancel_twice())
    assert task.cancelled()
    kill(sleep)


def test_without_setsid_it_works_and_says_what_it_cannot_promise(start: Start, tmp_path, monkeypatch):
    for name in ("cat", "cut", "grep", "head", "sleep", "dash", "bash", "busybox", "sh", "echo"):
        (tmp_path / name).symlink_to(subprocess.check_output(["which", name], text=True).strip())
    monkeypatch.setenv("PATH", str(tmp_path))
    courier, sleep = start(), token()
    assert isinstance(courier.remote, CourierRemote)
    assert "no `setsid`" in courier.remote.weakness
    assert courier.run("echo out; exit 3").status == 3
    assert [result.note for result in courier.block(Line("false", ""), Line("echo no", ""))] == ["", "skipped"]
    assert courier.run(f"sleep {sleep}; sleep {sleep}", timeout=0.2).note == "timed out after 0.2 s"
    assert alive(sleep) == []
    assert courier.run("echo on").stdout == "on\n"  # in another courier: the first went with the command
