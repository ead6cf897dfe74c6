"""Scenarios: what `cap` would show, told by recipes that meet no server."""

import re
from pathlib import Path

import pytest

from capify.errors import RecipeError
from capify.events import CommandStarted
from capify.testing import Scenario

ROLLING = """
from capify import run, server, task

server("web1", "app")
server("web2", "app")

@task(roles="app", at_once=1)
def restart():
    run("systemctl restart shop")
"""
ASKING = """
from capify import ask, capture, confirm, run, run_locally, server, task

server("deploy@web1:2222", "app")

@task
def talk():
    colour = ask("Which colour?", "red", secret=False)
    confirm("Paint it?")
    run(["paint", colour])

@task
def log_in():
    ask("Password?", secret=True)

@task
def kernel():
    run(f"echo {capture('uname -r')}")

@task
def builds():
    run_locally("touch really-run")
"""


def test_the_screen_is_compared_whole(scenario: Scenario):
    scenario.capfile(ROLLING).on("web1").on_command("systemctl restart shop").fails(1, "boom")
    transcript = scenario.runs("restart")
    transcript.shows("""
        web1, web2
        restart · web1 · wave 1 of 2
          $ systemctl restart shop
        web1 | boom
          web1: exit 1

        server  outcome  why
        web1    failed   exit 1: systemctl restart shop
        web2    ok       nothing was run

        web1 | boom

        failed after 7.3 s: command failed on `web1`
          task     restart
          wave     1 of 2 of `restart`
          at       capfile.py:8
          command  systemctl restart shop
          servers  web1  exit 1
          changed  what was run stays as it is; nothing was undone
    """).exits(1)
    with pytest.raises(AssertionError, match=r"\+ web1 \| boom"):
        transcript.shows("web1, web2")
    with pytest.raises(AssertionError, match="exits with 1, not 0"):
        transcript.exits(0)
    assert scenario.on("web2").commands == []


def test_silence_can_be_claimed_and_standard_output_by_itself(scenario: Scenario):
    scenario.capfile(ASKING).on("web1:2222").on_command("uname -r").says("6.1\n")
    scenario.on("web1:2222").on_command("echo 6.1").says("6.1\n", err="hm\n")
    scenario.runs("kernel", verbosity=-1).prints("").shows("""
        server     outcome
        web1:2222  ok
        done in 1 ms
    """)
    scenario.runs("kernel").prints("web1:2222 | 6.1").exits(0)
    with pytest.raises(AssertionError, match="standard output differs"):
        scenario.runs("kernel").prints("")


def test_what_differs_from_day_to_day_is_the_same(scenario: Scenario):
    scenario.capfile(ROLLING).on("web1", "web2").on_command("systemctl restart shop").says(
        "release 20260101120000 of 1234567 took 2.5 s\n"
    )
    shown = scenario.runs("restart")
    said = shown.screen.replace("20260101120000", "20301231235959").replace("1234567", "abcdef0").replace("2.5", "31")
    shown.shows(said)
    with pytest.raises(AssertionError, match="the screen differs"):
        shown.shows(said.replace("release", "a release"))


def test_several_servers_answer_each_for_itself_in_order(scenario: Scenario):
    scenario.capfile(ROLLING).on("web1", "web2").on_command(re.compile("restart")).fails(1).says("well\n")
    assert scenario.runs("restart").status == 1
    assert "web1 | well" in scenario.runs("restart").data
    assert scenario.on("web2").commands == ["systemctl restart shop"]


def test_questions_are_answered_as_laid_out_and_seen_on_the_screen(scenario: Scenario):
    scenario.capfile(ASKING).answers("Which colour", "blue").answers("Paint", "y")
    scenario.runs("talk").shows("""
        web1:2222 · as deploy
        talk
        Which colour? [red]: blue
        Paint it? [y/N]: y
          $ paint blue

        server     outcome
        web1:2222  ok
        done in 1 ms
    """).exits(0)
    assert scenario.asked == ["Which colour? [red]:", "Paint it? [y/N]:"]
    scenario.answers("Password", "hunter2")
    assert "hunter2" not in scenario.runs("log_in").screen


def test_a_question_without_an_answer_is_refused_and_says_how_to_script_it(scenario: Scenario):
    transcript = scenario.capfile(ASKING).runs("talk").exits(3)
    assert 'scenario.answers("Which colour? [red]:", "…")' in transcript.screen


def test_nothing_is_run_on_this_machine(scenario: Scenario):
    scenario.capfile(ASKING).runs("builds").exits(0)
    assert scenario.locally.commands == ["touch really-run"]
    assert not (scenario.folder / "really-run").exists()
    scenario.locally.on_command("touch really-run").says("hello\n").fails(3)
    assert scenario.runs("builds").exits(0).data == "local     | hello\n"
    scenario.runs("builds").exits(1)


def test_a_server_that_cannot_be_reached_and_a_connection_that_breaks(scenario: Scenario):
    scenario.capfile(ROLLING).on("web2").on_command("systemctl restart shop").loses("half a line")
    assert "lost" in scenario.runs("restart").exits(1).screen
    scenario.on("web1").unreachable("no route to host")
    assert "no route to host" in scenario.runs("restart").exits(5).screen


