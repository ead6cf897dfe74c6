"""The walk-through that the whole project grew from: it loads as it stands."""

import shutil
from pathlib import Path

import pytest

from capify.errors import RecipeError, UsageError
from capify.recipe.book import opened
from capify.recipe.layers import Layer

EXAMPLE = Path(__file__).parents[2] / "examples" / "multistage"


@pytest.fixture
def walk(project):
    shutil.copytree(EXAMPLE, project.root, dirs_exist_ok=True)
    return project


@pytest.mark.parametrize(
    ("words", "stage", "chosen"),
    [
        (("production", "uname"), "production", "named"),
        (("staging", "uname"), "staging", "named"),
        (("uname",), "staging", "default"),
        (("production", "deploy:setup", "deploy"), "production", "named"),
        (("production", "deploy:rollback"), "production", "named"),
        ((), "staging", "default"),
    ],
)
def test_every_line_of_it_names_one_stage_and_warns_of_nothing(walk, words, stage, chosen):
    book = walk.load(*words)
    assert (book.stage, book.chosen, book.warnings) == (stage, chosen, [])
    assert [server.host for server in book.servers()] == [f"{stage}.server.com"]
    assert [file.stem for file in book.files if file.parent.name == "deploy"] == [stage]


def test_what_it_sets_wins_over_the_standard_deployment(walk):
    book = walk.load("production", "uname")
    deploy_to = book.settings.history("deploy_to")
    assert [said.layer for said in deploy_to] == [Layer.RECIPE_DEFAULT, Layer.SHARED]
    with opened(book):
        assert book.settings.read("deploy_to") == "/var/www/capistrano-multistage-test"
        assert book.settings.read("repository") == "ssh://ourserver/capistrano-multistage-test.git"
        assert book.settings.read("branch") == "HEAD"


def test_the_same_late_values_follow_a_stage_that_renames_the_application(walk):
    walk.put({"config/deploy/production.py": "from capify import config\nconfig.application = 'shop'\n"})
    book = walk.load("production", "uname")
    with opened(book):
        assert book.settings.read("deploy_to") == "/var/www/shop"
    assert book.warnings == []


def test_two_loads_share_no_task_of_the_standard_deployment(walk):
    one, two = walk.load("production", "deploy"), walk.load("staging", "deploy")
    assert one.tasks.keys() == two.tasks.keys()
    assert one.tasks["deploy:restart"].place != two.tasks["deploy:restart"].place  # production has its own
    bodies = [name for name, task in one.tasks.items() if task.body is not None and task.body is two.tasks[name].body]
    assert bodies == []


def test_no_stage_can_take_a_name_of_the_standard_deployment(walk):
    walk.put({"capfile.py": "from capify import load\nload('deploy')\n"})
    taken = {name.partition(":")[0] for name in walk.load(reads_stage=False).tasks}
    assert "deploy" in taken
    for name in sorted(taken):
        walk.put({"config/more.py": f"from capify import config\nconfig.stages = ['production', '{name}']\n"})
        walk.put({"capfile.py": "from capify import load\nload('deploy')\nload('config/more')\n"})
        for words in (("production", "uname"), ()):
            with pytest.raises(RecipeError, match=f"stage `{name}` has the name of") as caught:
                walk.load(*words)
            assert str(caught.value.place).endswith("config/more.py:2")


def test_what_is_not_clear_is_refused(walk):
    for words in (("prodction", "uname"), ("uname", "qa"), ("production", "staging", "uname"), ("uname", "production")):
        with pytest.raises(UsageError):
            walk.load(*words)
