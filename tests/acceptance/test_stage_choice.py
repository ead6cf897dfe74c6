"""Which servers a command line reaches: those of the one stage it names, whatever else it says."""

from pathlib import Path

import pytest

from capify.testing.repository import Repository

from .operating import PRODUCTION, STAGING, Operator

EACH = (PRODUCTION, STAGING)
LATE = 'config.deploy_to = lambda: f"/var/www/{config.application}"'
EARLY = 'config.deploy_to = f"/var/www/{config.application}"'


@pytest.mark.fleet
@pytest.mark.parametrize(
    "words",
    [
        ("-f", "capfile.py", "production", "uname"),
        ("-s", "a=b", "production", "uname"),
        ("production", "-s", "branch=staging", "uname"),
        ("FOO=staging", "production", "uname"),
        ("production", "uname", "-S", "color=staging"),
    ],
    ids=" ".join,
)
def test_no_value_of_an_option_is_taken_for_a_stage(article: Operator, words: tuple[str, ...]):
    said = article.does(*words)
    assert article.runs_on(said) == {PRODUCTION}
    assert article.accepts() == {PRODUCTION: 1, STAGING: 0}


@pytest.mark.fleet
def test_progress_on_stdout_is_no_stage_either(article: Operator):
    said = article.does("-l", "stdout", "production", "uname")
    assert f"{PRODUCTION} | Linux {PRODUCTION}" in said.out
    assert "staging" not in said.out
    assert said.err == ""
    assert article.accepts() == {PRODUCTION: 1, STAGING: 0}


@pytest.mark.fleet
def test_two_stages_in_one_command_line_are_refused_before_anything_connects(article: Operator):
    said = article.cap("production", "staging", "uname")
    assert said.status == 2
    assert "staging" in said.err
    assert article.accepts() == {PRODUCTION: 0, STAGING: 0}


@pytest.mark.fleet
def test_stages_joined_by_a_comma_are_invocations_in_processes_of_their_own(article: Operator):
    article.write({"config/deploy.py": (article.project / "config/deploy.py").read_text() + "\n" + SPY})
    said = article.does("staging,production", "uname", "spy")
    assert [line.partition(" | ")[0] for line in said.lines] == [STAGING, PRODUCTION]
    assert article.accepts() == {PRODUCTION: 1, STAGING: 1}
    seen = [line.split() for line in (article.project / "spied").read_text().splitlines()]
    assert [(stage, servers) for _, stage, servers in seen] == [("staging", STAGING), ("production", PRODUCTION)]
    assert seen[0][0] != seen[1][0]


SPY = """
from pathlib import Path
import os
from capify import servers

@task
def spy():
    names = ",".join(str(server) for server in servers())
    with Path("spied").open("a") as file:
        file.write(f"{os.getpid()} {config.stage} {names}\\n")
"""


@pytest.mark.fleet
def test_a_joined_invocation_ends_at_the_first_stage_that_fails(article: Operator):
    article.write({"config/deploy.py": (article.project / "config/deploy.py").read_text() + FALSE})
    said = article.cap("staging,production", "falsely")
    assert said.status == 1
    assert "production" in said.err.splitlines()[-1]
    assert article.accepts() == {PRODUCTION: 0, STAGING: 1}


FALSE = """

@task
def falsely():
    run("false")
"""


@pytest.mark.fleet
def test_joined_names_are_all_checked_before_the_first_begins(article: Operator):
    said = article.cap("staging,prodction", "uname")
    assert said.status == 2
    assert "production" in said.err
    assert article.accepts() == {PRODUCTION: 0, STAGING: 0}


@pytest.mark.parametrize("name", ["stage", "deploy", "../x", "a:b", "stages"])
def test_a_stage_with_an_impossible_name_is_a_load_error_at_once(offline: Operator, name: str):
    recipe = offline.project / "config/deploy.py"
    recipe.write_text(recipe.read_text().replace('["production", "staging"]', f'["production", "staging", "{name}"]'))
    for words in (("production", "uname"), ("uname",), ("-T",)):
        said = offline.cap(*words)
        assert said.status == 2, words
        assert f"`{name}`" in said.err
        assert "config/deploy.py" in said.err


