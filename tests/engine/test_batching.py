"""The word `batch`: one block a server, results behind it, and one error for all that failed."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import batch, capture, cd, put, role, run, stream, task
from capify.errors import CommandFailed
from capify.events import CommandPreviewed, CommandStarted
from capify.outcomes import Result, Results, Verdict


def rehearse(body: Callable[[], Any], **given: Any) -> Rehearsal:
    """Two servers, and a task with this body; also one that can be called."""

    def recipe() -> None:
        role("app", "a1", "a2")
        task("work")(body)
        task("other")(lambda: run("other"))

    return Rehearsal(recipe, **given)


def test_a_batch_goes_to_each_server_as_one_block_and_results_come_behind_it():
    kept: list[Results] = []

    def body() -> None:
        with batch(), cd("/srv"):
            kept.append(run("one"))
            kept.append(run("two", on="a1"))
            put("text", "three")

    rehearsal = rehearse(body)
    rehearsal["a1"].on("cd -- /srv && { two\n}").says("2")
    assert rehearsal.runs("work").status == 0
    assert [[line.shown for line in block.lines] for block in rehearsal["a1"].ran] == [
        ["cd -- /srv && { one\n}", "cd -- /srv && { two\n}", "put three"],
    ]  # fmt: skip
    assert len(rehearsal["a2"].ran) == 1
    assert [list(map(str, results)) for results in kept] == [["a1", "a2"], ["a1"]]
    assert kept[1]["a1"].stdout == "2"
    assert len(rehearsal.seen(CommandStarted)) == 3


def test_a_failed_line_stops_the_rest_on_that_server_and_the_others_finish():
    caught: list[CommandFailed] = []
    kept: list[Results] = []

    def body() -> None:
        try:
            with batch():
                run("one")
                kept.append(run("two"))
        except CommandFailed as error:
            caught.append(error)
            raise

    rehearsal = rehearse(body)
    rehearsal["a1"].on("one").fails(3)
    ended = rehearsal.runs("work")
    assert ended.status == 1
    assert (rehearsal.commands("a1"), rehearsal.commands("a2")) == (["one"], ["one", "two"])
    assert [(str(server), result.command) for server, result in caught[0].results.failed.items()] == [("a1", "one")]
    assert kept[0]["a1"].note == "skipped"
    assert [outcome.verdict for outcome in ended.outcomes] == [Verdict.FAILED, Verdict.OK]


def test_servers_that_fail_at_different_lines_are_told_together():
    def body() -> None:
        with batch():
            run("one")
            run("two")

    rehearsal = rehearse(body)
    rehearsal["a1"].on("one").fails()
    rehearsal["a2"].on("two").fails()
    ended = rehearsal.runs("work")
    assert ended.failure is not None
    assert ended.failure.command == "one / two"
    assert {str(server) for server in ended.failure.endings} == {"a1", "a2"}


def in_a_batch(word: Callable[[], object]) -> Callable[[], None]:
    def body() -> None:
        with batch():
            word()

    return body


def look(results: Results) -> Result:
    return results["a1"]


MISUSES: dict[str, tuple[Callable[[], object], str]] = {
    "an answer": (lambda: capture("x"), "no answers before its end"),
    "a look": (lambda: look(run("x")), "no answers before its end"),
    "tolerance": (lambda: run("x", check=False), "no `check=False`"),
    "a task": (lambda: __import__("capify").invoke("other"), "called in a batch"),
    "a stream": (lambda: stream("x"), "cannot be a part of a batch"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_what_needs_an_answer_at_once_is_refused_and_nothing_is_sent(name: str):
    word, said = MISUSES[name]
    rehearsal = rehearse(in_a_batch(word))
    ended = rehearsal.runs("work")
    assert ended.failure is not None
    assert said in ended.failure.message
    assert rehearsal.commands("a1") == []


def test_an_error_in_the_block_sends_nothing():
    def body() -> None:
        with batch():
            run("one")
            raise ValueError

    rehearsal = rehearse(body)
    assert rehearsal.runs("work").status == 1
    assert rehearsal.commands("a1") == []


def test_an_empty_batch_and_one_within_another_are_nothing_special():
    def body() -> None:
        with batch():
            pass
        with batch():
            run("one")
            with batch():
                run("two")

    rehearsal = rehearse(body)
    assert rehearsal.runs("work").status == 0
    assert len(rehearsal["a1"].ran) == 1


def test_a_dry_run_shows_what_is_in_a_batch():
    rehearsal = rehearse(in_a_batch(lambda: run("one")), dry=True)
    assert rehearsal.runs("work").status == 0
    assert [event.command for event in rehearsal.seen(CommandPreviewed)] == ["one"]
    assert rehearsal.commands("a1") == []
