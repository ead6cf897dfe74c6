"""`cap status`: of one stage, of all of them, and for programs."""

import json
from pathlib import Path

import pytest

from capify.recipe.discovery import STANDARD

from .conftest import Cap, write

CAPFILE = f"""\
from capify import config, load

load("deploy")
load("{STANDARD}/status")
config.application = "shop"
config.repository = "unused"
config.transport = "local"
config.stages = ["production", "qa", "staging"]
config.protected_stages = ["production"]
"""
STAGE = """\
from capify import config, server

config.deploy_to = "{folder}/{name}"
server("localhost", "app")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with three stages on this machine, of which one is protected; nothing is deployed."""
    stages = ("production", "qa", "staging")
    files = {f"config/deploy/{name}.py": STAGE.format(folder=tmp_path / "var", name=name) for name in stages}
    write(tmp_path, {"capfile.py": CAPFILE, **files})
    return tmp_path


@pytest.mark.usefixtures("shop")
def test_a_stage_is_asked_by_its_name_and_a_protected_one_wants_to_be_confirmed(cap: Cap) -> None:
    said = cap("staging", "status")
    assert (said.status, said.out.splitlines()[0]) == (4, "shop staging")
    assert "nothing is set up there" in said.err
    assert "stage `production` is protected" in cap("production", "status").err
    assert cap("production", "status", "--confirm", "production").status == 4


@pytest.mark.usefixtures("shop")
def test_all_stages_are_asked_whatever_the_others_say_but_not_protected_ones(cap: Cap) -> None:
    said = cap("status", "--all")
    assert said.status == 4
    assert [line for line in said.out.splitlines() if line.startswith("shop")] == ["shop qa", "shop staging"]
    assert "left out, because protected: `production`\n  `cap production status` asks it" in said.err


def test_json_of_all_stages_is_one_document(cap: Cap, shop: Path) -> None:
    (shop / "config/deploy/qa.py").write_text("nonsense\n")
    said = cap(":status", "--all", "--json")
    told = json.loads(said.out)
    assert (said.status, told["left_out"]) == (4, ["production"])
    broken, staging = told["stages"]
    assert broken == {"stage": "qa", "drift": None, "servers": [], "findings": [], "status": 2}
    assert (staging["stage"], staging["status"], staging["drift"]) == ("staging", 4, True)
    assert staging["servers"][0]["release"] is None
    assert [finding["kind"] for finding in staging["findings"]] == ["not-set-up"]


@pytest.mark.usefixtures("shop")
def test_stages_that_are_named_are_all_asked(cap: Cap) -> None:
    said = cap("production,qa", "status", "--json", "--confirm", "production,qa")
    told = json.loads(said.out)
    assert (said.status, told["left_out"]) == (4, [])
    assert [(one["stage"], one["status"]) for one in told["stages"]] == [("production", 4), ("qa", 4)]
    assert "there is no stage `qb`" in cap("production,qb", "status").err


@pytest.mark.usefixtures("shop")
def test_json_of_one_stage_is_all_that_is_on_standard_output(cap: Cap) -> None:
    said = cap("staging", "status", "--json")
    told = json.loads(said.out)
    assert (said.status, told["status"], told["format"], told["application"]) == (4, 4, 1, "shop")


@pytest.mark.usefixtures("shop")
def test_what_does_not_belong_together_is_refused(cap: Cap) -> None:
    for words in (("deploy", "--all"), ("staging", "status", "--all"), ("status", "--all", "--", "ls")):
        said = cap(*words)
        assert (said.status, "`--all` belongs to `cap status`" in said.err) == (2, True)
    assert "`--all` means nothing here" in cap("-T", "--all").err
    assert "`status` does not know what to do with `deploy`" in cap("staging", "status", "deploy").err


def test_without_the_standard_deployment_there_is_nothing_to_ask(cap: Cap, tmp_path: Path) -> None:
    write(tmp_path, {"capfile.py": "from capify import server\nserver('localhost', 'app')\n"})
    said = cap("status")
    assert (said.status, "there is no task `deploy:status`" in said.err) == (2, True)
    said = cap("status", "--all")
    assert (said.status, "this project has no stages" in said.err) == (2, True)


def test_a_task_of_the_project_named_status_wins(cap: Cap, shop: Path) -> None:
    with (shop / "capfile.py").open("a") as file:
        file.write('\n\nfrom capify import task\n\n\n@task(local=True)\ndef status():\n    print("mine")\n')
    assert cap("staging", "status").out == "mine\n"
    assert cap("staging", ":status").status == 4