@pytest.mark.parametrize("name", ["stage", "deploy", "a:b"])
def test_a_discovered_stage_file_with_an_impossible_name_is_named_itself(offline: Operator, name: str):
    recipe = offline.project / "config/deploy.py"
    recipe.write_text(recipe.read_text().replace('config.stages = ["production", "staging"]\n', ""))
    offline.write({f"config/deploy/{name}.py": ""})
    said = offline.cap("production", "uname")
    assert said.status == 2
    assert f"config/deploy/{name}.py" in said.err


def marked(operator: Operator) -> Path:
    """Let every stage file say that it was read."""
    note = operator.project.parent / "read"
    for file in (operator.project / "config/deploy").glob("*.py"):
        file.write_text(file.read_text() + f'\nopen("{note}", "a").write("{file.stem}\\n")\n')
    return note


@pytest.mark.fleet
def test_a_mistyped_stage_is_suggested_and_no_stage_file_is_read(article: Operator):
    note = marked(article)
    said = article.cap("prodction", "uname")
    assert said.status == 2
    assert "`production`" in said.err
    assert not note.exists()
    assert article.accepts() == {PRODUCTION: 0, STAGING: 0}


@pytest.mark.fleet
def test_only_the_chosen_stages_file_is_read(article: Operator):
    note = marked(article)
    article.does("production", "uname")
    assert note.read_text().split() == ["production"]


@pytest.mark.fleet
@pytest.mark.parametrize(
    "words", [("uname", "qa"), ("uname", "production"), ("production", "uname", "qa"), ("uname", "unam")], ids=" ".join
)
def test_an_unknown_or_misplaced_word_is_refused_before_any_work(article: Operator, words: tuple[str, ...]):
    said = article.cap(*words)
    assert said.status == 2
    assert f"`{words[-1]}`" in said.err
    assert said.out == ""
    assert article.accepts() == {PRODUCTION: 0, STAGING: 0}


def test_a_late_path_follows_the_stages_application(offline: Operator):
    assert LATE in (offline.project / "config/deploy.py").read_text()
    rename(offline)
    said = offline.does("production", "vars", "deploy_to")
    assert "/var/www/shop" in said.out
    assert "/var/www/capistrano-multistage-test" in offline.does("staging", "vars", "deploy_to").out


def test_an_early_path_is_warned_about_with_both_places(offline: Operator):
    recipe = offline.project / "config/deploy.py"
    recipe.write_text(recipe.read_text().replace(LATE, EARLY))
    rename(offline)
    line = next(at for at, text in enumerate(recipe.read_text().splitlines(), 1) if text == EARLY)
    said = offline.cap("production", "vars", "deploy_to")
    assert said.status == 0
    assert len(said.warnings) == 1
    assert f"config/deploy.py:{line}" in said.err
    assert "config/deploy/production.py:3" in said.err
    assert "/var/www/capistrano-multistage-test" in said.out
    assert offline.does("staging", "vars", "deploy_to").warnings == []


@pytest.mark.fleet
def test_a_deployment_that_was_warned_about_still_says_so(article: Operator, source: Repository):
    recipe = article.project / "config/deploy.py"
    recipe.write_text(recipe.read_text().replace(LATE, EARLY))
    rename(article)
    assert len(article.cap("production", "deploy:setup").warnings) == 1


def rename(operator: Operator) -> None:
    """Let production give the application another name."""
    file = operator.project / "config/deploy/production.py"
    lines = file.read_text().splitlines()
    assert lines[1] == ""
    file.write_text("\n".join([lines[0], "", 'config.application = "shop"', *lines[1:]]) + "\n")


@pytest.mark.fleet
def test_a_protected_stage_is_not_reached_without_its_confirmation(article: Operator):
    recipe = article.project / "config/deploy.py"
    recipe.write_text(recipe.read_text() + '\nconfig.protected_stages = ["production"]\n')
    said = article.cap("production", "uname")
    assert said.status == 3
    assert "--confirm production" in said.err
    assert article.accepts() == {PRODUCTION: 0, STAGING: 0}
    article.does("--confirm", "production", "production", "uname")
    assert article.accepts() == {PRODUCTION: 1, STAGING: 0}
