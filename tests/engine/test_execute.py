"""What an invocation does, on servers that answer as they were told."""

import threading
from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import (
    Answers,
    CommandFailed,
    RolledBack,
    ServersDisagree,
    abort,
    after,
    as_user,
    before,
    capture,
    cd,
    confirm,
    dry_run,
    env,
    exists,
    invoke,
    namespace,
    on,
    on_rollback,
    role,
    run,
    script,
    server,
    servers,
    sudo,
    task,
    test,
    transaction,
)  # fmt: skip
from capify.errors import CapifyError
from capify.events import CommandPreviewed, TaskSkipped, TaskStarted, Undecided, Undoing, Warned
from capify.outcomes import Verdict
from capify.shell import quote


def four() -> None:
    role("app", "a1", "a2", "a3", "a4")
    role("db", "d1")

    @task(roles="app")
    def work():
        run("make")
        run("make install")


def test_a_command_runs_on_all_servers_of_the_wave():
    rehearsal = Rehearsal(four)
    assert rehearsal.runs("work").status == 0
    assert [rehearsal.commands(name) for name in ("a1", "a4", "d1")] == [["make", "make install"]] * 2 + [[]]


def test_when_some_servers_fail_all_finish_the_command_and_none_begins_the_next():
    rehearsal = Rehearsal(four)
    rehearsal["a2"].on("make").fails(2, "no rule\n")
    rehearsal["a3"].on("make").fails(3, "no space\n")
    ended = rehearsal.runs("work")
    assert ended.status == 1
    assert [rehearsal.commands(name) for name in ("a1", "a2", "a3", "a4")] == [["make"]] * 4
    assert ended.failure is not None
    assert {str(s): tail for s, tail in ended.failure.tails.items()} == {"a2": ("no rule",), "a3": ("no space",)}
    assert {str(s): how for s, how in ended.failure.endings.items()} == {"a2": "exit 2", "a3": "exit 3"}
    assert {str(o.server): o.verdict for o in ended.outcomes} == {
        "a1": Verdict.OK, "a2": Verdict.FAILED, "a3": Verdict.FAILED, "a4": Verdict.OK,
    }  # fmt: skip
    assert str(ended.failure.place).startswith("tests/engine/test_execute.py:")


def test_a_failure_carries_every_result():
    caught = []

    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            try:
                run("make")
            except CommandFailed as error:
                caught.append(error)

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("make").says("built\n")
    rehearsal["a2"].on("make").fails(2)
    assert rehearsal.runs("work").status == 0
    assert (caught[0].results["a1"].text, caught[0].results["a2"].status) == ("built", 2)


def test_without_check_the_results_are_returned():
    kept = []

    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            kept.append(run("make", check=False))

    rehearsal = Rehearsal(recipe)
    rehearsal["a2"].on("make").fails(2)
    assert rehearsal.runs("work").status == 0
    assert [result.ok for result in kept[0].values()] == [True, False]


def test_one_unreachable_server_means_that_nothing_runs_anywhere():
    rehearsal = Rehearsal(four)
    rehearsal["a3"].unreachable("connection refused")
    ended = rehearsal.runs("work")
    assert ended.status == 5
    assert [rehearsal.commands(f"a{number}") for number in range(1, 5)] == [[]] * 4
    assert {str(o.server): o.detail for o in ended.outcomes}["a3"] == "connection refused"
    assert ended.failure is not None
    assert ended.failure.changed == "nothing was changed on any server"


def test_only_servers_of_the_plan_are_connected():
    rehearsal = Rehearsal(four)
    rehearsal.runs("work")
    assert not rehearsal["d1"].connected


def test_a_lost_connection_is_a_failure_and_its_outcome_unknown():
    rehearsal = Rehearsal(four)
    rehearsal["a2"].on("make").loses()
    ended = rehearsal.runs("work")
    assert ended.status == 1
    assert {str(o.server): o.verdict for o in ended.outcomes}["a2"] == Verdict.UNKNOWN


def test_waves_follow_each_other_and_a_failed_wave_stops_the_next():
    def recipe() -> None:
        role("app", "a1", "a2", "a3", "a4")

        @task(at_once=2)
        def restart():
            run("restart")

    rehearsal = Rehearsal(recipe)
    rehearsal["a2"].on("restart").fails()
    assert rehearsal.runs("restart").status == 1
    assert [rehearsal.commands(f"a{number}") for number in range(1, 5)] == [["restart"], ["restart"], [], []]
    assert [(e.wave, e.waves) for e in rehearsal.seen(TaskStarted)] == [(1, 2)]


