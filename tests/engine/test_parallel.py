"""The word `parallel`: different things at the same time, results in order, failures together."""

import threading
from typing import Any

from tests.rehearsal import Rehearsal

from capify import capture, cd, on_rollback, parallel, role, run, task, transaction
from capify.engine.parallel import ParallelFailed
from capify.errors import CommandFailed

GUARD = 30.0  # seconds until a test that hangs fails


def servers() -> None:
    role("app", "a1", "a2")


def test_bodies_run_at_the_same_time_in_the_scene_of_the_task_and_results_keep_their_order():
    kept: list[Any] = []
    meet = threading.Barrier(2, timeout=GUARD)

    def body(name: str) -> str:
        meet.wait()
        with cd(f"/{name}"):
            return f"{name}: {capture('pwd')}"

    def recipe() -> None:
        servers()

        @task
        def work():
            with cd("/srv"):
                kept.extend(parallel(lambda: body("one"), lambda: body("two"), other))
                run("after")

        @task
        def other():
            run("other")
            return 3

    rehearsal = Rehearsal(recipe)
    for name in ("one", "two"):
        for server in ("a1", "a2"):
            rehearsal[server].on(f"cd -- /{name} && {{ pwd\n}}").says(f"/{name}\n")
    ended = rehearsal.runs("work")
    assert ended.status == 0, ended.failure
    assert kept == ["one: /one", "two: /two", 3]
    assert rehearsal.commands("a1")[-1] == "cd -- /srv && { after\n}"
    assert "other" in rehearsal.commands("a1")


def test_all_finish_and_one_failure_is_raised_as_it_is():
    caught: list[BaseException] = []

    def recipe() -> None:
        servers()

        @task
        def work():
            try:
                parallel(lambda: run("bad"), lambda: [run("one"), run("two")])
            except CommandFailed as error:
                caught.append(error)

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("bad").fails()
    assert rehearsal.runs("work").status == 0
    assert [str(server) for server in caught[0].results.failed] == ["a1"]  # type: ignore[attr-defined]
    assert sorted(rehearsal.commands("a1")) == ["bad", "one", "two"]


def test_several_failures_are_told_together():
    caught: list[ParallelFailed] = []

    def recipe() -> None:
        servers()

        @task
        def work():
            try:
                parallel(lambda: run("bad"), lambda: run("worse"), lambda: run("good"))
            except ParallelFailed as error:
                caught.append(error)
                raise

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("bad").fails(2)
    rehearsal["a2"].on("worse").fails(3)
    ended = rehearsal.runs("work")
    assert ended.status == 1
    assert ended.failure is not None
    assert ended.failure.message == "2 of 3 bodies failed: a1: exit 2: bad; a2: exit 3: worse"
    assert len(caught[0].errors) == 2
    assert [str(outcome.verdict) for outcome in ended.outcomes] == ["failed", "failed"]


def test_each_body_undoes_its_own_transaction_and_no_other():
    def undoing(name: str, *, fails: bool) -> None:
        with transaction():
            on_rollback(lambda: run(f"undo {name}"))
            run(f"do {name}")
            if fails:
                raise ValueError(name)

    def recipe() -> None:
        servers()

        @task
        def work():
            parallel(lambda: undoing("a", fails=True), lambda: undoing("b", fails=False))

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("work").status == 6
    assert sorted(rehearsal.commands("a1")) == ["do a", "do b", "undo a"]


def test_within_a_transaction_a_failure_undoes_what_all_bodies_registered():
    def doing(name: str) -> None:
        with transaction():
            on_rollback(lambda: run(f"undo {name}"))
            run(f"do {name}")

    def recipe() -> None:
        servers()

        @task
        def work():
            with transaction():
                parallel(lambda: doing("a"), lambda: doing("b"))
                run("later")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("later").fails()
    assert rehearsal.runs("work").status == 6
    assert sorted(rehearsal.commands("a1")) == ["do a", "do b", "later", "undo a", "undo b"]


def test_a_called_function_is_no_body():
    def recipe() -> None:
        servers()

        @task
        def work():
            parallel(run("x"))  # type: ignore[arg-type]

    ended = Rehearsal(recipe).runs("work")
    assert ended.failure is not None
    assert "`parallel` takes functions" in ended.failure.message
