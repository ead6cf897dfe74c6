"""The dry remote: nothing is changed through it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.steering import Steered

from capify.blocks import Line
from capify.engine.dry import DryRemote
from capify.machines import Server
from capify.transports.local import LocalTransport


@pytest.fixture
def dry() -> Iterator[Steered]:
    steered = Steered(LocalTransport(), Server("localhost"))
    inner = steered.remote
    steered.remote = DryRemote(inner)
    steered.connect()
    yield steered
    steered.remote = inner
    steered.close()


def test_a_block_that_only_reads_is_run(dry: Steered):
    results = dry.block(Line("echo a", "", reads=True), Line("echo b", "", reads=True))
    assert [result.stdout for result in results] == ["a\n", "b\n"]


def test_a_block_with_one_line_that_changes_something_is_not(dry: Steered, tmp_path: Path):
    read, write = dry.block(Line("echo a", "echo a", reads=True), Line(f"touch {tmp_path}/x", "touch x"))
    assert [(result.command, result.note, result.status, result.out) for result in (read, write)] == [
        ("echo a", "previewed", 0, b""), ("touch x", "previewed", 0, b""),
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    assert dry.seen == []
