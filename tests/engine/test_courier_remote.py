"""The courier as a remote: blocks in, results out. What commands do to shells is tested in tests/courier."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.steering import Steered, alive, begun, kill, token, wait_until

from capify.blocks import Block, Line
from capify.errors import ConnectFailed, TaskFailed
from capify.machines import Server
from capify.outcomes import LOST, Result
from capify.transports.local import LocalTransport


@pytest.fixture
def remote() -> Iterator[Steered]:
    steered = Steered(LocalTransport(), Server("localhost"))
    steered.connect()
    yield steered
    steered.close()


def test_every_line_has_a_result(remote: Steered):
    results = remote.block(*(Line(text, f"shown {text}") for text in ("echo a", "exit 4", "echo c")))
    assert [result.command for result in results] == ["shown echo a", "shown exit 4", "shown echo c"]
    assert [(result.status, result.note, result.ok) for result in results] == [
        (0, "", True), (4, "", False), (LOST, "skipped", False),
    ]  # fmt: skip


def test_who_watches_sees_which_line_wrote_what(remote: Steered):
    remote.block(Line("echo one", ""), Line("echo two >&2", ""))
    assert remote.seen == [(0, "out", b"one\n"), (1, "err", b"two\n")]


def test_an_empty_block_has_no_results(remote: Steered):
    assert remote.block() == []


def test_connecting_twice_is_connecting_once(remote: Steered):
    session = remote.session
    remote.connect()
    assert remote.session is session


def test_a_shell_that_is_not_there_is_a_failed_connection():
    remote = Steered(LocalTransport(), Server("localhost"), shell="/no/such/shell")
    with pytest.raises(ConnectFailed, match="login shell ended before it read our script"):
        remote.connect()
    remote.close()


def test_a_login_shell_that_never_answers_is_a_failed_connection():
    remote = Steered(LocalTransport(shell=("sh", "-c", "sleep 60", "sh")), Server("localhost"), patience=0.3)
    with pytest.raises(ConnectFailed, match=r"was not ready within 0\.3 s"):
        remote.connect()
    remote.close()


def test_a_server_that_was_never_reached_gives_lost_results():
    remote = Steered(LocalTransport(), Server("localhost"))
    first, second = remote.block(Line("echo a", ""), Line("echo b", ""))
    assert [(first.note, first.status), (second.note, second.status)] == [("lost", LOST), ("skipped", LOST)]
    remote.close()


def test_a_lost_link_is_a_result_and_no_error(remote: Steered):
    async def scenario() -> list[Result]:
        sleep = token()
        block = Block((Line(f"echo begun; sleep {sleep}", ""), *[Line("echo x" * 9000, "")] * 3))
        task = asyncio.ensure_future(remote.remote.execute(block, remote.watch))
        await begun(sleep)
        await remote.wire._link.close()
        return [*await task]

    results = remote.runner.run(scenario())
    assert (results[0].note, results[0].status, results[0].stdout) == ("lost", LOST, "begun\n")
    assert results[-1].note == "skipped"  # it was never sent
    assert {result.note for result in results} == {"lost", "skipped"}


def test_large_input_from_a_file_streams_through(remote: Steered, tmp_path: Path):
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3_000_000))
    assert remote.run("cksum", stdin=source).stdout.split()[1] == "3000000"
    target = tmp_path / "target"
    assert remote.run("cat", stdin=source, into=target).ok
    assert target.read_bytes() == source.read_bytes()


def test_a_download_is_not_shown_and_not_kept(remote: Steered, tmp_path: Path):
    result = remote.run("echo data; echo note >&2", into=tmp_path / "file")
    assert (result.out, result.stderr) == (b"", "note\n")
    assert remote.seen == [(0, "err", b"note\n")]


@pytest.mark.parametrize("text", ["echo half; exit 1", "echo half; kill -9 $$"])
def test_a_failed_download_leaves_the_file_that_was_there(remote: Steered, tmp_path: Path, text: str):
    (tmp_path / "file").write_text("old")
    assert not remote.run(text, into=tmp_path / "file").ok
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "old"}


def test_a_download_that_takes_too_long_leaves_nothing(remote: Steered, tmp_path: Path):
    sleep = token()
    result = remote.run(f"echo half; sleep {sleep}", into=tmp_path / "file", timeout=0.3)
    assert result.note == "timed out after 0.3 s"
    assert (list(tmp_path.iterdir()), alive(sleep)) == ([], [])


def test_files_of_the_operators_that_cannot_be_used_are_his_errors(remote: Steered, tmp_path: Path):
    with pytest.raises(TaskFailed, match="cannot read `/no/such/file`"):
        remote.run("cat", stdin=Path("/no/such/file"))
    with pytest.raises(TaskFailed, match="cannot write `"):
        remote.run("echo x", into=tmp_path / "no" / "file")
    assert remote.run("echo on").ok


def test_prompts_are_answered_whichever_stream_they_are_on(remote: Steered):
    text = "printf 'Name: '; read -r name; printf 'Really? ' >&2; read -r really; echo $name $really"
    result = remote.run(text, answers=(("Name:", "Ada"), ("Really?", "yes")))
    assert result.stdout == "Name: Ada yes\n"


def test_a_prompt_may_come_again_and_nobody_answers_another(remote: Steered):
    text = "for x in 1 2 3; do printf 'more? '; read -r reply; echo $reply; done; printf 'other? '; read -r reply"
    result = remote.run(text, answers=(("more?", "y"),), silence=0.5)
    assert result.note == "silent for 0.5 s"
    assert result.stdout == "more? y\nmore? y\nmore? y\nother? "


def test_a_command_may_run_beside_another_of_the_same_server(remote: Steered):
    sleep = token()

    async def scenario() -> tuple[str, bool]:
        long = asyncio.ensure_future(remote.remote.execute(Block((Line(f"sleep {sleep}", ""),)), remote.watch))
        await begun(sleep)
        (beat,) = await remote.remote.execute(Block((Line("echo beat", ""),)), remote.watch)
        waiting = not long.done()
        kill(sleep)
        await long
        return beat.stdout, waiting

    assert remote.runner.run(scenario()) == ("beat\n", True)


def test_the_lease_is_renewed_for_as_long_as_it_takes():
    remote = Steered(LocalTransport(), Server("localhost"), lease=1, every=0.2)
    remote.connect()
    assert remote.run("sleep 2.5; echo done").stdout == "done\n"
    remote.close()


def test_there_may_be_no_lease():
    remote = Steered(LocalTransport(), Server("localhost"), lease=0)
    remote.connect()
    assert remote.run("echo done").stdout == "done\n"
    remote.close()


def test_closing_while_something_runs_ends_it(remote: Steered):
    sleep = token()

    async def scenario() -> object:
        task = asyncio.ensure_future(remote.remote.execute(Block((Line(f"sleep {sleep}", ""),)), remote.watch))
        await begun(sleep)
        await remote.remote.close()
        return (await task)[0].note

    assert remote.runner.run(scenario()) == "lost"
    wait_until(lambda: not alive(sleep))