def test_a_wave_of_one_that_calls_a_task_works_on_that_wave_only():
    def recipe() -> None:
        role("app", "a1", "a2", "a3")

        @task
        def drain():
            run("drain")

        @task(at_once=1)
        def restart():
            drain()
            run("restart")

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("restart")
    drains = [[str(s) for s in e.servers] for e in rehearsal.seen(TaskStarted) if e.task == "drain"]
    assert drains == [["a1"], ["a2"], ["a3"]]
    assert [rehearsal.commands(f"a{number}") for number in (1, 2, 3)] == [["drain", "restart"]] * 3


def test_a_called_task_that_selects_none_of_the_callers_servers_is_an_error():
    def recipe() -> None:
        role("app", "a1")
        role("db", "d1")

        @task(roles="db")
        def migrate(): ...

        @task(roles="app")
        def work():
            invoke("migrate")

    ended = Rehearsal(recipe).runs("work")
    assert ended.status == 2
    assert ended.failure is not None
    assert "in the wave of `work`" in ended.failure.message


def test_a_task_runs_every_time_it_is_called_with_its_hooks():
    def recipe() -> None:
        server("a1", "app")

        @task
        def a(): ...

        @task
        def b():
            a()
            a()

        before("a", lambda: run("before"))

        @after("a")
        def afterwards():
            run("after")

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("b", "a")
    assert rehearsal.commands("a1") == ["before", "after"] * 3


def test_a_task_takes_arguments_and_returns_what_its_body_returns():
    kept = []

    def recipe() -> None:
        server("a1", "app")

        @task
        def add(one: int, two: int = 2) -> int:
            return one + two

        @task
        def work():
            kept.append(add(1, two=5))

    Rehearsal(recipe).runs("work")
    assert kept == [6]


def test_a_definition_that_wraps_builds_on_the_earlier_one():
    def recipe() -> None:
        server("a1", "app")
        deploy = namespace("deploy")

        @deploy.task
        def restart():
            run("restart")

        @deploy.task("restart", wraps=True)
        def around(original):
            run("before")
            original()

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("deploy:restart")
    assert rehearsal.commands("a1") == ["before", "restart"]


def test_wrappers_surround_every_spelling():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            with cd("/srv"), env(RAILS_ENV="it's"):
                run("a; b")
                run(["touch", "two words"])
                with as_user("app"):
                    run("whoami")
            sudo("id", user="root")

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("work")
    assert [line.text for line in rehearsal["a1"].lines] == [
        "cd -- /srv && export RAILS_ENV='it'\"'\"'s' && { a; b\n}",
        "cd -- /srv && export RAILS_ENV='it'\"'\"'s' && touch 'two words'",
        "sudo -n -u app -- sh -c " + quote("cd -- /srv && export RAILS_ENV='it'\"'\"'s' && { whoami\n}"),
        "sudo -n -u root -- id",
    ]


def test_capture_returns_the_one_answer_if_all_agree_and_says_who_said_what_if_not():
    kept: list[Any] = []
    caught: list[ServersDisagree] = []

    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            kept.append(capture("hostname"))
            kept.append(capture("uptime", each=True))
            try:
                capture("uptime")
            except ServersDisagree as error:
                caught.append(error)
            kept.append(capture("uptime", once=True))

    rehearsal = Rehearsal(recipe)
    for name in ("a1", "a2"):
        rehearsal[name].on("hostname").says("same\n")
        rehearsal[name].on("uptime").says(f"{name}\n")
    assert rehearsal.runs("work").status == 0
    assert (kept[0], list(kept[1].values()), kept[2]) == ("same", ["a1", "a2"], "a1")
    assert {answer: [str(s) for s in who] for answer, who in caught[0].groups.items()} == {"a1": ["a1"], "a2": ["a2"]}


def test_a_question_that_cannot_be_asked_is_no_answer():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            assert not test("false")
            test("nonsense")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("false").fails(1)
    rehearsal["a1"].on("nonsense").fails(127)
    assert rehearsal.runs("work").status == 1


def test_scripts_answer_by_name():
    kept: list[Answers] = []

    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            kept.extend(script("print", reads=True).values())

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("print").says("release\t1\nrelease\t2\nlive\t2\nnoise\n")
    rehearsal.runs("work")
    assert (dict(kept[0]), kept[0].one("live")) == ({"release": ("1", "2"), "live": ("2",)}, "2")


