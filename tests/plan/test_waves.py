"""Waves of sequences, sizes that change from wave to wave, and the arguments that a sequence passes on."""

from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import after, before, config, namespace, role, run, server, task
from capify.errors import CapifyError, RecipeError, UsageError
from capify.events import TaskSkipped, TaskStarted
from capify.plan.planner import Step
from capify.plan.selection import waves
from capify.reporters.plans import plan_lines


def fleet(at_once: Any = 2, **options: Any):
    """Four app servers, of which one is also for jobs, and a database; a sequence that restarts in waves."""

    def recipe() -> None:
        role("app", "a1", "a2", "a3", "a4")
        role("jobs", "a4")
        role("db", "d1")
        app = namespace("app")

        @app.task(roles="app")
        def restart():
            run("restart")

        @app.task(roles="jobs")
        def jobs():
            run("jobs")

        @app.task(roles="app")
        def check():
            run("check")

        @app.task(roles="db")
        def migrate():
            run("migrate")

        @app.task(roles="app", once=True)
        def warm():
            run("warm")

        app.sequence("rolling", "restart", "jobs", "check", at_once=at_once, **options)
        before(app.restart, lambda: run("drain"))
        after(app.jobs, lambda: run("jobs are back"))

    return recipe


def turns(rehearsal: Rehearsal, name: str) -> list[list[tuple[str, list[str]]]]:
    (step,) = rehearsal.plans(name).steps
    return [[(one.task.name, [s.name for s in one.servers]) for one in turn] for turn in step.turns]


@pytest.mark.parametrize(
    ("at_once", "sizes"),
    [
        ([1, "25%", "100%"], [1, 2, 7]), ([1], [1] * 10), ([2, 3], [2, 3, 3, 2]), (("50%", 1), [5, 1, 1, 1, 1, 1]),
        (["1%", "100%"], [1, 9]), ([20], [10]),
    ],
)  # fmt: skip
def test_a_list_has_the_sizes_of_successive_waves_and_its_last_repeats(at_once: Any, sizes: list[int]):
    def ten() -> None:
        role("web", *(f"web{number}" for number in range(10)))

    assert [len(wave) for wave in waves(Rehearsal(ten).book.servers(), at_once)] == sizes


