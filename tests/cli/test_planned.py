"""`cap plan`: what would run, in whole lines."""

import json
from pathlib import Path

import pytest

from .conftest import Cap, Said, lines

pytestmark = pytest.mark.usefixtures("project")


def test_the_plan_shows_every_step_and_hook_where_it_runs_and_where_it_stands(cap: Cap) -> None:
    assert cap("production", "plan", "deploy") == Said(0, lines("""
        plan · production · web1, web2:2222 · as deploy

        deploy                                                         config/deploy.py:13
          deploy:update                     in one transaction         config/deploy.py:14
            deploy:update_code              web1, web2:2222            config/deploy.py:17
            deploy:create_symlink           web1, web2:2222            config/deploy.py:22
          hello  [after deploy:update]      this machine               config/deploy.py:58
          warm_up  [before deploy:restart]  web1, web2:2222            config/deploy.py:53
          deploy:restart                    2 waves: web1 | web2:2222  config/deploy.py:27

        on failure  cry  config/deploy.py:61
    """), "")


def test_the_plan_takes_arguments_and_says_what_is_decided_later(cap: Cap) -> None:
    assert cap("plan", "logs", "lines=4", "all_of_it").out.startswith(lines("""
        plan · staging (the default stage) · test1 · as deploy

        logs lines=4  test1                                config/deploy.py:33
        all_of_it     this machine; decides while running  config/deploy.py:47
    """))
    told = json.loads(cap("production", "plan", "deploy", "HOSTS=web1", "--json").out)
    assert told["steps"][0]["steps"][1]["waves"] == [["deploy@web1"]]


@pytest.mark.parametrize("argv", [("logs",), ("plan", "logs")])
def test_without_any_stage_the_stages_are_named(cap: Cap, project: Path, argv: tuple[str, ...]) -> None:
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text().replace('config.default_stage = "staging"', ""))
    said = cap(*argv)
    assert said.status == 2
    assert "no stage is named" in said.err
    assert "stages are `production` and `staging`: `cap production logs`" in said.err
    assert cap("hello").status == 0
    assert "no stage was named; there are `production` and `staging`" in cap("-T").err
