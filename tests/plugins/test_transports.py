"""Transports of installed packages: chosen by a setting, loaded only then, and blamed by name."""

import asyncio

import pytest
from tests.plugins.conftest import Nobody, Project, Sites

from capify.errors import ConnectFailed, RecipeError
from capify.machines import Server
from capify.places import Place
from capify.testing import Scenario
from capify.transports.plugged import plugged_transport

TRANSPORT = """
from capify.plugins import TransportPlugin
from capify.transports.local import LocalTransport

class Teleport(LocalTransport):
    name = "teleport"
    def explain(self, server, complaint):
        {explain}
    async def open(self, server, command):
        {opens}

def make(settings, terminal):
    print("distance", settings.get("distance", "unknown"))
    return {made}

plugin = TransportPlugin(make, api=1)
"""
CAPFILE = """\
from capify import config, run, server, task

config.transport = {transport}
server("web1", "app")


@task
def hello():
    run("echo hello")
"""


def text(
    opens: str = "return await super().open(server, command)", made: str = "Teleport()", explain: str = "return 'lost'"
) -> str:
    return TRANSPORT.format(opens=opens, made=made, explain=explain)


def offer(sites: Sites, module: str, name: str = "teleport", package: str = "capify-extra") -> None:
    sites.install(package, {"capify.transports": {name: f"{package.replace('capify-', '')}:plugin"}},
                  **{package.replace("capify-", ""): module})  # fmt: skip


def test_a_transport_that_is_named_carries_the_commands_and_reads_settings(sites: Sites, project: Project):
    offer(sites, text())
    project.write("capfile.py", CAPFILE.format(transport="lambda: config.way"))
    said = project.cap("hello", "-s", "way=teleport", "-s", "distance=far")
    assert "distance far\n" in said
    assert "web1 | hello" in said


def test_a_login_by_ssh_never_takes_another_way_for_its_own(sites: Sites, project: Project):
    offer(sites, "raise SystemError")
    project.write("capfile.py", CAPFILE.format(transport="'teleport'"))
    assert "`cap ssh` cannot log in through `teleport`" in project.cap("ssh", "-n", status=2)


def test_looking_at_a_late_choice_loads_no_plugin(sites: Sites, project: Project):
    offer(sites, "raise SystemError")
    project.write("capfile.py", CAPFILE.format(transport="lambda: config.way"))
    assert "'teleport'" in project.cap("vars", "transport", "-s", "way=teleport")


def test_one_that_is_not_named_is_not_loaded(sites: Sites, project: Project):
    offer(sites, "raise SystemError")
    project.write("capfile.py", CAPFILE.format(transport="'local'"))
    assert "web1 | hello" in project.cap("hello")


def test_an_unknown_name_is_refused_where_it_is_set_with_the_nearest_one(sites: Sites, scenario: Scenario):
    offer(sites, "raise SystemError")
    scenario.capfile(CAPFILE.format(transport="'teleprot'")).runs("hello").shows("""
        cap: capfile.py:3: setting `transport` must be `auto` or `openssh` or `local` or `teleport`: 'teleprot'
          did you mean `teleport`?
    """).exits(2)


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_two_of_one_name_are_an_error_in_any_order_of_installation(
    sites: Sites, project: Project, order: tuple[str, str]
):
    for name in order:
        offer(sites, text(), package=f"capify-{name}")
    project.write("capfile.py", CAPFILE.format(transport="'teleport'"))
    said = project.cap("hello", status=2)
    assert said == (
        "cap: capfile.py:3: several packages have a transport `teleport`: `capify-one 1.0` and `capify-two 1.0`\n"
        "  uninstall all but one\n"
    )


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import nothing_such", "cannot be imported: ModuleNotFoundError"),
        (
            "from capify.plugins import RecipePlugin\nplugin = RecipePlugin(1, api=1)",
            "is a `RecipePlugin`, and no `cap",
        ),
        ("from capify.plugins import TransportPlugin\nplugin = TransportPlugin(3, api=1)", "has a `make` that is no f"),
        (
            "from capify.plugins import TransportPlugin\nplugin = TransportPlugin(3, api=2)",
            "is made for version 2 of p",
        ),
        (text(made="1 / 0"), "failed: ZeroDivisionError"),
        (text(made="object()"), "made a `object`, which has no `close`, `explain`, `name` and `open`"),
    ],
)
def test_one_that_cannot_be_made_is_refused_with_its_name_where_it_is_set(sites: Sites, module: str, said: str):
    offer(sites, module)
    with pytest.raises(RecipeError) as caught:
        plugged_transport("teleport", {}, Nobody(), place=Place("deploy.py", 7))
    assert caught.value.message.startswith("plugin `teleport` of capify-extra 1.0 (capify.transports) ")
    assert said in caught.value.message
    assert str(caught.value.place) == "deploy.py:7"


@pytest.mark.parametrize(
    ("opens", "said"),
    [
        ("raise ValueError('no way')", "failed: ValueError: no way"),
        ("return None", "opened a `NoneType`, which has no `close`, `complaint`, `finish`, `read`, `wait` and `write`"),
    ],
)
def test_one_that_fails_to_open_is_a_failed_connection_with_its_name(sites: Sites, opens: str, said: str):
    offer(sites, text(opens))
    transport = plugged_transport("teleport", {}, Nobody(), place=None)
    server = Server("web1")
    with pytest.raises(ConnectFailed) as caught:
        asyncio.run(transport.open(server, "true"))
    assert caught.value.reasons[server] == f"plugin `teleport` of capify-extra 1.0 (capify.transports) {said}"


def test_what_it_explains_badly_is_still_told(sites: Sites):
    offer(sites, text(explain="return 1 / 0"))
    transport = plugged_transport("teleport", {}, Nobody(), place=None)
    said = transport.explain(Server("web1"), "it\nhurts")
    assert said.startswith("it hurts (plugin `teleport` of capify-extra 1.0 (capify.transports) failed: ZeroDivision")


def test_there_is_none_of_a_name_that_was_taken_away(sites: Sites):
    offer(sites, text())
    with pytest.raises(RecipeError, match="there is no transport `telport`") as caught:
        plugged_transport("telport", {}, Nobody(), place=None)
    assert caught.value.hint == "did you mean `teleport`?"