def test_plans_are_shown_as_cap_plan_shows_them(scenario: Scenario):
    scenario.capfile(ROLLING).plans("restart").shows("""
        plan · web1, web2

        restart  2 waves: web1 | web2  capfile.py:6
    """).exits(0)
    scenario.plans("restrt").exits(2)


def test_what_is_wrong_is_shown_as_cap_shows_it(scenario: Scenario):
    scenario.capfile(ROLLING).stage("production")
    scenario.runs("production", "restrat").shows("""
        cap: there is no task `restrat` in stage `production`
          did you mean `restart`?
    """).exits(2)
    scenario.file("capfile.py", "from capify import rum\n")
    scenario.runs("restart").shows("""
        cap: capfile.py:1: capify has no word `rum`
          did you mean `run`?
    """).exits(2)


def test_stages_settings_and_the_environment_are_the_scenario_s_own(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CAPIFY_COLOUR", "green")
    recipe = """
        from capify import config, run, server, task
        config.colour = "red"
        config.protected_stages = ["production"]
        server("web1", "app")
        server("web2", "app")

        @task
        def show():
            run(f"echo {config.colour} in {config.stage}")
    """
    scenario.capfile(recipe).stage("production", "from capify import config\nconfig.colour = 'blue'\n").stage("staging")
    scenario.environment["HOSTS"] = "web2"
    scenario.runs("staging", "show").exits(0)
    scenario.runs("production", "show").exits(3)
    scenario.runs("production", "show", confirm="production").exits(0)
    scenario.answers("type its name", "production")
    scenario.settings["colour"] = "yellow"
    scenario.runs("production", "show").exits(0)
    assert scenario.on("web1").commands == []
    assert scenario.on("web2").commands == [
        "echo red in staging", "echo blue in production", "echo yellow in production",
    ]  # fmt: skip


def test_a_dry_run_shows_and_does_nothing(scenario: Scenario):
    assert "would run on web1: systemctl" in scenario.capfile(ROLLING).runs("restart", dry=True).exits(0).screen
    assert scenario.on("web1", "web2").commands == []


def test_recipes_in_files_are_taken_where_they_lie(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    project = tmp_path / "project"
    (project / "capfiles").mkdir(parents=True)
    (project / "capfile.py").write_text("")
    (project / "capfiles/rolling.py").write_text(ROLLING.replace("run(", "rum("))
    monkeypatch.chdir(project)
    transcript = scenario.capfile("capfiles/rolling.py").runs("restart").exits(2)
    assert "at       capfiles/rolling.py:9" in transcript.screen
    monkeypatch.chdir(tmp_path)
    assert scenario.runs("restart").screen.count("project") == 0
    with pytest.raises(FileNotFoundError):
        scenario.capfile("capfiles/nosuch.py")


def test_the_facts_are_there_for_whoever_wants_more_than_a_screen(scenario: Scenario):
    events = scenario.capfile(ROLLING).runs("restart").events
    started = [event for event in events if isinstance(event, CommandStarted)]
    assert [[server.name for server in event.servers] for event in started] == [["web1"], ["web2"]]


def test_what_was_scripted_and_never_asked_for_is_known(scenario: Scenario):
    scenario.capfile(ROLLING).on("web1").on_command("systemctl restart shp").fails(1)
    scenario.answers("Sure", "yes").runs("restart")
    assert scenario.unused == ["`systemctl restart shp` on web1", "the answer to `Sure`"]
    scenario.on("web1").on_command("x")
    scenario.capfile(ROLLING.replace("restart shop", "restart shp")).runs("restart")
    assert scenario.unused[0] == "`x` on web1"
    recipe = """
        from capify import ask, run, server, task
        server("web1", "app")

        @task
        def x():
            run("x")
            ask("Sure?")
    """
    scenario.capfile(recipe)
    scenario.runs("x").exits(0)
    assert scenario.unused == []


def test_a_recipe_that_ends_python_is_a_recipe_at_fault(scenario: Scenario):
    assert "sys.exit(4)" in scenario.capfile("import sys\nsys.exit(4)\n").runs("x").exits(RecipeError.status).screen


def test_options_of_cap_are_keywords(scenario: Scenario):
    scenario.capfile(ROLLING)
    scenario.runs("restart", on="host=web2", dry=True).shows("""
        dry run, nothing will be changed · web2
        restart
          would run on web2: systemctl restart shop

        server  outcome
        web2    ok
        dry run done in 1 ms, nothing was changed
    """).exits(0)
    assert scenario.runs("restart", hosts=["web1"]).exits(0).screen.startswith("web1\n")
    assert "web9" in scenario.plans("restart", hosts="web9", allow_unknown_hosts=True).exits(2).screen
    assert "did you mean `app`?" in scenario.runs("restart", roles="ap").exits(2).screen


@pytest.mark.parametrize(
    ("word", "meant"),
    [("-n", "`dry=True`"), ("--on", "`on=…`"), ("--roles=app", "`roles=…`"), ("-v", "`verbosity=1`")],
)
def test_an_option_among_the_words_is_refused(scenario: Scenario, word: str, meant: str):
    with pytest.raises(ValueError, match="is an option of `cap`, and no word") as raised:
        scenario.capfile(ROLLING).runs("restart", word)
    assert meant in str(raised.value)
