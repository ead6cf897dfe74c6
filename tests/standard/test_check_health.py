"""`deploy:check_health` and what hangs on it: silence where nothing is asked, waves, what is said when it fails."""

import pytest

from capify.events import CommandStarted
from capify.testing.scenario import Scenario

SHOP = """\
from capify import after, config, deploy, load, run, server

load("deploy")
config.application = "shop"
config.deploy_to = "/var/www/shop"
server("web1", "app", app_port=8001)
server("web2", "app", app_port=8002)
server("db1", "db")
"""
RESTART = "@deploy.task\ndef restart():\n    run('restart shop')\n"
URL = 'config.health_url = "http://{host}:{app_port}/up"\n'
NOTICE = "nothing restarts the application"


@pytest.mark.parametrize("more", [RESTART, "@after('deploy:published')\ndef reload():\n    run('reload shop')\n"])
def test_where_nothing_is_asked_nothing_is_said(scenario: Scenario, more: str):
    scenario.capfile(SHOP + more)
    shown = scenario.runs("deploy:check_health").exits(0)
    assert "note" not in shown.screen
    assert scenario.on("web1", "web2", "db1").commands == []


def test_that_nobody_knows_what_runs_is_said_once(scenario: Scenario):
    scenario.capfile(SHOP)
    assert scenario.runs("deploy:check_health").exits(0).screen.count(NOTICE) == 1
    assert NOTICE not in scenario.runs("deploy:check_health", dry=True).exits(0).screen


def test_every_server_of_the_application_is_asked_at_its_own_address(scenario: Scenario):
    scenario.capfile(SHOP + RESTART + URL)
    done = scenario.runs("deploy:check_health").exits(0)
    assert scenario.on("web1", "web2", "db1").commands == ["check health", "check health"]
    (sent,) = [event.text for event in done.events if isinstance(event, CommandStarted)]
    assert "url=http://web1:8001/up\n" in sent
    assert "url=http://web2:8002/up\n" in sent


def test_a_dry_run_only_shows_it(scenario: Scenario):
    scenario.capfile(SHOP + RESTART + URL)
    assert "would run on web1, web2: check health" in scenario.runs("deploy:check_health", dry=True).exits(0).screen
    assert scenario.on("web1", "web2").commands == []


def test_a_server_that_serves_the_old_release_is_named_with_what_to_do(scenario: Scenario):
    scenario.capfile(SHOP + RESTART + URL)
    scenario.on("web2").on_command("check health").fails(1, "not healthy after 2 attempts: still serving 1, not 2: …\n")
    shown = scenario.runs("deploy:check_health").exits(1).screen
    assert "web2 | not healthy after 2 attempts: still serving 1, not 2" in shown
    assert "must make the process go to `current` again" in shown


@pytest.mark.parametrize(("more", "waves"), [("", ["web1, web2"]), (URL, ["web1", "web2"])])
def test_waves_begin_with_one_server_where_its_health_can_be_seen(scenario: Scenario, more: str, waves: list[str]):
    scenario.capfile(SHOP + RESTART + more)
    shown = scenario.runs("deploy:rolling_restart").exits(0).screen
    found = [line for line in shown.splitlines() if "deploy:restart " in f"{line} "]
    assert len(found) == len(waves), shown
    assert scenario.on("web1", "web2").commands.count("restart shop") == 2


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('config.health_expect = "fine"\n', "`health_expect` is set without `health_url`"),
        ('config.health_url = "http://{hots}/"\n', "did you mean `host`?"),
        ('config.health_url = "localhost/up"\n', "must be an address that begins with `https://` or `http://`"),
        ('config.restart_waves = ["25"]\n', "must be a list of numbers of servers, or shares"),
        ("config.health_timeout = 0\n", "must be 1 or more"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_of_the_recipe(scenario: Scenario, setting: str, said: str):
    scenario.capfile(SHOP + RESTART + setting)
    assert said in scenario.runs("deploy:check_health").exits(2).screen
    assert scenario.on("web1", "web2").commands == []
