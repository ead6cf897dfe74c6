"""Narrowing for real: which servers accept a connection, and how it ends when some cannot be reached."""

import pytest

from capify.testing.repository import Repository

from .operating import FOUR, PRODUCTION, SHOP, STAGING, Operator, fleet_of, live

pytestmark = pytest.mark.fleet

RECIPE = """\
from capify import run, server, task

server("web1", "app", "web", zone="eu", primary=True)
server("web2", "app", "web", zone="us")
server("web3", "app", zone="eu")
server("web4", "db", zone="us")


@task
def names():
    run('echo "$FLEET_HOST"')


@task(roles="app", primary=True)
def migrate():
    run("echo migrated")
"""


@pytest.fixture
def zoned(four: Operator) -> Operator:
    """Four servers in two zones."""
    return four.write({"capfile.py": RECIPE})


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("--on", "zone=eu & !host=web1"), "web3"),
        (("--on", "role=db | primary"), "web1 web4"),
        (("--hosts", "web1,web[2]"), ""),
        (("--hosts", "web?", "--roles", "web"), "web1 web2"),
        (("--roles", "web,db", "HOSTFILTER=web2,web4", "--on", "zone=us"), "web2 web4"),
        (("--on", "role=wbe"), ""),
        (("--on", "zone=eu & role=db"), ""),
    ],
)
def test_only_what_is_selected_is_connected_to(zoned: Operator, argv: tuple[str, ...], expected: str):
    before = zoned.accepts()
    listed = zoned.cap("hosts", *argv)
    assert zoned.accepts() == before
    said = zoned.cap("names", *argv)
    reached = {name for name, count in zoned.accepts().items() if count != before[name]}
    assert reached == set(expected.split())
    assert zoned.runs_on(said) == reached
    assert {line.split()[0] for line in listed.lines} == reached
    assert said.status == listed.status == (0 if expected else 2)


def test_a_server_that_is_down_is_excused_and_the_exit_status_is_4(zoned: Operator):
    fleet_of(zoned).stop("web2")
    said = zoned.cap("--skip-unreachable", "names", "migrate")
    assert said.status == 4, said.err
    assert zoned.runs_on(said) == {"web1", "web3", "web4"}
    assert "`web2` is skipped, because it cannot be reached" in said.err
    row = next(line for line in said.err.splitlines() if line.startswith("web2  "))
    assert row.split()[1:3] == ["unreached", "excused:"]
    assert said.err.splitlines()[-1].endswith("(exit 4)")


def test_without_that_option_nothing_runs_anywhere(zoned: Operator):
    fleet_of(zoned).stop("web2")
    said = zoned.cap("names")
    assert (said.status, said.out) == (5, "")


def test_the_only_server_of_a_task_is_not_excused(zoned: Operator):
    fleet_of(zoned).stop("web1")
    said = zoned.cap("--skip-unreachable", "names", "migrate")
    assert (said.status, said.out) == (5, "")
    assert "could not connect to `web1`, and task `migrate` runs on one server alone" in said.err
    assert "capfile.py:14" in said.err


def test_no_server_at_all_is_no_success(zoned: Operator):
    fleet_of(zoned).stop(*FOUR)
    said = zoned.cap("--skip-unreachable", "names")
    assert (said.status, said.out) == (5, "")


def test_a_host_that_no_recipe_declares_is_reached_with_the_flag_alone(zoned: Operator):
    zoned.write({"capfile.py": RECIPE.replace('server("web4", "db", zone="us")\n', "")})
    before = zoned.accepts()
    assert zoned.cap("names", "HOSTS=web4").status == 2
    assert zoned.accepts() == before
    said = zoned.cap("names", "HOSTS=web4,web3", "--allow-unknown-hosts")
    assert zoned.runs_on(said) == {"web3", "web4"}
    said = zoned.cap("migrate", "HOSTS=web4", "--allow-unknown-hosts")
    assert said.status == 2
    assert "task `migrate` runs on `web1` alone" in said.err


def test_a_deployment_goes_on_without_a_server_that_is_down_and_brings_it_up_to_date_later(
    shop: Operator, code: Repository
):
    fleet = fleet_of(shop)
    shop.does("deploy:setup", "deploy")
    before = live(fleet, STAGING, SHOP)
    new = code.commit("a newer one")
    fleet.stop(STAGING)
    assert shop.cap("deploy").status == 5
    assert live(fleet, PRODUCTION, SHOP) == before
    said = shop.cap("deploy", "--skip-unreachable")
    assert said.status == 4, said.err
    assert live(fleet, PRODUCTION, SHOP) == new
    fleet.up(STAGING)
    assert live(fleet, STAGING, SHOP) == before
    shop.does("deploy")
    assert {live(fleet, name, SHOP) for name in (PRODUCTION, STAGING)} == {new}