def test_a_function_is_asked_for_the_sizes_when_planned():
    def recipe() -> None:
        role("app", "a1", "a2", "a3")
        config.setdefault(restart_in=[1, "100%"])
        task("work", at_once=lambda: config.restart_in)(lambda: None)
        task("all", at_once=lambda: None)(lambda: None)
        task("odd", at_once=lambda: "many")(lambda: None)
        task("broken", at_once=lambda: 1 // 0)(lambda: None)

    rehearsal = Rehearsal(recipe)
    sizes = [[len(wave) for wave in rehearsal.plans(name).steps[0].waves] for name in ("work", "all")]
    assert sizes == [[1, 2], [3]]
    with pytest.raises(RecipeError, match=r"`at_once` of task `odd` is a number of servers, .* not 'many'"):
        rehearsal.plans("odd")
    with pytest.raises(RecipeError, match="`at_once` of task `broken` cannot be asked: ZeroDivisionError"):
        rehearsal.plans("broken")


@pytest.mark.parametrize("odd", [[], [0], [1, "x"], True, [True], "0%", 1.5])
def test_sizes_that_are_none_are_refused_when_the_recipe_is_read(odd: Any):
    with pytest.raises(RecipeError, match="`at_once` of a task is a number of servers, a share"):
        Rehearsal(fleet(odd))


def test_each_wave_has_all_steps_with_their_hooks_and_a_step_without_servers_there_is_skipped():
    rehearsal = Rehearsal(fleet([1, 3]))
    assert turns(rehearsal, "app:rolling") == [
        [("app:restart", ["a1"]), ("app:jobs", []), ("app:check", ["a1"])],
        [("app:restart", ["a2", "a3", "a4"]), ("app:jobs", ["a4"]), ("app:check", ["a2", "a3", "a4"])],
    ]
    assert rehearsal.runs("app:rolling").status == 0
    assert rehearsal.commands("a1") == ["drain", "restart", "check"]
    assert rehearsal.commands("a4") == ["drain", "restart", "jobs", "jobs are back", "check"]
    assert rehearsal.commands("d1") == []
    assert [event.task for event in rehearsal.seen(TaskSkipped)] == ["app:jobs"]
    started = [event for event in rehearsal.seen(TaskStarted) if event.task == "app:rolling"]
    assert [(event.wave, event.waves, len(event.servers)) for event in started] == [(1, 2, 1), (2, 2, 3)]


def test_a_failure_names_its_wave_and_later_waves_do_not_begin():
    rehearsal = Rehearsal(fleet(1))
    rehearsal["a2"].on("check").fails(1)
    ended = rehearsal.runs("app:rolling")
    assert ended.status == 1
    assert ended.failure
    assert (ended.failure.task, ended.failure.wave) == ("app:check", "2 of 4 of `app:rolling`")
    assert rehearsal.commands("a3") == []


def test_a_task_for_one_server_runs_in_the_wave_of_that_server_alone():
    def recipe() -> None:
        fleet()()
        namespace("app").sequence("warming", "restart", "warm", at_once=2)

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("app:warming").status == 0
    assert [rehearsal.commands(name).count("warm") for name in ("a1", "a2", "a3", "a4")] == [1, 0, 0, 0]


def test_a_sequence_narrows_its_steps_by_a_selection_of_its_own_and_refuses_what_it_never_has():
    def recipe() -> None:
        fleet()()
        app = namespace("app")
        app.sequence("jobs_only", "restart", "check", roles="jobs")
        app.sequence("impossible", "restart", "migrate", roles="app", at_once=1)
        app.sequence("nobody", "restart", roles="mail", on_no_servers="skip")
        app.sequence("inner", "jobs", "check")
        app.sequence("outer", "restart", "inner", at_once=2)

    rehearsal = Rehearsal(recipe)
    assert turns(rehearsal, "app:jobs_only") == [[("app:restart", ["a4"]), ("app:check", ["a4"])]]
    with pytest.raises(CapifyError, match=r"`app:migrate` has no servers: .* in sequence `app:impossible`"):
        rehearsal.plans("app:impossible")
    assert rehearsal.plans("app:nobody").steps[0].skipped
    assert rehearsal.runs("app:outer").status == 0
    assert rehearsal.commands("a4") == ["drain", "restart", "jobs", "jobs are back", "check"]


def test_a_nested_sequence_that_has_nothing_to_do_in_a_wave_is_skipped_with_its_hooks():
    def recipe() -> None:
        fleet()()
        app = namespace("app")
        app.sequence("inner", "jobs")
        app.sequence("outer", "restart", "inner", at_once=2)
        after(app.inner, lambda: run("inner done"))

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("app:outer").status == 0
    assert [("inner done" in rehearsal.commands(name)) for name in ("a1", "a2", "a3", "a4")] == [False] * 3 + [True]


def test_a_hook_that_works_on_other_servers_runs_there_around_each_wave():
    def recipe() -> None:
        fleet(2)()
        server("lb1", "lb")

        @task(roles="lb")
        def drain():
            run("drain")

        before("app:restart", drain)
        namespace("app").sequence("narrow", "restart", roles="jobs")

    rehearsal = Rehearsal(recipe)
    (step,) = rehearsal.plans("app:rolling").steps
    assert [[server.name for server in wave] for wave in step.waves] == [["a1", "a2"], ["a3", "a4"]]
    assert rehearsal.runs("app:rolling").status == 0
    assert rehearsal.commands("lb1") == ["drain", "drain"]
    assert rehearsal.runs("app:narrow").status == 0
    assert rehearsal.commands("lb1") == ["drain", "drain", "drain"]
    lines = plan_lines(rehearsal.book, rehearsal.plans("app:rolling"))
    assert any("drain  [before app:restart]" in line and "lb1, in each wave" in line for line in lines)


def test_what_a_local_step_calls_stays_in_the_wave():
    def recipe() -> None:
        role("app", "a1", "a2")
        both = namespace("both")

        @both.task(roles="app")
        def restart():
            run("restart")

        @both.task(local=True)
        def decide():
            restart()

        both.sequence("rolling", "restart", "decide", at_once=1)

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("both:rolling").status == 0
    assert rehearsal.commands("a1") == rehearsal.commands("a2") == ["restart", "restart"]
    started = [event for event in rehearsal.seen(TaskStarted) if event.task == "both:restart"]
    assert [[server.name for server in event.servers] for event in started] == [["a1"], ["a1"], ["a2"], ["a2"]]


def test_a_server_that_cannot_be_reached_empties_no_wave_of_a_sequence():
    rehearsal = Rehearsal(fleet(1), skips_unreachable=True)
    rehearsal["a2"].unreachable()
    assert rehearsal.runs("app:rolling").status == 4
    assert [len(rehearsal.commands(name)) for name in ("a1", "a2", "a3", "a4")] == [3, 0, 3, 5]


def test_a_plan_shows_the_waves_of_a_sequence_once():
    rehearsal = Rehearsal(fleet([1, "50%", 1], in_transaction=True))
    lines = [line.rpartition("  ")[0].rstrip() for line in plan_lines(rehearsal.book, rehearsal.plans("app:rolling"))]
    assert lines[2:] == [
        "app:rolling                       3 waves: a1 | a2, a3 | a4; in one transaction",
        "  <lambda>  [before app:restart]  in each wave",
        "  app:restart                     in each wave",
        "  app:jobs                        wave 3: a4",
        "  <lambda>  [after app:jobs]      wave 3: a4",
        "  app:check                       in each wave",
    ]


def passing() -> None:
    server("web1", "web")
    back = namespace("back")

    @back.task
    def to(release: str, tries: int = 1):
        run(f"to {release} {tries}")

    @back.task
    def tell(release: str = "none"):
        run(f"told {release}")

    @back.task
    def clean():
        run("clean")

    back.sequence("inner", "tell", "clean")
    sequence = back.sequence("default", "to", "inner")

    @task
    def through():
        sequence(release="x", tries=3)

    @task
    def wrongly():
        sequence("x")

    @task
    def lacking():
        sequence(tries=3)


def test_a_sequence_takes_the_arguments_of_its_steps_and_passes_each_on():
    rehearsal = Rehearsal(passing)
    assert rehearsal.runs("back", "release=r1", "tries=2").status == 0
    assert rehearsal.commands("web1") == ["to r1 2", "told r1", "clean"]
    through = Rehearsal(passing)
    assert through.runs("through").status == 0
    assert through.commands("web1") == ["to x 3", "told x", "clean"]

    def walk(step: Step) -> list[tuple[str, dict[str, Any]]]:
        return [(one.task.name, dict(one.arguments)) for one in step.walk()]

    assert walk(rehearsal.plans("back", "release=r1").steps[0]) == [
        ("back", {"release": "r1"}), ("back:to", {"release": "r1"}), ("back:inner", {"release": "r1"}),
        ("back:tell", {"release": "r1"}), ("back:clean", {}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("back", "relaese=1"), "task `back` has no argument `relaese`", "did you mean `release`?"),
        (("back", "tries=2"), "task `back` needs `release`", "write `back release=…`"),
        (("back", "release=1", "tries=x"), "argument `tries` of task `back` must be a whole number", ""),
    ],
)
def test_arguments_of_a_sequence_that_do_not_fit_are_refused(words: tuple[str, ...], said: str, hint: str):
    with pytest.raises(UsageError, match=said) as caught:
        Rehearsal(passing).plans(*words)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("name", "said"),
    [("wrongly", "takes arguments by their names only"), ("lacking", "sequence `back` needs `release`")],
)
def test_a_call_of_a_sequence_that_does_not_fit_is_refused(name: str, said: str):
    ended = Rehearsal(passing).runs(name)
    assert ended.status == 2
    assert ended.failure
    assert said in ended.failure.message


def test_a_definition_that_wraps_a_sequence_passes_arguments_on():
    def recipe() -> None:
        passing()

        @namespace("back").task("default", wraps=True)
        def back(original: Any, release: str):
            original(release=release.upper())

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("back", "release=r1").status == 0
    assert rehearsal.commands("web1") == ["to R1 1", "told R1", "clean"]
