"""`cap check`: what is wrong with recipes, with file and line, before any server is asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT

from .conftest import Cap, Said, write

pytestmark = pytest.mark.usefixtures("project")

WRONG = """\
from capify import before, config, deploy, invoke, namespace, on, role, run, server, servers, stage, task

config.own = 1
deploy = namespace("deploy")
for name in ["a", "b"]:
    @task(name)
    def restart():
        run(f"restart {name}")
    config[f"cmd_{name}"] = lambda: f"run {name}"
    before("build", lambda: run(name))
    run_now = sorted([name], key=lambda one: name + one)


for server in servers():
    pass


@task(roles="wbe")
def build():
    config.won
    invoke("biuld")
    deploy.restrat()
    servres()
    whoami()
    run = 3
    run("x")


before("only_eu", build)


@stage
def production():
    role("web", "web1")


@stage
def eu():
    role("web", "eu1")
    task("only_eu")(lambda: run("x"))
"""
FINDINGS = [
    (1, "hides"), (7, "uses `name` of the loop"), (9, "uses `name` of the loop"), (10, "uses `name` of the loop"),
    (4, "`deploy` hides the word"), (14, "`server` hides the word"), (18, "no server of any stage has the role `wbe`"),
    (20, "setting `won` is read, and no stage sets it"), (21, "no stage declares a task `biuld`"),
    (22, "no stage declares a task `deploy:restrat`"), (23, "`servres` is not defined"),
    (24, "`whoami` is not defined"),
    (25, "`run` hides the word"),
]  # fmt: skip


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy has learnt in other tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def cap(cap: Cap, remembered: Path) -> Cap:
    """Start `cap` with what mypy remembers."""

    def start(*argv: str) -> Said:
        return cap(*argv, environment={"XDG_CACHE_HOME": str(remembered)})

    return start


def found(said: Said) -> set[tuple[int, str]]:
    return {(one["line"], one["text"]) for one in json.loads(said.out)}


def test_a_good_project_has_nothing_to_mend(cap: Cap) -> None:
    said = cap("check")
    assert (said.status, said.out) == (0, "")
    assert "checked 2 stages and 4 recipes: nothing to mend" in said.err


def test_every_kind_of_mistake_is_listed_with_its_line_and_exit_status_4(cap: Cap, project: Path) -> None:
    write(project, {"capfile.py": WRONG})
    said = cap("check", "--json")
    assert said.status == 4
    texts = found(said)
    for line, text in FINDINGS[1:]:
        assert any(at == line and text in one for at, one in texts), (line, text, sorted(texts))
    assert not any(line == 11 for line, _ in texts)


def test_the_list_has_file_line_and_a_hint_and_is_about_the_named_stage_if_one_is(cap: Cap, project: Path) -> None:
    stage = project / "config/deploy/production.py"
    stage.write_text(stage.read_text() + "\nfrom capify import task\n\n@task\ndef extra():\n    config.aplication\n")
    said = cap("check")
    assert said.status == 4
    assert said.out.startswith(
        "config/deploy/production.py:14: setting `aplication` is read, and no stage sets it\n"
        "  did you mean `application`?\n"
    )
    assert cap("production", "check").status == 4
    assert cap("staging", "check").status == 0


def test_a_stage_that_cannot_be_read_is_a_finding_and_the_others_are_checked(cap: Cap, project: Path) -> None:
    write(project, {"config/deploy/production.py": "from capify import server\nserver('web1', 'app')\nnonsense\n"})
    said = cap("check")
    assert said.status == 4
    assert "config/deploy/production.py:3: `nonsense` is not defined" in said.out
    assert "checked 1 stage" in said.err


def test_shared_recipes_that_cannot_be_read_are_a_finding(cap: Cap, project: Path) -> None:
    write(project, {"config/deploy.py": "def broken(:\n"})
    said = cap("check")
    assert (said.status, said.out.splitlines()[0][:33]) == (4, "config/deploy.py:1: syntax error:")


def test_warnings_of_loading_are_findings(cap: Cap, project: Path) -> None:
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text() + "config.keep_relases = 3\n")
    said = cap("check")
    assert said.status == 4
    assert "did you mean `keep_releases`?" in said.out


def test_a_hook_that_never_fires_is_found(cap: Cap, project: Path) -> None:
    production, staging = project / "config/deploy/production.py", project / "config/deploy/staging.py"
    production.write_text(production.read_text() + "from capify import task\n@task\ndef special():\n    pass\n")
    staging.write_text(staging.read_text() + "from capify import before\nbefore('special', lambda: None)\n")
    said = cap("check")
    assert said.status == 4
    assert "config/deploy/staging.py:5: the hook before `special` never fires" in said.out
    staging.write_text(staging.read_text() + "from capify import task\n@task\ndef special():\n    pass\n")
    assert cap("check").status == 0


def test_types_are_checked_with_mypy(cap: Cap, project: Path) -> None:
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text() + '\n\n@task\ndef typed():\n    run("x", tiemout=3)\n')
    assert cap("-T").status == 0
    said = cap("check")
    assert said.status == 4
    assert 'Unexpected keyword argument "tiemout"' in said.out


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "examples").glob("*/capfile.py")))
def test_our_own_examples_have_nothing_to_mend(name: str, remembered: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "capify", "check"], cwd=ROOT / "examples" / name, capture_output=True, text=True,
        check=False, env={**os.environ, "XDG_CACHE_HOME": str(remembered)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_of_a_stage_are_shown_in_their_order(cap: Cap) -> None:
    assert cap("production", "files") == Said(0, (
        "capfile.py                   all stages\n"
        "config/deploy.py             all stages\n"
        "config/deploy/production.py  stage production\n"
    ), "")  # fmt: skip
    default = cap("files")
    assert default.out.endswith("config/deploy/staging.py  stage staging\n")
    assert [Path(one["file"]).name for one in json.loads(cap("production", "files", "--json").out)] == [
        "capfile.py", "deploy.py", "production.py",
    ]  # fmt: skip
