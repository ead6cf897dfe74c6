"""A dry run and a plan: complete, and nothing anywhere is different afterwards."""

import pytest

from capify.testing.repository import Repository

from .operating import APP, PRODUCTION, STAGING, Operator

pytestmark = pytest.mark.fleet

STEPS = ("deploy", "deploy:update", "deploy:update_code", "deploy:prepare_code", "deploy:create_symlink",
         "deploy:restart", "deploy:cleanup")  # fmt: skip
HOOKS = """
from capify import after, before


@task
def warm_up():
    run("touch /tmp/warm")


before("deploy:restart", warm_up)
after("deploy:update", uname)
"""


def everything(operator: Operator, name: str) -> list[str]:
    """List all that a server has for itself."""
    assert operator.fleet
    return [line for folder in ("/var", "/tmp", "/home", "/srv", "/root") for line in operator.fleet.tree(name, folder)]


def test_on_a_fresh_server_it_completes_and_changes_nothing(article: Operator, source: Repository):
    before = everything(article, PRODUCTION)
    said = article.does("-n", "production", "deploy")
    assert everything(article, PRODUCTION) == before
    assert "deploy:setup" in said.err
    assert [step for step in STEPS if not any(line.split()[:1] == [step] for line in said.err.splitlines())] == []
    assert article.accepts()[STAGING] == 0


def test_on_a_deployed_server_it_completes_and_changes_nothing(article: Operator, source: Repository):
    article.does("production", "deploy:setup", "deploy")
    source.commit("second")
    before = everything(article, PRODUCTION)
    said = article.does("-n", "production", "deploy")
    assert everything(article, PRODUCTION) == before
    assert f"would publish {source.head()[:7]}" in said.err
    assert "systemctl reload" in said.err


SLOW = [pytest.param(task, marks=pytest.mark.slow) for task in ("deploy:setup", "deploy:check", "uname")]


@pytest.mark.parametrize("task", ["deploy:rollback", "deploy:cleanup", *SLOW])
def test_no_task_changes_anything_in_a_dry_run(article: Operator, source: Repository, task: str):
    article.does("staging", "deploy:setup", "deploy")
    source.commit("second", branch="develop")
    article.does("staging", "deploy")
    before = everything(article, STAGING)
    article.does("-n", "staging", task)
    assert everything(article, STAGING) == before


def test_with_strategy_copy_it_changes_nothing_either(article: Operator, source: Repository):
    article.does("staging", "deploy:setup")
    before = everything(article, STAGING)
    article.does("-n", "-s", "deploy_via=copy", "staging", "deploy")
    assert everything(article, STAGING) == before


def test_a_dry_run_writes_nothing_into_the_project(article: Operator, source: Repository):
    def project() -> dict[str, bytes]:
        files = [path for path in article.project.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {str(path): path.read_bytes() for path in files}

    before = project()
    article.does("-n", "production", "deploy")
    assert project() == before


def test_the_plan_of_deploy_shows_every_step_and_hook_with_its_place(article: Operator):
    recipe = article.project / "config/deploy.py"
    recipe.write_text(recipe.read_text() + HOOKS)
    said = article.does("production", "plan", "deploy")
    rows = [line for line in said.lines if line.strip()][1:]
    shown = {row.split()[0]: row for row in rows}
    for step in STEPS:
        assert ":" in shown[step].split()[-1], step
        assert shown[step].split()[-1].rpartition(":")[2].isdigit(), shown[step]
    for hook in ("warm_up", "uname"):
        row = next(row for row in rows if hook in row)
        assert "config/deploy.py:" in row
    order = ["deploy:create_symlink", "uname", "warm_up", "deploy:restart", "deploy:cleanup"]
    at = [next(number for number, row in enumerate(rows) if row.split()[0] == name) for name in order]
    assert at == sorted(at)


def test_the_plan_needs_no_network(article: Operator):
    assert article.fleet
    article.fleet.stop(PRODUCTION, STAGING)
    article.does("production", "plan", "deploy")
    article.does("production", "-n", "plan", "deploy:rollback")


def test_what_was_planned_is_what_runs(article: Operator, source: Repository):
    said = article.does("staging", "plan", "deploy")
    planned = [line.split()[0] for line in said.lines[1:] if line.strip().startswith("deploy")]
    article.does("staging", "deploy:setup")
    ran = article.does("-v", "staging", "deploy").err.splitlines()  # else a place without hooks has no line
    begun = [line for line in ran if " done in " not in line]
    assert [line.split()[0] for line in begun[1:] if line.strip().startswith("deploy")] == planned


def test_a_dry_run_of_a_recipe_that_needs_an_answer_says_where_it_ends(article: Operator):
    recipe = article.project / "config/deploy.py"
    recipe.write_text(recipe.read_text() + DECIDES)
    before = everything(article, STAGING)
    said = article.does("-n", "staging", "decides")
    assert "decided at run time" in said.err
    assert "would run" in said.err
    assert everything(article, STAGING) == before


DECIDES = f"""
from capify import capture


@task
def decides():
    run("mkdir -p {APP}/x && echo 1 > {APP}/x/number")
    if int(capture("cat {APP}/x/number")) > 0:
        run("touch {APP}/x/positive")
"""
