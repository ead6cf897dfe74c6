"""A task for one server never runs on another because a filter leaves that one out."""

import pytest
from tests.rehearsal import Rehearsal

from capify import after, namespace, role, run, server, task
from capify.errors import RecipeError


def shop() -> None:
    server("db2", "db")
    server("db1", "db", primary=True)
    role("app", "app1", "app2")

    @task(roles="db", primary=True)
    def migrate():
        run("migrate")

    @task(roles="app", once=True)
    def warm():
        run("warm")

    @task(roles=["app", "db"])
    def ship():
        run("ship")

    @task(roles="app", at_once=1)
    def rolling():
        warm()

    @task
    def everywhere():
        migrate()

    @task(roles="db", primary=True, on_no_servers="skip")
    def optional():
        run("optional")

    all_of_it = namespace("all")
    all_of_it.sequence("default", ":ship", ":migrate")
    all_of_it.sequence("warmed", ":ship", ":warm")
    after(ship, lambda: run("shipped"))


@pytest.mark.parametrize(
    ("words", "environment", "runner", "filters"),
    [
        (("migrate",), {"HOSTS": "db2"}, "db1", "`HOSTS=db2` leaves"),
        (("optional",), {"HOSTS": "db2"}, "db1", "`HOSTS=db2` leaves"),
        (("migrate",), {"HOSTS": "app1"}, "db1", "`HOSTS=app1` leaves"),
        (("migrate",), {"HOSTFILTER": "db2,app1"}, "db1", "`HOSTFILTER=db2,app1` leaves"),
        (("all",), {"ROLES": "app"}, "db1", "`ROLES=app` leaves"),
        (("all",), {"ROLES": "app", "HOSTS": "app1"}, "db1", "`HOSTS=app1` and `ROLES=app` leave"),
        (("all:warmed",), {"HOSTS": "app2,db1"}, "app1", "`HOSTS=app2,db1` leaves"),
    ],
)
def test_a_filter_that_leaves_out_the_runner_is_refused(
    words: tuple[str, ...], environment: dict[str, str], runner: str, filters: str
):
    with pytest.raises(RecipeError, match=f"runs on `{runner}` alone, and {filters} it out") as caught:
        Rehearsal(shop, environment=environment).plans(*words)
    assert caught.value.status == 2
    assert f"=True`: name `{runner}` too" in caught.value.hint


@pytest.mark.parametrize(
    ("words", "environment", "servers"),
    [
        (("all",), {"ROLES": "db"}, ["db2", "db1"]),
        (("migrate",), {"HOSTS": "db1"}, ["db1"]),
        (("warm",), {"HOSTS": "app2"}, ["app2"]),  # who names a task and a host means that one
        (("ship",), {"HOSTS": "app2"}, ["app2"]),
        (("optional",), {"ROLES": "app"}, []),
    ],
)
def test_a_filter_that_leaves_the_runner_in_only_narrows(
    words: tuple[str, ...], environment: dict[str, str], servers: list[str]
):
    assert [one.name for one in Rehearsal(shop, environment=environment).plans(*words).servers] == servers


def test_what_a_body_calls_is_held_to_the_same_rule():
    rehearsal = Rehearsal(shop, environment={"HOSTS": "db2"})
    ended = rehearsal.runs("everywhere")
    assert ended.status == 2
    assert ended.failure
    assert "task `migrate` runs on `db1` alone, and `HOSTS=db2` leaves it out" in ended.failure.message
    assert rehearsal.commands("db2") == []


def test_a_wave_without_the_primary_moves_it_to_nobody():
    def recipe() -> None:
        shop()

        @task(roles="db", at_once=1)
        def each():
            from capify import invoke

            invoke("migrate")

    rehearsal = Rehearsal(recipe)
    ended = rehearsal.runs("each")  # db2 is first
    assert ended.status == 2
    assert ended.failure
    assert "task `migrate` has no servers" in ended.failure.message
    assert "in the wave of `each`" in ended.failure.message
    warmed = Rehearsal(recipe)
    assert warmed.runs("rolling").status == 0
    assert [warmed.commands(name) for name in ("app1", "app2")] == [["warm"], ["warm"]]
