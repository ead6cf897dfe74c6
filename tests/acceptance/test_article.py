"""The article, to the letter: a task on the servers of a stage, a deployment of a git repository, and the way back."""

import pytest

from capify.testing.repository import Repository

from .operating import APP, PRODUCTION, STAGING, Operator, live, releases

pytestmark = pytest.mark.fleet


@pytest.mark.parametrize(
    ("stage", "reached", "other"), [("production", PRODUCTION, STAGING), ("staging", STAGING, PRODUCTION)]
)
def test_a_task_runs_on_the_named_stage_only(article: Operator, stage: str, reached: str, other: str):
    said = article.does(stage, "uname")
    assert said.lines == [f"{reached} | {line}" for line in [said.lines[0].partition(" | ")[2]]]
    assert f"Linux {reached}" in said.out
    assert article.accepts() == {reached: 1, other: 0}


def test_without_a_stage_the_default_is_taken_and_named(article: Operator):
    said = article.does("uname")
    assert article.runs_on(said) == {STAGING}
    assert "staging (the default stage)" in said.err.splitlines()[0]
    assert article.accepts() == {PRODUCTION: 0, STAGING: 1}


def test_the_first_line_names_stage_server_user_and_revision(article: Operator, source: Repository):
    article.does("production", "deploy:setup")
    first = article.does("production", "deploy").err.splitlines()[0]
    assert all(word in first for word in ("production", PRODUCTION, "www-data", source.head()[:7])), first


def test_deploying_a_new_commit_and_rolling_back_leaves_current_right_after_each(article: Operator, source: Repository):
    fleet = article.fleet
    assert fleet
    first = source.head()
    article.does("production", "deploy:setup", "deploy")
    assert live(fleet, PRODUCTION) == first
    assert fleet.path(PRODUCTION, f"{APP}/current/version.txt").read_text() == "first\n"
    second = source.commit("second")
    article.does("production", "deploy")
    assert live(fleet, PRODUCTION) == second
    assert fleet.path(PRODUCTION, f"{APP}/current/version.txt").read_text() == "second\n"
    article.does("production", "deploy:rollback")
    assert live(fleet, PRODUCTION) == first
    assert fleet.accepts(STAGING) == 0


def test_the_host_itself_resolves_current_to_the_release(article: Operator, source: Repository):
    article.does("production", "deploy:setup", "deploy")
    assert article.fleet
    said = article.fleet.run(PRODUCTION, f"cat {APP}/current/REVISION && cd {APP}/current && bin/start && ls -A")
    assert said.stdout.splitlines()[:2] == [source.head(), "first"]
    assert ".git" not in said.stdout.splitlines()


def test_each_stage_deploys_its_own_branch_to_its_own_servers(article: Operator, source: Repository):
    assert article.fleet
    article.does("deploy:setup", "deploy")
    assert live(article.fleet, STAGING) == source.head("develop")
    assert article.fleet.accepts(PRODUCTION) == 0
    article.does("production", "deploy:setup", "deploy")
    assert live(article.fleet, PRODUCTION) == source.head()


def test_only_production_restarts_its_workers(article: Operator, source: Repository):
    assert article.fleet
    log = article.fleet.shared / "systemctl.log"
    article.does("staging", "deploy:setup", "deploy")
    assert not log.exists()
    article.does("production", "deploy:setup", "deploy")
    who = "root" if article.fleet.sudo else "www-data"
    assert log.read_text() == f"{who}: reload unicorn@capistrano-multistage-test\n"


def test_everything_deployed_belongs_to_the_articles_user_and_group(article: Operator, source: Repository):
    article.does("staging", "deploy:setup", "deploy")
    assert article.fleet
    said = article.fleet.run(STAGING, f"find {APP} ! -user www-data -o ! -group www-data")
    assert (said.returncode, said.stdout) == (0, "")


def test_a_second_rollback_goes_no_further_than_what_was_good(article: Operator, source: Repository):
    article.does("staging", "deploy:setup", "deploy")
    first = source.head("develop")
    source.commit("second", branch="develop")
    article.does("staging", "deploy")
    article.does("staging", "deploy:rollback")
    said = article.cap("staging", "deploy:rollback")
    assert article.fleet
    assert (said.status, live(article.fleet, STAGING)) == (3, first)
    assert "no earlier good release" in said.err


def test_setting_up_twice_changes_nothing(article: Operator):
    article.does("staging", "deploy:setup")
    assert article.fleet
    before = article.fleet.tree(STAGING, "/var/www")
    article.does("staging", "deploy:setup")
    assert article.fleet.tree(STAGING, "/var/www") == before


def test_deploying_before_setting_up_changes_nothing_and_says_what_to_do(article: Operator, source: Repository):
    assert article.fleet
    before = article.fleet.tree(STAGING, "/var/www")
    said = article.cap("staging", "deploy")
    assert said.status == 3
    assert "deploy:setup" in said.err
    assert article.fleet.tree(STAGING, "/var/www") == before


def test_the_log_of_every_invocation_is_kept(article: Operator):
    article.does("staging", "uname")
    assert article.fleet
    logs = list((article.fleet.folder / "operator").rglob("*.log"))
    assert len(logs) == 1
    assert f"Linux {STAGING}" in logs[0].read_text()


def test_the_listing_of_releases_says_which_is_live(article: Operator, source: Repository):
    article.does("staging", "deploy:setup", "deploy")
    assert article.fleet
    (name,) = releases(article.fleet, STAGING)
    said = article.does("staging", "deploy:releases")
    assert any(name in line and "current" in line for line in (said.out + said.err).splitlines())
