"""The fake remote: what it answers, what it remembers, and that it keeps the contract of a remote."""

import asyncio
import re
from pathlib import Path

import pytest

from capify.blocks import Block, Line
from capify.errors import ConnectFailed
from capify.events import Stream
from capify.machines import Server
from capify.outcomes import LOST, Result
from capify.ports import Remote
from capify.testing.fake import FakeRemote

WEB = Server("web1")


def test_what_is_not_scripted_ends_well_and_says_nothing() -> None:
    assert _run(FakeRemote(WEB), "anything") == [Result(WEB, "anything", 0)]


def test_a_scripted_command_says_what_it_was_told_to() -> None:
    fake = FakeRemote(WEB)
    fake.on("uname -a").says("Linux\n", err="careful\n", status=3)
    [result] = _run(fake, "uname -a")
    assert (result.stdout, result.stderr, result.status, result.ok) == ("Linux\n", "careful\n", 3, False)


def test_it_is_a_remote() -> None:
    remote: Remote = FakeRemote(WEB)
    assert remote.server is WEB


def test_a_command_is_known_as_sent_as_shown_or_by_a_pattern() -> None:
    fake = FakeRemote(WEB)
    fake.on("cd -- /x && ls").says("sent")
    fake.on("df").says("shown")
    fake.on(re.compile(r"^git fetch")).says("pattern")
    block = Block((Line("cd -- /x && ls", "ls"), Line("cd / && df", "df"), Line("git fetch -q", "git fetch -q")))
    assert [result.stdout for result in asyncio.run(fake.execute(block, _deaf))] == ["sent", "shown", "pattern"]


def test_what_is_scripted_later_goes_first() -> None:
    fake = FakeRemote(WEB)
    fake.on(re.compile("")).says("any")
    fake.on("ls").says("ls")
    assert [result.stdout for result in _run(fake, "ls", "df")] == ["ls", "any"]


def test_answers_come_in_order_and_the_last_one_stays() -> None:
    fake = FakeRemote(WEB)
    fake.on("next").says("1").fails(2, "no").says("3")
    assert [_run(fake, "next")[0].status for _ in range(4)] == [0, 2, 0, 0]


def test_a_block_stops_at_the_first_line_that_fails() -> None:
    fake = FakeRemote(WEB)
    fake.on("b").fails(7)
    results = _run(fake, "a", "b", "c")
    assert [(result.status, result.note) for result in results] == [(0, ""), (7, ""), (LOST, "skipped")]
    assert fake.commands == ["a", "b"]
    assert len(fake.ran) == 1


def test_a_lost_connection_is_a_result_and_stays_lost_until_it_connects_again() -> None:
    fake = FakeRemote(WEB)
    fake.on("reboot").loses("going")
    results = [*_run(fake, "reboot", "next"), *_run(fake, "later", "last")]
    assert [result.note for result in results] == ["lost", "skipped", "lost", "skipped"]
    assert {result.status for result in results} == {LOST}
    assert fake.commands == ["reboot"]
    assert not any(result.ok for result in results)
    asyncio.run(fake.connect())
    assert _run(fake, "later")[0].ok


def test_an_unreachable_server_says_why() -> None:
    fake = FakeRemote(WEB).unreachable("no route to host")
    with pytest.raises(ConnectFailed, match="web1 \\| no route to host"):
        asyncio.run(fake.connect())
    assert not fake.connected


def test_a_hanging_command_stops_when_it_is_cancelled() -> None:
    fake = FakeRemote(WEB)
    fake.on("sleep 1000").hangs("begun\n")

    async def interrupted() -> None:
        begun = asyncio.Event()
        task = asyncio.ensure_future(fake.execute(_block("sleep 1000"), lambda *_chunk: begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    assert [line.shown for line in fake.stopped] == ["sleep 1000"]


def test_output_is_shown_as_it_comes_and_kept_as_far_as_wished(tmp_path: Path) -> None:
    fake = FakeRemote(WEB)
    fake.on("say").says(b"\xff12345", err="!")
    seen: list[tuple[int, Stream, bytes]] = []
    lines = (Line("a", "a"), Line("say", "say", keep=3), Line("say", "say", into=tmp_path / "file"))
    results = asyncio.run(fake.execute(Block(lines), lambda *chunk: seen.append(chunk)))
    assert seen == [(1, "out", b"\xff12345"), (1, "err", b"!"), (2, "err", b"!")]
    assert (results[1].out, results[1].truncated) == (b"\xff12", True)
    assert (results[2].out, results[2].truncated) == (b"", False)
    assert (tmp_path / "file").read_bytes() == b"\xff12345"


def _run(fake: FakeRemote, *commands: str) -> list[Result]:
    return list(asyncio.run(fake.execute(_block(*commands), _deaf)))


def _block(*commands: str) -> Block:
    return Block(tuple(Line(command, command) for command in commands))


def _deaf(_number: int, _stream: Stream, _data: bytes) -> None:
    """Watch nothing."""
