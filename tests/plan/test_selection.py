"""Servers that only the command line names, and names that it narrows by."""

import pytest
from tests.rehearsal import Rehearsal

from capify import config, role, run, task
from capify.errors import UsageError


def bare() -> None:
    config.user = "deploy"

    @task(at_once=1)
    def work():
        run("x")


def test_hosts_of_the_command_line_are_each_one_server_as_the_user_of_the_settings():
    planned = Rehearsal(bare, environment={"HOSTS": "a1,root@a2,a1"}).plans("work")
    assert [server.address for server in planned.servers] == ["deploy@a1", "root@a2"]
    assert [len(wave) for wave in planned.steps[0].waves] == [1, 1]


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
