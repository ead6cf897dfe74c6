"""The planner promises who, what, in which order; tests compare the promise."""

import pytest
from tests.rehearsal import Rehearsal

from capify import after, before, namespace, role, server, task
from capify.errors import CapifyError, UsageError
from capify.plan.planner import NoServers, Step
from capify.plan.selection import waves


def order(rehearsal: Rehearsal, *words: str) -> list[str]:
    return [step.task.name for step in rehearsal.plans(*words).walk()]


def only(rehearsal: Rehearsal, *words: str) -> Step:
    (step,) = rehearsal.plans(*words).steps
    return step


def fleet() -> None:
    server("web1", "web", "app", primary=True, zone="eu")
    server("web2", "web", zone="us")
    server("db1", "db", no_release=True)

    @task
    def everywhere(): ...

    @task(roles="app")
    def on_app(): ...

    @task(roles=["web", "db"], at_once=2)
    def in_twos(): ...

    @task(where={"zone": "eu"})
    def in_europe(): ...

    @task(where=lambda server: server.name.startswith("db"))
    def on_databases(): ...

    @task(releases_only=True)
    def on_release_servers(): ...

    @task(once=True, roles="web")
    def on_one(): ...

    @task(primary=True, roles="web")
    def on_primary(): ...

    @task(roles="mail")
    def on_nobody(): ...

    @task(roles="mail", on_no_servers="skip")
    def on_nobody_is_fine(): ...

    @task(local=True)
    def here_only(): ...


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("everywhere", ["web1", "web2", "db1"]),
        ("on_app", ["web1"]),
        ("in_twos", ["web1", "web2", "db1"]),
        ("in_europe", ["web1"]),
        ("on_databases", ["db1"]),
        ("on_release_servers", ["web1", "web2"]),
        ("on_one", ["web1"]),
        ("on_primary", ["web1"]),
        ("on_nobody_is_fine", []),
        ("here_only", []),
    ],
)
def test_a_task_selects_the_servers_that_its_definition_asks_for(name: str, servers: list[str]):
    assert [server.name for server in only(Rehearsal(fleet), name).servers] == servers


def test_a_task_without_servers_is_an_error_that_names_the_selection():
    with pytest.raises(NoServers, match=r"`on_nobody` has no servers: it wants servers with roles `mail`") as caught:
        Rehearsal(fleet).plans("on_nobody")
    assert caught.value.status == 2


def test_waves_are_cut_by_number():
    assert [[s.name for s in wave] for wave in only(Rehearsal(fleet), "in_twos").waves] == [["web1", "web2"], ["db1"]]


@pytest.mark.parametrize(
    ("at_once", "sizes"),
    [(None, [5]), (1, [1] * 5), (2, [2, 2, 1]), ("50%", [2, 2, 1]), ("10%", [1] * 5), ("100%", [5])],
)
def test_waves_are_cut_by_share_and_never_empty(at_once, sizes):
    def five() -> None:
        role("web", *(f"web{number}" for number in range(5)))

    assert [len(wave) for wave in waves(Rehearsal(five).book.servers(), at_once)] == sizes


@pytest.mark.parametrize(
    ("environment", "servers"),
    [
        ({"HOSTS": "web2"}, ["web2"]),
        ({"HOSTFILTER": "web2,db1"}, ["web2", "db1"]),
        ({"ROLES": "db"}, ["db1"]),
        ({"HOSTROLEFILTER": "web"}, ["web1", "web2"]),
        ({"HOSTS": "web2,db1", "ROLES": "db"}, ["db1"]),
        ({"HOSTS": "web1,web2", "HOSTFILTER": "web2"}, ["web2"]),
    ],
)
def test_filters_only_narrow(environment, servers):
    step = only(Rehearsal(fleet, environment=environment), "everywhere")
    assert [server.name for server in step.servers] == servers


@pytest.mark.parametrize("environment", [{"HOSTS": "web3"}, {"ROLES": "wbe"}, {"HOSTS": "db1", "ROLES": "app"}])
def test_filters_that_leave_nothing_or_name_strangers_are_refused(environment):
    with pytest.raises(UsageError):
        Rehearsal(fleet, environment=environment).plans("everywhere")


def test_a_filter_never_gives_a_task_a_server_that_it_does_not_select():
    with pytest.raises(NoServers, match="left by `HOSTS=db1`"):
        Rehearsal(fleet, environment={"HOSTS": "db1"}).plans("on_app")


def test_named_hosts_are_the_inventory_only_where_none_is_declared():
    def nothing() -> None:
        @task
        def anything(): ...

    step = only(Rehearsal(nothing, environment={"HOSTS": "deploy@web9:2222,web8"}), "anything")
    assert [server.address for server in step.servers] == ["deploy@web9:2222", "web8"]


def sequences() -> None:
    server("web1", "app")
    deploy = namespace("deploy")

    @deploy.task
    def update_code(): ...

    @deploy.task
    def create_symlink(): ...

    @deploy.task
    def restart(): ...

    @task
    def warm_up(): ...

    deploy.sequence("update", "update_code", "create_symlink", in_transaction=True)
    deploy.sequence("default", "update", "restart")
    before("deploy:restart", warm_up)
    after("deploy", lambda: None)

    @after("deploy:update_code")
    def count_files(): ...


def test_sequences_are_expanded_with_the_hooks_of_their_steps_in_order():
    assert order(Rehearsal(sequences), "deploy") == [
        "deploy", "deploy:update", "deploy:update_code", "count_files", "deploy:create_symlink",
        "warm_up", "deploy:restart", "<lambda>",
    ]  # fmt: skip


@pytest.mark.parametrize("spelling", ["deploy", "deploy:default", ":deploy"])
def test_a_task_has_one_name_however_it_is_spelled(spelling: str):
    assert order(Rehearsal(sequences), spelling)[0] == "deploy"


def test_hooks_in_a_circle_are_an_error_that_shows_the_circle():
    def circle() -> None:
        server("web1", "app")

        @task
        def a(): ...

        @task(before="a")
        def b(): ...

        before("b", "a")

    with pytest.raises(CapifyError, match="a → b → a"):
        Rehearsal(circle).plans("a")


def test_a_body_that_calls_tasks_is_marked_as_deciding_while_running():
    def recipe() -> None:
        server("web1", "app")
        globals()["called"] = task(lambda: None) if False else task("called")(lambda: None)

        @task
        def caller():
            called()  # type: ignore[name-defined]  # noqa: F821 - put there above, as a recipe's file would

        @task
        def loner(): ...

    rehearsal = Rehearsal(recipe)
    assert (only(rehearsal, "caller").decides, only(rehearsal, "loner").decides) == (True, False)


def test_a_new_definition_keeps_what_it_does_not_state():
    def recipe() -> None:
        server("web1", "app")
        server("db1", "db")

        @task(roles="app")
        def restart():
            """Restart it."""

        after("restart", lambda: None)

        @task("restart")
        def another(): ...

    step = only(Rehearsal(recipe), "restart")
    assert (step.task.description, [s.name for s in step.servers], len(step.after)) == ("Restart it.", ["web1"], 1)


def test_a_hook_that_names_no_task_is_an_error_with_its_place():
    def recipe() -> None:
        server("web1", "app")

        @task
        def restart(): ...

        after("restart", "restrat")

    with pytest.raises(CapifyError, match=r"test_planner.py:\d+: there is no task `restrat`\n  did you mean `restart`"):
        Rehearsal(recipe).plans("restart")
