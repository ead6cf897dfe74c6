"""What the command line narrows by: which servers are left, which names are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.test_expressions import EXPRESSIONS, LIKELY, SERVERS
from tests.rehearsal import Rehearsal

from capify import config, role, run, server, task
from capify.errors import RecipeError, UsageError
from capify.plan.expressions import Both, Either, Expression, Not
from capify.plan.selection import Filter, Filters, available, filters_of


def bare() -> None:
    config.user = "deploy"

    @task(at_once=1)
    def work():
        run("x")


def shop() -> None:
    server("web1", "app", "web", zone="eu", primary=True)
    server("web2:2222", "app", "web", zone="us")
    server("db1", "db", zone="eu")
    bare()

    @task(roles="app", primary=True)
    def migrate():
        run("migrate")

    @task(primary=True)
    def lead():
        run("lead")


def left(recipe=shop, environment=None, **options) -> list[str]:
    book = Rehearsal(recipe).book
    filters = filters_of(environment or {}, **options)
    return [one.address for one in available(book.servers(), filters, lambda: "deploy")]


def test_hosts_of_the_command_line_are_each_one_server_as_the_user_of_the_settings():
    planned = Rehearsal(bare, environment={"HOSTS": "a1,root@a2,a1"}).plans("work")
    assert [server.address for server in planned.servers] == ["deploy@a1", "root@a2"]
    assert [len(wave) for wave in planned.steps[0].waves] == [1, 1]
    assert left(bare, hosts="a1,root@a2,deploy@a1:22") == ["deploy@a1", "root@a2"]


def test_a_filter_of_hosts_is_no_inventory():
    with pytest.raises(UsageError, match="no server `a1` is declared"):
        left(bare, {"HOSTFILTER": "a1"})


@pytest.mark.parametrize("hosts", ["", "a1"])
def test_a_role_that_no_server_has_is_refused_also_where_none_is_declared(hosts: str):
    with pytest.raises(UsageError, match="no server has the role `app`"):
        Rehearsal(bare, environment={"ROLES": "app", "HOSTS": hosts}).plans("work")


@pytest.mark.parametrize("name", ["a1", "a1:2222", "deploy@a1", "deploy@a1:2222"])
def test_a_declared_server_is_found_by_every_way_to_write_it(name: str):
    def recipe() -> None:
        role("app", "deploy@a1:2222", "deploy@a2:2222")
        bare()

    planned = Rehearsal(recipe, environment={"HOSTFILTER": name}).plans("work")
    assert [server.host for server in planned.servers] == ["a1"]


WEB1, WEB2, DB1 = "deploy@web1", "deploy@web2:2222", "deploy@db1"


@pytest.mark.parametrize(
    ("environment", "options", "expected"),
    [
        ({}, {}, [WEB1, WEB2, DB1]),
        ({"HOSTS": ""}, {}, [WEB1, WEB2, DB1]),
        ({}, {"hosts": "web*"}, [WEB1, WEB2]),
        ({}, {"hosts": "db1, web2"}, [WEB2, DB1]),
        ({}, {"roles": "web,db"}, [WEB1, WEB2, DB1]),
        ({}, {"roles": "d?"}, [DB1]),
        ({"HOSTS": "web1,db1"}, {"hosts": "web*"}, [WEB1]),
        ({"HOSTS": "web1,web2", "HOSTFILTER": "web2"}, {"roles": "app"}, [WEB2]),
        ({"ROLES": "app", "HOSTROLEFILTER": "web"}, {"on": "zone=eu"}, [WEB1]),
        ({"HOSTFILTER": "web*"}, {"on": "!primary"}, [WEB2]),
        ({}, {"on": "role=web & zone=eu | role=db"}, [WEB1, DB1]),
    ],
)
def test_everything_that_is_given_narrows(environment, options, expected):
    assert left(shop, environment, **options) == expected


@pytest.mark.parametrize(
    ("environment", "options", "message", "hint"),
    [
        ({"HOSTS": "wbe1"}, {}, "no server `wbe1` is declared", "did you mean `web1`?"),
        ({}, {"hosts": "web1,zzz"}, "no server `zzz` is declared", "there are `web1`, `web2:2222` and `db1`"),
        ({}, {"hosts": "z*"}, "no server's host matches `z*`", "there are `web1`"),
        ({}, {"roles": "wbe"}, "no server has the role `wbe`", "did you mean `web`?"),
        ({"HOSTROLEFILTER": "x*"}, {}, "no server's role matches `x*`", "there are `app`, `db` and `web`"),
        ({}, {"hosts": " , "}, "names nothing", ""),
        ({"HOSTS": "-x"}, {"allows_unknown": True}, "HOSTS: `-x` is not a host name", ""),
        ({}, {"on": "role=wbe"}, "no server has the role `wbe`, in `--on` at character 6\n", "did you mean `web`?"),
        ({}, {"on": "zone=eu & !host=wbe1"}, "no server `wbe1` is declared, in `--on` at character 17\n", "`web1`"),
        ({}, {"on": "role=web & zoen=eu"}, "no server has a property `zoen`, in `--on` at character 12\n", "`zone`"),
        ({}, {"on": "zone=eu,ux"}, "no server has zone `ux`, in `--on` at character 9\n", "there are `eu` and `us`"),
        ({}, {"on": "zone!=ap*"}, "no server's zone matches `ap*`, in `--on` at character 7\n", "are `eu` and `us`"),
        ({}, {"on": "user=root"}, "no server has user `root`", "there are `deploy`"),
        ({}, {"on": "port=23"}, "no server has port `23`", "there are `22` and `2222`"),
        ({}, {"on": "web & zone=eu"}, "no server has a property `web`", "did you mean `role=web`?"),
        ({}, {"on": "!db1"}, "no server has a property `db1`", "did you mean `host=db1`?"),
        ({}, {"on": "qqq"}, "no server has a property `qqq`", "keys are `host`, `port`, `primary`, `role`"),
        ({"HOSTS": "web1"}, {"on": "zone=us"}, "no server is left by `HOSTS=web1` and `--on zone=us`", "there are"),
        ({}, {"on": "zone=us", "roles": "db"}, "no server is left by `--roles db` and `--on zone=us`", "there are"),
    ],
)  # fmt: skip
def test_names_that_mean_nothing_and_filters_that_leave_nothing_are_refused(environment, options, message, hint):
    with pytest.raises(UsageError) as refused:
        left(shop, environment, **options)
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_a_hint_does_not_list_a_hundred_servers():
    def many() -> None:
        role("app", *(f"n{number}" for number in range(100)))

    with pytest.raises(UsageError) as refused:
        left(many, hosts="zzz")
    assert refused.value.hint.endswith("`n10`, `n11` and 88 more")


def test_an_undeclared_host_is_added_only_where_that_is_allowed():
    with pytest.raises(UsageError, match="no server `other` is declared"):
        left(shop, {"HOSTS": "web1,other"})
    assert left(shop, {"HOSTS": "web1,other"}, allows_unknown=True) == [WEB1, "deploy@other"]
    assert left(shop, hosts="root@other:23,deploy@web1:22", allows_unknown=True) == [WEB1, "root@other:23"]
    assert left(shop, {"HOSTS": "other"}, hosts="o*", allows_unknown=True) == ["deploy@other"]
    assert left(shop, allows_unknown=True) == [WEB1, WEB2, DB1]


def test_only_a_list_of_hosts_adds_one():
    for environment, options in (({"HOSTFILTER": "other"}, {}), ({}, {"on": "host=other"})):
        with pytest.raises(UsageError, match="no server `other` is declared"):
            left(shop, environment, allows_unknown=True, **options)


def plans(task: str, hosts: str) -> list[str]:
    rehearsal = Rehearsal(shop)
    rehearsal.allows_unknown = True
    rehearsal.environment = {"HOSTS": hosts}
    return [one.host for one in rehearsal.plans(task).servers]


def test_an_undeclared_host_has_no_role_and_is_never_the_primary():
    assert plans("work", "other,web2") == ["web2", "other"]
    assert plans("lead", "other,web1") == ["web1"]
    for hosts, name in (("other,web2", "lead"), ("other", "lead"), ("other", "migrate")):
        with pytest.raises(RecipeError, match=rf"`{name}` runs on `web1` alone, and `HOSTS={hosts}` leaves it out"):
            plans(name, hosts)


@given(wanted=EXPRESSIONS | LIKELY | st.builds(Not, LIKELY) | st.builds(lambda *parts: Both(parts), LIKELY, LIKELY))
def test_any_expression_selects_a_part_of_what_it_is_given_in_its_order_or_is_refused(wanted: Expression):
    filters = Filters((Filter("--on", str(wanted), wanted),))
    try:
        selected = available(SERVERS, filters)
    except UsageError:
        return
    assert selected
    assert list(selected) == [one for one in SERVERS if one in selected]


@given(one=LIKELY, other=LIKELY)
def test_a_second_filter_never_adds_a_server(one: Expression, other: Expression):
    def chosen(*wanted: Expression) -> set[str]:
        try:
            return {server.host for server in available(SERVERS, Filters(tuple(Filter("--on", "", w) for w in wanted)))}
        except UsageError:
            return set()

    assert chosen(one, other) <= chosen(one)
    assert chosen(one, other) == chosen(Both((one, other)))
    assert chosen(Either((one, other))) >= chosen(one) or not chosen(Either((one, other)))
