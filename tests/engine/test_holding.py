"""What is held for the whole invocation: entered once, left behind the last hook, whatever came between."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.operating import Operator, wait_until
from tests.rehearsal import Rehearsal
from tests.steering import alive, token

from capify import Inconsistent, abort, batch, cd, hold, on, parallel, role, run, task
from capify.events import Warned

TAKE, RELEASE = (f"cd -- /srv && {{ {word}\n}}" for word in ("take", "release"))


def project(make, *, work=lambda: None) -> Rehearsal:
    """Two servers, a task that holds on one of them, one that works on both, and a hook at the end."""

    def recipe() -> None:
        role("app", "a1", "a2")
        role("db", "a1")

        @task(roles="db")
        def begin():
            run(f"began with {hold(make)}")

        @task(roles="app")
        def go_on():
            run(f"went on with {hold(make)}")
            work()

        on("exit", lambda: run("exit hook"))
        on("failure", lambda: run("failure hook"))

    return Rehearsal(recipe)


@contextmanager
def lock() -> Iterator[str]:
    with cd("/srv"):
        run("take")
        yield "it"
        run("release")


def test_what_is_held_is_entered_once_and_left_behind_the_last_hook_where_it_was_entered():
    rehearsal = project(lock)
    assert rehearsal.runs("begin", "go_on", "begin").status == 0
    began, went_on = "began with it", "went on with it"
    assert rehearsal.commands("a1") == [TAKE, began, went_on, began, "exit hook", RELEASE]
    assert rehearsal.commands("a2") == ["went on with it", "exit hook"]


def test_after_a_failure_it_is_left_too_and_what_fails_there_is_a_warning():
    rehearsal = project(lock, work=lambda: abort("no", exit=3))
    rehearsal["a1"].on(RELEASE).fails(9)
    ended = rehearsal.runs("begin", "go_on")
    assert ended.status == 3
    assert rehearsal.commands("a1")[-3:] == ["failure hook", "exit hook", RELEASE]
    (warned,) = rehearsal.seen(Warned)
    assert "leaving `lock` failed" in warned.text
    assert warned.places[0].file.endswith("test_holding.py")


def test_what_fails_on_leaving_does_not_make_a_success_a_failure():
    rehearsal = project(lock)
    rehearsal["a1"].on(RELEASE).fails(9)
    assert rehearsal.runs("begin").status == 0
    assert len(rehearsal.seen(Warned)) == 1


@pytest.mark.parametrize(("fails", "status", "warnings"), [(False, 7, 0), (True, 3, 1)])
def test_inconsistent_on_leaving_counts_where_nothing_failed_before(fails: bool, status: int, warnings: int):
    @contextmanager
    def hollow() -> Iterator[str]:
        yield "it"
        raise Inconsistent("the servers differ")

    rehearsal = project(hollow, work=(lambda: abort("no", exit=3)) if fails else lambda: None)
    assert rehearsal.runs("go_on").status == status
    assert len(rehearsal.seen(Warned)) == warnings


def test_what_is_held_is_left_latest_first_also_when_one_fails_and_a_dry_run_holds_as_well():
    @contextmanager
    def outer() -> Iterator[str]:
        yield "outer"
        run("leave outer")

    @contextmanager
    def inner() -> Iterator[str]:
        hold(outer)
        yield "inner"
        run("leave inner")
        raise ValueError("no")

    rehearsal = project(inner)
    assert rehearsal.runs("begin").status == 0
    assert rehearsal.commands("a1")[-2:] == ["leave inner", "leave outer"]
    dry = project(inner)
    dry.dry = True
    assert dry.runs("begin").status == 0
    assert dry.commands("a1") == []
    assert "ValueError: no" in dry.seen(Warned)[0].text


def test_one_that_cannot_be_entered_is_not_held_and_is_tried_again():
    tries = []

    @contextmanager
    def shy() -> Iterator[str]:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        yield "it"

    rehearsal = project(shy)
    assert rehearsal.runs("begin").status == 1
    assert rehearsal.seen(Warned) == []
    assert rehearsal.runs("begin").status == 0
    assert len(tries) == 2


def test_two_invocations_share_nothing():
    rehearsal = project(lock)
    assert [rehearsal.runs("begin").status for _ in range(2)] == [0, 0]
    assert rehearsal.commands("a1").count(TAKE) == 2


def test_what_cannot_be_held_is_refused():
    nothing = project(lambda: "text")
    ended = nothing.runs("begin")
    assert ended.status == 2
    assert ended.failure
    assert "makes no context that `hold` can enter, but 'text'" in ended.failure.message

    @contextmanager
    def itself() -> Iterator[str]:
        yield hold(itself)

    again = project(itself).runs("begin")
    assert again.status == 2
    assert again.failure
    assert "`itself` holds itself" in again.failure.message


def test_bodies_of_parallel_get_what_is_held_and_begin_to_hold_nothing():
    rehearsal = project(lock, work=lambda: parallel(lambda: run(f"beside with {hold(lock)}")))
    assert rehearsal.runs("go_on").status == 0
    assert "beside with it" in rehearsal.commands("a2")

    def recipe() -> None:
        role("app", "a1")

        @task
        def work():
            parallel(lambda: hold(lock))

    ended = Rehearsal(recipe).runs("work")
    assert ended.status == 2
    assert ended.failure
    assert ended.failure.advice.startswith("hold it before `parallel`")


def test_nothing_begins_to_be_held_in_a_batch():
    def recipe() -> None:
        role("app", "a1")

        @task
        def work():
            with batch():
                hold(lock)

    ended = Rehearsal(recipe).runs("work")
    assert ended.status == 2
    assert ended.failure
    assert "`hold` cannot begin to hold `lock` in a batch" in ended.failure.message


HEAD = """\
from contextlib import contextmanager
from capify import after, hold, keep_doing, on, run, say, server, session, config, task