def test_a_failed_transaction_undoes_what_was_done_latest_first_and_exits_6():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            with transaction():
                on_rollback(lambda: run("undo 1"))
                run("do 1")
                on_rollback(lambda: run("undo 2"))
                run("do 2")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("do 2").fails()
    ended = rehearsal.runs("work")
    assert ended.status == 6
    assert rehearsal.commands("a1") == ["do 1", "do 2", "undo 2", "undo 1"]
    assert len(rehearsal.seen(Undoing)) == 2


def test_an_undo_that_fails_does_not_stop_the_others_and_exits_7():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            with transaction():
                on_rollback(lambda: run("undo 1"))
                on_rollback(lambda: run("undo 2"))
                run("do")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("do").fails()
    rehearsal["a1"].on("undo 2").fails()
    assert rehearsal.runs("work").status == 7
    assert rehearsal.commands("a1") == ["do", "undo 2", "undo 1"]


def test_a_sequence_in_a_transaction_undoes_on_the_servers_that_registered_it():
    def recipe() -> None:
        role("app", "a1", "a2")
        deploy = namespace("deploy")

        @deploy.task
        def code():
            on_rollback(lambda: run("discard"))
            run("fetch")

        @deploy.task
        def link():
            run("link")

        deploy.sequence("update", "code", "link", in_transaction=True)

        @deploy.task
        def restart():
            run("restart")

        deploy.sequence("default", "update", "restart")

    rehearsal = Rehearsal(recipe)
    rehearsal["a2"].on("link").fails()
    assert rehearsal.runs("deploy").status == 6
    assert rehearsal.commands("a1") == ["fetch", "link", "discard"]

    later = Rehearsal(recipe)
    later["a2"].on("restart").fails()
    assert later.runs("deploy").status == 1
    assert later.commands("a1") == ["fetch", "link", "restart"]


def test_rolled_back_can_be_caught_with_its_cause():
    caught = []

    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            try:
                with transaction():
                    on_rollback(lambda: run("undo"))
                    abort("no")
            except RolledBack as error:
                caught.append(error.__cause__)

    assert Rehearsal(recipe).runs("work").status == 0
    assert isinstance(caught[0], CapifyError)


def test_a_task_that_carries_on_leaves_failed_servers_out_and_still_exits_1():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task(on_error="continue")
        def work():
            run("one")
            run("two")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("one").fails()
    assert rehearsal.runs("work").status == 1
    assert (rehearsal.commands("a1"), rehearsal.commands("a2")) == (["one"], ["one", "two"])


def test_a_dry_run_only_asks_and_shows_what_it_would_run():
    kept = []

    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            kept.append((dry_run(), capture("cat VERSION")))
            run("write")
            script("also writes")

    rehearsal = Rehearsal(recipe, dry=True)
    rehearsal["a1"].on("cat VERSION").says("7\n")
    assert rehearsal.runs("work").status == 0
    assert (kept, rehearsal.commands("a1")) == ([(True, "7")], ["cat VERSION"])
    assert [e.command for e in rehearsal.seen(CommandPreviewed)] == ["write", "also writes"]


def test_a_preview_ends_where_it_depends_on_something_not_done_and_the_next_task_goes_on():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            made = run("make")
            if "ok" in made["a1"].stdout:
                run("never known")

        @task
        def also():
            run("mkdir x")
            capture("ls x")

        @task
        def last():
            run("last")

    rehearsal = Rehearsal(recipe, dry=True)
    rehearsal["a1"].on("ls x").fails(2, "no such file")
    assert rehearsal.runs("work", "also", "last").status == 0
    assert [e.task for e in rehearsal.seen(Undecided)] == ["work", "also"]
    assert [e.command for e in rehearsal.seen(CommandPreviewed)] == ["make", "mkdir x", "last"]


def test_confirming_each_command_can_skip_and_abort():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            run("one")
            run("two")
            run("three")
            run("four")

    rehearsal = Rehearsal(recipe, asks=True, answers=["y", "n", "", "a"])
    assert rehearsal.runs("work").status == 1
    assert rehearsal.commands("a1") == ["one", "three"]


def test_not_confirming_aborts():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            confirm("sure?")
            run("one")

    rehearsal = Rehearsal(recipe, answers=[""])
    assert rehearsal.runs("work").status == 1
    assert rehearsal.commands("a1") == []


