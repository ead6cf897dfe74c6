"""What a rollback does not take back is on the last screen; tables are data; moments of certain tasks."""

import io
from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import abort, irreversible, namespace, on, on_rollback, run, server, table, task, transaction
from capify.events import InvocationEnded, Tabled
from capify.reporters.plain import Plain

MIGRATED = "the migrations\n  ran on db1"
DIFFER = "not everything could be undone: the servers may differ now"


def failing(*, undo: bool = True, inside: bool = True, broken: bool = False) -> Rehearsal:
    def recipe() -> None:
        server("a1", "app")

        @task
        def work():
            irreversible(MIGRATED)
            with transaction():
                if undo:
                    on_rollback(lambda: run("undo"))
                run("do")
                if inside:
                    irreversible("mails were sent")
                    irreversible("mails were sent")
                run("break")

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("break").fails(9)
    if broken:
        rehearsal["a1"].on("undo").fails(1)
    return rehearsal


@pytest.mark.parametrize(
    ("options", "status", "changed"),
    [
        ({}, 6, "what had been done was undone, but not: the migrations ran on db1; mails were sent"),
        ({"inside": False}, 6, "what had been done was undone, but not: the migrations ran on db1"),
        ({"undo": False}, 1, "what was run stays as it is; nothing was undone"),
        (
            {"broken": True, "inside": False},
            7,
            f"{DIFFER}; nor is this ever undone: the migrations ran on db1",
        ),
    ],
    ids=["undone", "stated before", "nothing to undo", "not all undone"],
)  # fmt: skip
def test_what_is_never_undone_is_said_where_something_was(options: dict[str, bool], status: int, changed: str):
    ended = failing(**options).runs("work")
    assert ended.status == status
    assert ended.failure
    assert ended.failure.changed == changed


def test_after_ctrl_c_it_is_said_too():
    rehearsal = failing(inside=False)

    def interrupted() -> None:
        with transaction():
            on_rollback(lambda: run("undo"))
            irreversible("mails were sent")
            raise KeyboardInterrupt

    from capify.recipe.book import opened

    with opened(rehearsal.book):
        task("stopped")(interrupted)
    ended = rehearsal.runs("stopped")
    assert ended.status == 130
    assert ended.failure
    assert ended.failure.changed == "what had been done was undone, but not: mails were sent"


def test_a_dry_run_and_a_success_say_nothing_of_it_and_a_text_is_needed():
    dry = failing()
    dry.dry = True
    assert dry.runs("work").failure is None

    def recipe() -> None:
        server("a1", "app")
        task("work")(lambda: irreversible(" "))

    ended = Rehearsal(recipe).runs("work")
    assert ended.status == 2
    assert ended.failure
    assert "needs a text" in ended.failure.message


def test_the_last_screen_of_a_rollback_looks_like_this():
    rehearsal, err = failing(inside=False), io.StringIO()
    ended = rehearsal.runs("work")
    plain = Plain(io.StringIO(), err)
    plain.handle(InvocationEnded(ended.status, failure=ended.failure), 0)
    said = [line for line in err.getvalue().splitlines() if not line.startswith(("  at", "  next"))]
    assert said == [
        "failed, and rolled back: command failed on `a1`; rolled back 1 step",
        "  task     work",
        "  command  break",
        "  servers  a1  exit 9",
        "  changed  what had been done was undone, but not: the migrations ran on db1",
    ]


def shown(*arguments: Any, **options: Any) -> tuple[str, Rehearsal]:
    def recipe() -> None:
        task("work", local=True)(lambda: table(*arguments, **options))

    rehearsal, out = Rehearsal(recipe), io.StringIO()
    rehearsal.runs("work")
    plain = Plain(out, io.StringIO())
    for event in rehearsal.events:
        plain.handle(event, 0)
    return out.getvalue(), rehearsal


def test_a_table_is_data_with_aligned_columns():
    rows = [("web1", 12, None), ("web22.example.org", 3, "two\nlines \x1b[31m"), ["db"]]
    said, rehearsal = shown(rows, columns=("server", "releases", "note"), title="what there is")
    assert said.splitlines() == [
        "what there is",
        "server             releases  note",
        "web1               12",
        "web22.example.org  3         two lines \\x1b[31m",
        "db",
    ]
    (event,) = rehearsal.seen(Tabled)
    assert event.rows[0] == ("web1", "12", "")
    assert shown([])[0] == ""
    assert shown(iter([("a", "b")]))[0] == "a  b\n"


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        ([("a", "b")], ("one",), "is longer than its 1 columns"),
        ([("a",)], "name", "`columns` is a list of names"),
        (["ab"], (), "a row of `table` is a list of cells, not 'ab'"),
        ([3], (), "a row of `table` is a list of cells, not 3"),
    ],
)
def test_what_is_no_table_is_refused(rows: Any, columns: Any, said: str):
    _, rehearsal = shown(rows, columns=columns)
    (ended,) = rehearsal.seen(InvocationEnded)
    assert ended.status == 2
    assert ended.failure
    assert said in ended.failure.message


def moments(*words: str) -> list[str]:
    said: list[str] = []

    def recipe() -> None:
        deploy = namespace("deploy")

        @deploy.task(local=True)
        def update():
            abort("no")

        deploy.sequence("default", "update")

        @task(local=True)
        def other():
            abort("no")

        @task(local=True)
        def calls():
            deploy()

        @task(local=True)
        def fine(): ...

        on("failure", lambda: said.append("deploy failed"), only="deploy")
        on("failure", lambda: said.append("not deploy"), but=deploy)
        on("exit", lambda: said.append("end of other or fine"), only=["other", "fine"])
        on("exit", lambda: said.append("end"))

    Rehearsal(recipe).runs(*words)
    return said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("deploy",), ["deploy failed", "end"]),
        (("calls",), ["deploy failed", "end"]),
        (("deploy:update",), ["not deploy", "end"]),
        (("other",), ["not deploy", "end of other or fine", "end"]),
        (("fine", "deploy"), ["deploy failed", "end of other or fine", "end"]),
        (("fine",), ["end of other or fine", "end"]),
    ],
)
def test_hooks_on_failure_and_exit_can_be_limited_to_tasks(words: tuple[str, ...], said: list[str]):
    assert moments(*words) == said