config.transport = "local"
config.grace = 1
server("localhost", "app")


"""


@pytest.fixture
def alone(tmp_path: Path) -> Operator:
    (tmp_path / "home").mkdir()
    return Operator(tmp_path / "project")


TALKING = """\
@contextmanager
def waiting():
    with keep_doing(0.05, "echo beat >> beats"), session({command!r}, shown="the switch") as process:
        yield process
    run("touch left")


@task
def begin():
    hold(waiting)


@task
def switch():
    hold(waiting).send("now")
    said = hold(waiting).expect("now")
    say(f"said {{[*said.values()]}}, in {{len(hold(waiting).took)}} place, {{all(s >= 0 for s in hold(waiting).took.values())}}")
    run("while [ $(wc -l < beats) -lt 3 ]; do sleep 0.01; done")


on("exit", lambda: run("test ! -e left"))
"""  # noqa: E501


def test_a_session_and_a_heartbeat_last_from_one_task_to_the_next(alone: Operator):
    alone.write({"capfile.py": HEAD + TALKING.format(command="while read -r line; do echo got $line; done")})
    said = alone.does("begin", "switch")
    assert "said ['got now'], in 1 place, True" in said.err
    assert "the switch" in said.err
    assert "got now" not in said.out
    assert "warning" not in said.err
    assert (alone.project / "left").exists()


def test_after_one_ctrl_c_what_is_held_is_left(alone: Operator):
    sleep = token()
    work = f'    hold(waiting)\n    run("sleep {sleep}")\n'
    alone.write({"capfile.py": HEAD + TALKING.format(command="cat") + f"\n\n@task\ndef work():\n{work}"})
    with alone.begins("work") as running:
        wait_until(lambda: alive(sleep))
        running.interrupt(signal.SIGINT)
        said = running.ends()
    assert said.status == 130
    assert (alone.project / "left").exists()
    assert "leaving" not in said.err
    assert not alive(sleep)


def test_a_second_ctrl_c_drops_what_is_held_without_leaving_it(alone: Operator):
    sleep, other, undoing = token(), token(), token()
    body = f"""\
@contextmanager
def waiting():
    with session("sleep {other}") as process:
        try:
            yield process
        finally:
            run("touch left")


@task
def work():
    hold(waiting)
    try:
        run("sleep {sleep}")
    finally:
        run("sleep {undoing}")
"""
    alone.write({"capfile.py": HEAD + body})
    with alone.begins("work") as running:
        wait_until(lambda: alive(sleep) and alive(other))
        running.interrupt(signal.SIGINT)
        wait_until(lambda: alive(undoing))
        running.interrupt(signal.SIGINT)
        said = running.ends()
    assert said.status == 130
    assert "touch left" not in said.err
    assert "ignored" not in said.err
    assert not (alone.project / "left").exists()
    wait_until(lambda: not alive(sleep) and not alive(other) and not alive(undoing))
