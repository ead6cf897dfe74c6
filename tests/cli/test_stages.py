"""`cap stages`: what there is, without connecting."""

import json
from pathlib import Path

import pytest

from .conftest import Cap, Said, lines, write

pytestmark = pytest.mark.usefixtures("project")


def test_stages_are_shown_with_their_servers(cap: Cap) -> None:
    assert cap("stages") == Said(0, lines("""
        production           web1       app web, primary
                             web2:2222  app, zone=eu
                             db1        db
        staging     default  test1      app db web, primary
    """), "")


def test_a_stage_that_cannot_be_read_is_listed_with_its_error(cap: Cap, project: Path) -> None:
    write(project, {"config/deploy/production.py": "nonsense\n"})
    said = cap("stages")
    assert said.status == 2
    assert "production           (cannot be read)" in said.out
    assert "test1" in said.out
    assert "cap: config/deploy/production.py:1: `nonsense` is not defined" in said.err
    told = json.loads(cap("stages", "--json").out)
    assert [bool(stage["error"]) for stage in told] == [True, False]


def test_stages_of_a_broken_shared_recipe_are_an_error(cap: Cap, project: Path) -> None:
    write(project, {"config/deploy.py": "def broken(:\n"})
    said = cap("stages")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("cap: config/deploy.py:1: syntax error")
