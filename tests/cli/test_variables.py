"""`cap vars`: what settings are, and why; nothing is asked, run or fetched."""

import json
from pathlib import Path

import pytest

from .conftest import Cap, Said, lines, write

pytestmark = pytest.mark.usefixtures("project")


def test_a_setting_tells_where_it_comes_from(cap: Cap) -> None:
    assert cap("production", "vars", "deploy_to", "--why", "linked_dirs") == Said(0, lines("""
        deploy_to = '/var/www/shop-live'
            # the folder on the servers that holds releases, shared files and `current`
            set at   config/deploy.py:10 (shared recipe), late
            made of  application = 'shop-live'  (config/deploy/production.py:3)
        linked_dirs = ['log']
            # folders that every release takes from `shared`
            set at    config/deploy/production.py:4 (stage)
            replaced  default: []
    """), "")


@pytest.mark.parametrize(
    ("argv", "value", "place"),
    [
        (("vars", "branch"), "'main'", "config/deploy.py:9"),
        (("-S", "branch=x", "vars", "branch"), "'main'", "config/deploy.py:9"),
        (("-s", "branch=x", "vars", "branch"), "'x'", "-s"),
        (("vars", "branch", "CAPIFY_BRANCH=y"), "'y'", "CAPIFY_BRANCH"),
        (("production", ":vars", "branch"), "'main'", "config/deploy.py:9"),
    ],
)
def test_the_strongest_word_counts(cap: Cap, argv: tuple[str, ...], value: str, place: str) -> None:
    assert cap(*argv).out == f"branch  {value}  {place}\n"


def test_vars_neither_asks_nor_runs(cap: Cap, project: Path) -> None:
    recipe = "from capify import config\nimport subprocess\nconfig.asked = lambda: input('?')\n"
    recipe += "config.ran = lambda: subprocess.check_output(['touch', 'ran'])\n"
    write(project, {"capfile.py": recipe})
    said = cap("vars", "asked", "ran")
    assert said.status == 0
    assert said.out.count("(decided while running)") == 2
    assert not (project / "ran").exists()


def test_vars_as_json_says_the_same(cap: Cap) -> None:
    told = json.loads(cap("production", "vars", "--json").out)
    assert told["deploy_to"]["value"] == "/var/www/shop-live"
    assert told["deploy_to"]["late"]
    assert told["linked_dirs"]["replaced"] == [
        {"place": "default", "layer": "default", "kind": "plain", "value": []}
    ]