def test_abort_chooses_the_exit_status():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            abort("enough", exit=3)

    assert Rehearsal(recipe).runs("work").status == 3


def test_an_exception_in_a_body_is_told_with_its_place():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            raise ValueError("odd")

    ended = Rehearsal(recipe).runs("work")
    assert ended.status == 1
    assert ended.failure is not None
    assert ended.failure.message == "ValueError: odd"
    assert str(ended.failure.place).startswith("tests/engine/test_execute.py:")


def test_moments_surround_each_named_task_and_the_end():
    said = []

    def recipe() -> None:
        server("a1", "app")

        @task
        def a(): ...

        @task
        def b():
            raise ValueError

        on("start", lambda: said.append("start"))
        on("finish", lambda: said.append("finish"))
        on("failure", lambda: said.append("failure"))
        on("exit", lambda: said.append("exit"))

    Rehearsal(recipe).runs("a", "b")
    assert said == ["start", "finish", "start", "failure", "exit"]


def test_a_hook_on_failure_cannot_hide_the_failure():
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            abort("first", exit=3)

        @on("failure")
        def tell():
            raise ValueError("second")

    rehearsal = Rehearsal(recipe)
    ended = rehearsal.runs("work")
    assert (ended.status, ended.failure.message if ended.failure else "") == (3, "first")
    assert "second" in rehearsal.seen(Warned)[0].text


def test_words_in_a_stray_thread_raise():
    caught: list[BaseException] = []

    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            def stray() -> None:
                try:
                    run("x")
                except CapifyError as error:
                    caught.append(error)

            thread = threading.Thread(target=stray)
            thread.start()
            thread.join()

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("work").status == 0
    assert "no task runs here" in str(caught[0])
    assert rehearsal.commands("a1") == []


def test_a_task_without_servers_may_be_skipped_with_a_reason():
    def recipe() -> None:
        server("a1", "app")

        @task(roles="mail", on_no_servers="skip")
        def work(): ...

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("work").status == 0
    assert "no server" in rehearsal.seen(TaskSkipped)[0].reason


def test_words_narrow_and_never_add():
    def recipe() -> None:
        role("app", "a1", "a2")
        role("db", "a2", "d1")

        @task(roles="app")
        def work():
            run("on", on="a1")
            run("roles", roles="db")
            run("once", once=True)
            run("function", where=lambda server: server.name == "a2")
            run(lambda server: f"echo {server}")
            assert exists("/x", on="a1")
            assert [s.name for s in servers("db")] == ["a2", "d1"]

    rehearsal = Rehearsal(recipe)
    ended = rehearsal.runs("work")
    assert ended.status == 0, ended.failure
    assert rehearsal.commands("a1") == ["on", "once", "echo a1", "test -e /x || test -L /x"]
    assert rehearsal.commands("a2") == ["roles", "function", "echo a2"]


def test_output_is_cut_into_whole_lines_with_half_lines_at_the_end():
    rehearsal = Rehearsal(four)
    rehearsal["a1"].on("make").says(b"one\ntwo\r\nthr\xff\xfe")
    rehearsal.runs("work")
    assert [line for line in rehearsal.output if line.startswith("a1")] == [
        "a1 | one", "a1 | two", "a1 | thr\\xff\\xfe",
    ]  # fmt: skip


def test_settings_are_sealed_when_tasks_start():
    from capify import config

    def recipe() -> None:
        server("a1", "app")
        config.deploy_to = "/srv/app"

        @task
        def work():
            config.own = 1
            config.deploy_to = "/srv/other"

    ended = Rehearsal(recipe).runs("work")
    assert ended.failure is not None
    assert "`deploy_to` cannot change" in ended.failure.message


def test_a_hook_body_works_where_its_task_works():
    def recipe() -> None:
        role("app", "a1", "a2")
        role("db", "d1")

        @task(roles="app", at_once=1)
        def restart():
            run("restart")

        before("restart", lambda: run("drain"))

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("restart")
    assert rehearsal.commands("a1") == ["drain", "restart"]
    assert rehearsal.commands("d1") == []


@pytest.mark.parametrize("word", ["run", "capture", "sudo"])
def test_words_that_act_are_refused_while_recipes_load(word: str):
    import capify

    with pytest.raises(CapifyError, match="no task runs here"):
        Rehearsal(lambda: getattr(capify, word)("x"))
