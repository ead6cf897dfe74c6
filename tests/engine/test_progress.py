"""Claims about how far a transfer is: told from a real shell, and in few steps."""

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from capify.blocks import Block, Line
from capify.engine.courier_remote import CourierRemote
from capify.engine.progress import STEPS, Progress
from capify.machines import Server
from capify.outcomes import Result
from capify.testing.fake import FakeRemote
from capify.transports.local import LocalTransport

SIZE = 2_000_000
WEB = Server("web1")
Steps = list[tuple[int, int, int]]


def ran(*lines: Line) -> tuple[list[Result], Steps]:
    """Run lines in a real shell; their results, and what was told of their transfers."""
    moved: Steps = []

    async def run() -> list[Result]:
        remote = CourierRemote(WEB, LocalTransport())
        await remote.connect()
        try:
            return list(await remote.execute(Block(lines), lambda *_: None, lambda *step: moved.append(step)))
        finally:
            await remote.close()

    return asyncio.run(run()), moved


def test_what_is_sent_from_memory_or_a_file_is_told_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * SIZE)
    for stdin in (file, file.read_bytes()):
        (first, second), moved = ran(Line("true", "true"), Line("wc -c", "wc -c", stdin=stdin))
        assert (first.ok, second.text.strip()) == (True, str(SIZE))
        assert moved[-1] == (1, SIZE, SIZE)
        assert [done for _, done, _ in moved] == sorted({done for _, done, _ in moved})
        assert 2 < len(moved) <= STEPS + 1


def test_what_is_fetched_is_told_as_it_grows(tmp_path: Path) -> None:
    (result,), moved = ran(Line(f"head -c {SIZE} /dev/zero", "fetch", into=tmp_path / "fetched"))
    assert result.ok
    assert (tmp_path / "fetched").stat().st_size == SIZE
    assert {(number, size) for number, _, size in moved} == {(0, 0)}
    assert 0 < len(moved) < 10


def test_small_commands_tell_nothing() -> None:
    assert ran(Line("cat", "cat", stdin=b"x"), Line("echo x", "echo x"))[1] == []


def test_a_fake_takes_what_it_is_given_at_once() -> None:
    moved: Steps = []
    block = Block((Line("true", "true"), Line("cat", "cat", stdin=b"abc")))
    asyncio.run(FakeRemote(WEB).execute(block, lambda *_: None, lambda *step: moved.append(step)))
    assert moved == [(1, 3, 3)]


@given(st.integers(0, 10_000), st.lists(st.integers(1, 500), max_size=200))
def test_steps_grow_and_are_few(size: int, chunks: list[int]) -> None:
    told: list[tuple[int, int]] = []
    progress = Progress(size, lambda done, of: told.append((done, of)))
    for chunk in chunks:
        progress.add(chunk)
    done = [one for one, _ in told]
    assert done == sorted(set(done))
    assert len([one for one in done if one <= size]) <= 2 * STEPS
    if size and sum(chunks) == size:
        assert done[-1] == size
