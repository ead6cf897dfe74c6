"""Tasks that call, end, fail and are interrupted oddly: who runs what where stays true, and so does what is told."""

import os
import signal
import sys
from contextlib import suppress
from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import (
    CommandFailed,
    Refused,
    abort,
    before,
    config,
    on,
    on_rollback,
    role,
    run,
    server,
    task,
    transaction,
)  # fmt: skip
from capify.engine.undo import Transactions
from capify.errors import CheckFailed
from capify.events import InvocationEnded, Notice, TaskSkipped, Warned
from capify.outcomes import Verdict

HERE = "tests/engine/test_attack_flow.py"


def interrupt(times: int = 1) -> None:
    """Press Ctrl-C, and swallow all but the last."""
    for _ in range(times - 1):
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


def failure(ended: InvocationEnded) -> Any:
    assert ended.failure is not None
    return ended.failure


def test_a_local_task_may_call_one_whose_servers_the_plan_did_not_know():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task(roles="app")
        def remote():
            run("x")

        @task(local=True)
        def work():
            remote()

    rehearsal = Rehearsal(recipe)
    ended = rehearsal.runs("work")
    assert (ended.status, rehearsal.commands("a1"), rehearsal.commands("a2")) == (0, ["x"], ["x"])
    assert [str(one.server) for one in ended.outcomes] == ["a1", "a2"]


def test_a_server_that_only_a_body_leads_to_and_cannot_be_reached_ends_with_5_and_is_named():
    def recipe() -> None:
        role("app", "a1")
        role("db", "d1", "d2")

        @task(roles="db")
        def remote():
            run("y")

        @task(local=True)
        def work():
            remote()

    rehearsal = Rehearsal(recipe)
    rehearsal["d2"].unreachable()
    ended = rehearsal.runs("work")
    assert (ended.status, rehearsal.commands("d1")) == (5, [])
    assert {str(one.server): one.verdict for one in ended.outcomes}["d2"] == Verdict.UNREACHED


def test_a_wave_narrows_also_through_a_local_task_between():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task(roles="app")
        def remote():
            run("x")

        @task(local=True)
        def between():
            remote()

        @task(roles="app", at_once=1)
        def work():
            between()

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("work").status == 0
    assert (rehearsal.commands("a1"), rehearsal.commands("a2")) == (["x"], ["x"])


def test_a_task_that_calls_itself_without_end_is_told_so():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            work()

    ended = Rehearsal(recipe).runs("work")
    assert ended.status == 2
    assert "more than 50 deep" in failure(ended).message
    assert not failure(ended).ours


def test_a_call_with_arguments_that_do_not_fit_is_the_recipes_fault_with_its_line():
    def recipe() -> None:
        server("a1", "app")

        @task
        def logs(lines: int):
            run(f"tail -n {lines}")

        @task
        def work():
            logs()  # type: ignore[call-arg]

    ended = Rehearsal(recipe).runs("work")
    assert failure(ended).message == "task `logs`: missing a required argument: 'lines'"
    assert (str(failure(ended).place).rpartition(":")[0], failure(ended).ours) == (HERE, False)


@pytest.mark.parametrize(("code", "status", "said"), [
    (3, 3, "the recipe left by `sys.exit(3)`"), (256, 1, "the recipe left by `sys.exit(256)`"),
    ("stop here", 1, "stop here"),
])  # fmt: skip
def test_leaving_by_sys_exit_means_what_abort_means(code: Any, status: int, said: str):
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            sys.exit(code)

    ended = Rehearsal(recipe).runs("work")
    assert (ended.status, failure(ended).message, failure(ended).traceback) == (status, said, "")
    assert str(failure(ended).place).startswith(HERE)


def test_leaving_quietly_ends_the_invocation_well_but_not_within_a_transaction():
    def recipe() -> None:
        server("a1", "app")

        @task
        def quietly():
            sys.exit()

        @task
        def within():
            with transaction():
                on_rollback(lambda: run("undo"))
                sys.exit()

        on("exit", lambda: sys.exit(9))

    assert Rehearsal(recipe).runs("quietly").status == 0
    rehearsal = Rehearsal(recipe)
    assert (rehearsal.runs("within").status, rehearsal.commands("a1")) == (6, ["undo"])


def test_the_failed_task_that_is_told_is_the_one_that_ended_the_invocation():
    def recipe() -> None:
        server("a1", "app")

        @task
        def shaky():
            run("shaky")

        @task
        def work():
            try:
                shaky()
            except CommandFailed:
                last()

        @task
        def last():
            abort("no")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("shaky").fails()
    assert failure(rehearsal.runs("work")).task == "last"


def test_servers_that_nothing_was_sent_to_are_said_to_be_untouched():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task(at_once=1)
        def work():
            run("x")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("x").fails()
    assert [(str(one.server), one.detail) for one in rehearsal.runs("work").outcomes] == [
        ("a1", "exit 1: x"), ("a2", "nothing was run"),
    ]  # fmt: skip


def test_after_a_failed_connection_no_hook_runs_anything_on_the_servers_that_were_reached():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            run("x")

        @task
        def tell():
            run("tell")

        on("failure", lambda: run("enable"))
        on("failure", "tell")

    rehearsal = Rehearsal(recipe)
    rehearsal["a2"].unreachable()
    ended = rehearsal.runs("work")
    assert (ended.status, rehearsal.commands("a1"), rehearsal["a1"].connected) == (5, [], False)
    assert failure(ended).changed == "nothing was changed on any server"
    assert [event.task for event in rehearsal.seen(TaskSkipped)] == ["tell"]


