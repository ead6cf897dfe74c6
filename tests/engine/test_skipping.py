"""`--skip-unreachable`: servers that cannot be reached are excused where the tasks allow it, and nowhere else."""

from collections.abc import Callable

from tests.rehearsal import Rehearsal

from capify import before, namespace, on, role, run, server, task
from capify.engine.scene import scene
from capify.events import InvocationEnded, TaskSkipped, TaskStarted, Warned
from capify.outcomes import Verdict


def recipe() -> None:
    server("web1", "app", primary=True)
    server("web2", "app")
    server("web3", "app")
    server("db1", "db")

    @task(roles="app")
    def work():
        run("work")

    @task(roles="app", at_once=1)
    def rolling():
        run("restart")

    @task(roles="app", once=True)
    def migrate():
        run("migrate")

    @task(primary=True)
    def lead():
        run("lead")

    @task(roles="db")
    def dump():
        run("dump")

    @task(roles="db", on_no_servers="skip")
    def perhaps():
        run("perhaps")

    @task(roles="app")
    def calling():
        run("first")
        migrate()

    @task(roles="app")
    def first_of_them():
        run("once", once=True)

    @task(roles="app")
    def naming():
        run("named", on="web3")

    @task(local=True)
    def from_here():
        dump()

    whole = namespace("whole")
    whole.sequence("all_of_it", ":work", ":dump")


def invocation(*down: str, declared: Callable[[], None] = recipe, skips: bool = True, dry: bool = False) -> Rehearsal:
    made = Rehearsal(declared, skips_unreachable=skips, dry=dry)
    for name in down:
        made[name].unreachable("no route to host")
    return made


def outcomes(ended: InvocationEnded) -> dict[str, str]:
    return {outcome.server.name: f"{outcome.verdict}: {outcome.detail}" for outcome in ended.outcomes}


def commands(made: Rehearsal) -> dict[str, list[str]]:
    return {name: fake.commands for name, fake in made.fakes.items() if fake.commands}


EXCUSED = "unreached: excused: no route to host"


def test_the_others_go_on_and_the_exit_status_is_4():
    made = invocation("web2")
    ended = made.runs("work")
    assert (ended.status, ended.failure) == (4, None)
    assert outcomes(ended) == {"web1": "ok: ", "web2": EXCUSED, "web3": "ok: "}
    assert commands(made) == {"web1": ["work"], "web3": ["work"]}
    assert [event.text for event in made.seen(Warned)] == [
        "`web2` is skipped, because it cannot be reached: no route to host"
    ]
    assert [tuple(map(str, event.servers)) for event in made.seen(TaskStarted)] == [("web1", "web3")]


def test_without_the_option_nothing_runs():
    made = invocation("web2", skips=False)
    ended = made.runs("work")
    assert ended.status == 5
    assert commands(made) == {}


def test_where_all_can_be_reached_the_option_changes_nothing():
    made = invocation()
    assert made.runs("work").status == 0
    assert made.seen(Warned) == []


def test_all_servers_are_never_excused():
    made = invocation("web1", "web2", "web3")
    ended = made.runs("work")
    assert ended.status == 5
    assert {outcome.verdict for outcome in ended.outcomes} == {Verdict.UNREACHED}


def refused(*words: str, down: tuple[str, ...], says: str) -> Rehearsal:
    made = invocation(*down)
    ended = made.runs(*words)
    assert ended.status == 5
    assert ended.failure
    assert says in ended.failure.message
    assert "test_skipping.py" in str(ended.failure.place)
    assert commands(made) == {}
    assert not any(fake.connected for fake in made.fakes.values())
    bad = {outcome.server.name for outcome in ended.outcomes if outcome.verdict is Verdict.UNREACHED}
    assert bad == set(down)
    return made


def test_a_task_for_one_server_is_never_moved_to_another():
    says = "could not connect to `web1`, and task `{}` runs on one server alone: it is not skipped"
    refused("work", "migrate", down=("web1",), says=says.format("migrate"))
    refused("work", "lead", down=("web1", "web2"), says=says.format("lead"))


def test_a_task_for_one_server_runs_when_another_one_is_down():
    made = invocation("web2", "db1")
    assert made.runs("migrate", "work", "lead").status == 4
    assert commands(made) == {"web1": ["migrate", "work", "lead"], "web3": ["work"]}


def test_a_task_that_would_lose_its_last_server_is_refused_also_inside_a_sequence():
    says = "could not connect to `db1`, and task `dump` has no other server"
    refused("work", "dump", down=("db1",), says=says)
    refused("whole:all_of_it", down=("db1", "web2"), says=says)


def test_a_task_that_may_have_no_servers_is_skipped():
    made = invocation("db1")
    assert made.runs("work", "perhaps").status == 4
    assert [(event.task, event.reason) for event in made.seen(TaskSkipped)] == [
        ("perhaps", "none of its servers can be reached")
    ]


def test_a_wave_whose_servers_are_all_excused_is_left_out_and_not_counted():
    made = invocation("web2")
    assert made.runs("rolling").status == 4
    waves = [(str(event.servers[0]), event.wave, event.waves) for event in made.seen(TaskStarted)]
    assert waves == [("web1", 1, 2), ("web3", 2, 2)]


def test_a_called_task_for_one_server_is_not_moved_either():
    made = invocation("web1")
    ended = made.runs("calling")
    assert ended.status == 5
    assert ended.failure
    assert "task `migrate` runs on one server alone" in ended.failure.message
    assert commands(made) == {"web2": ["first"], "web3": ["first"]}


def test_a_server_that_is_first_needed_later_is_excused_by_the_same_rules():
    made = invocation("db1")
    ended = made.runs("work", "from_here")
    assert ended.status == 5
    assert ended.failure
    assert "task `dump` has no other server" in ended.failure.message


def test_a_command_once_goes_to_the_first_that_is_there_and_one_for_an_excused_server_fails():
    made = invocation("web1")
    assert made.runs("first_of_them").status == 4
    assert commands(made) == {"web2": ["once"]}
    ended = invocation("web3").runs("naming")
    assert ended.status == 1
    assert ended.failure
    assert "no server is left for this command; the task works on `web1` and `web2`" in ended.failure.message


def test_a_failure_is_worse_than_an_excuse():
    made = invocation("web2")
    made["web1"].on("work").fails(3)
    ended = made.runs("work")
    assert ended.status == 1
    assert outcomes(ended)["web2"] == EXCUSED


def test_hooks_leave_out_the_excused_as_well():
    def hooked() -> None:
        recipe()
        before("work", lambda: run("warm"))
        on("finish", lambda: run("bye"))

    made = invocation("web2", declared=hooked)
    assert made.runs("work").status == 4
    assert commands(made) == {name: ["warm", "work", "bye"] for name in ("web1", "web3")}


def test_a_dry_run_excuses_too():
    made = invocation("web2", dry=True)
    assert made.runs("work").status == 4


def test_a_server_that_something_was_done_on_is_not_excused_later():
    def losing() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            run("first", check=False)
            invocation = scene().invocation
            invocation.loop.call(invocation.crew.close())
            made["a2"].unreachable("gone")
            run("second")

    made = Rehearsal(losing, skips_unreachable=True)
    ended = made.runs("work")
    assert ended.status == 5
    assert made.commands("a1") == ["first"]
