"""The recipes, played against servers that answer as they are told: run `pytest` in the folder above."""

import pytest

from capify.testing import Scenario


@pytest.fixture
def shop(scenario: Scenario) -> Scenario:
    """Give a scenario of this project's own recipes and stages."""
    return scenario.capfile("capfile.py")


def test_a_server_that_does_not_come_back_stops_the_restart(shop: Scenario) -> None:
    shop.on("web1").on_command("shop healthy").fails(1, "boom")
    shop.runs("production", "restart").shows("""
        production · web1, web2
        assets · before restart · local
          $ npm run build
        restart · web1 · wave 1 of 2
          $ systemctl restart shop
          $ shop healthy
        web1 | boom
          web1: exit 1

        server  outcome  why
        web1    failed   exit 1: shop healthy
        web2    ok       nothing was run

        web1 | boom

        failed after 3 ms: command failed on `web1`
          task     restart
          wave     1 of 2 of `restart`
          at       capfile.py:12
          command  shop healthy
          servers  web1  exit 1
          changed  what was run stays as it is; nothing was undone
    """).exits(1)
    assert shop.on("web2").commands == []


def test_servers_are_restarted_one_after_the_other(shop: Scenario) -> None:
    shop.plans("production", "restart").shows("""
        plan · production · web1, web2

        assets  [before restart]  this machine          capfile.py:32
        restart                   2 waves: web1 | web2  capfile.py:8
    """)


def test_the_database_is_migrated_when_somebody_says_yes(shop: Scenario) -> None:
    shop.on("db1").on_command("shop pending head").says("2 migrations\n")
    shop.answers("Apply 2 migrations?", "yes")
    shop.runs("production", "migrate").exits(0)
    assert shop.on("db1").commands == ["shop pending head", "shop migrate head"]


@pytest.mark.parametrize("answer", ["no", ""])
def test_the_database_is_left_alone_otherwise(shop: Scenario, answer: str) -> None:
    shop.on("db1").on_command("shop pending 7").says("2 migrations\n")
    shop.answers("Apply 2 migrations?", answer)
    shop.runs("production", "migrate", "to=7").exits(1)
    assert "shop migrate 7" not in shop.on("db1").commands


def test_a_build_that_fails_touches_no_server(shop: Scenario) -> None:
    shop.locally.on_command("npm run build").fails(2, "no such module")
    shop.runs("production", "restart").exits(1)
    assert shop.on("web1", "web2").commands == []