def test_a_check_that_finds_something_beside_failed_servers_is_1():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task(on_error="continue")
        def work():
            run("x")
            raise CheckFailed("drift")

        @task(on_error="continue")
        def refused():
            run("x")
            raise Refused("locked")

    for name, status in (("work", 1), ("refused", 3)):
        rehearsal = Rehearsal(recipe)
        rehearsal["a1"].on("x").fails()
        assert rehearsal.runs(name).status == status


def test_an_interrupted_command_leaves_its_servers_not_ok():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            run("x", on="a2")
            interrupting()
            run("x")

        def interrupting() -> None:
            signal.setitimer(signal.ITIMER_REAL, 0.05)

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("x").hangs()
    before_us = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        ended = rehearsal.runs("work")
    finally:
        signal.signal(signal.SIGALRM, before_us)
    assert ended.status == 130
    assert [(str(one.server), one.verdict, one.detail) for one in ended.outcomes] == [
        ("a1", Verdict.FAILED, "interrupted: x"), ("a2", Verdict.OK, ""),
    ]  # fmt: skip
    assert len(rehearsal["a1"].stopped) == 1


def test_interrupted_and_undone_is_said_to_be_undone():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            with transaction():
                on_rollback(lambda: run("undo"))
                run("do")
                interrupt()

    rehearsal = Rehearsal(recipe)
    ended = rehearsal.runs("work")
    assert (ended.status, rehearsal.commands("a1")) == (130, ["do", "undo"])
    assert (failure(ended).message, failure(ended).changed) == ("interrupted", "what had been done was undone")


def test_twice_before_an_undo_begins_begins_none_and_says_which_were_left():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            with transaction():
                on_rollback(lambda: run("undo"))
                run("do")
                interrupt(2)

        on("failure", lambda: run("tell"))

    rehearsal = Rehearsal(recipe)
    ended = rehearsal.runs("work")
    assert (ended.status, rehearsal.commands("a1")) == (7, ["do"])
    assert "undoing `work`: not begun" in failure(ended).message
    assert rehearsal.seen(TaskSkipped)[0].reason == "everything was let go"


def test_a_recipe_that_swallows_ctrl_c_twice_can_still_be_ended():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            interrupt(3)

    assert Rehearsal(recipe).runs("work").status == 130


def test_a_signal_that_was_ignored_from_the_start_stays_ignored():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            os.kill(os.getpid(), signal.SIGHUP)
            run("x")

    before_us = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert Rehearsal(recipe).runs("work").status == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before_us)


def test_ctrl_c_in_a_hook_on_exit_is_not_lost():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work(): ...

        on("exit", interrupt)

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("work").status == 130
    assert "was interrupted" in rehearsal.seen(Warned)[0].text


def test_ctrl_c_while_an_undo_is_announced_loses_none_of_them():
    undone: list[str] = []
    transactions = Transactions()
    transactions.begin()
    for name in ("one", "two", "three"):
        transactions.register(name, lambda name=name: undone.append(name))  # type: ignore[misc]

    def announce(task: str) -> None:
        if task == "two":
            raise KeyboardInterrupt

    ended = transactions.abandon(announce)
    assert undone == ["three"]
    assert [(task, str(error)) for task, error in ended.failures] == [("two", "interrupted"), ("one", "not begun")]


def test_leaving_an_undo_by_sys_exit_does_not_stop_the_others():
    undone: list[str] = []
    transactions = Transactions()
    transactions.begin()
    transactions.register("one", lambda: undone.append("one"))
    transactions.register("two", sys.exit)
    assert [task for task, _ in transactions.abandon(lambda _: None).failures] == ["two"]
    assert undone == ["one"]


def test_the_user_cannot_change_when_servers_are_connected():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            config.user = "other"

    assert "`user` cannot change" in failure(Rehearsal(recipe).runs("work")).message


def test_a_value_that_asks_a_server_too_early_is_told_so():
    def recipe() -> None:
        server("a1", "app")
        config.revision = lambda: run("git rev-parse HEAD")  # type: ignore[assignment]  # as a recipe may

        @task(announces="revision")
        def work(): ...

    assert "no server is connected" in failure(Rehearsal(recipe).runs("work")).message


def test_a_plain_hook_works_on_just_the_servers_of_its_task_or_sequence():
    def recipe() -> None:
        role("app", "a1", "a2")
        role("db", "d1")

        @task(roles="app", once=True)
        def migrate():
            run("migrate")

        from capify import namespace

        namespace("all").sequence("work", ":migrate")
        before("migrate", lambda: run("backup"))
        before("all:work", lambda: run("first"))

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("all:work").status == 0
    assert rehearsal.commands("a1") == ["first", "backup", "migrate"]
    assert rehearsal.commands("a2") == rehearsal.commands("d1") == []


@pytest.mark.parametrize(("marked", "said"), [
    (True, []), (False, ["no server is marked `primary=True`, so `a1` is taken for it"]),
])  # fmt: skip
def test_a_server_that_is_taken_for_the_primary_is_named(marked: bool, said: list[str]):
    def recipe() -> None:
        server("a1", "app", primary=marked)
        server("a2", "app")

        @task(primary=True)
        def work():
            run("x")

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("work")
    assert [event.text for event in rehearsal.seen(Notice)] == said
    assert (rehearsal.commands("a1"), rehearsal.commands("a2")) == (["x"], [])
