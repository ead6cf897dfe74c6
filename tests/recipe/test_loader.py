"""The loader: the steps of resolution, in their order."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import CapifyError, RecipeError, UsageError
from capify.recipe.book import opened
from capify.recipe.importing import importable
from capify.recipe.layers import Layer
from capify.recipe.loader import load
from capify.recipe.request import Request

CAPFILE = """
    from capify import config, task
    config.stages = ["production", "staging"]
    config.default_stage = "staging"
    config.color = "shared"

    @task
    def uname():
        pass
"""
STAGE = """
    from capify import config, server, task
    config.color = "{name}"
    server("{name}.server.com", "app")

    @task
    def only_{name}():
        pass
"""


@pytest.fixture
def staged(project):
    files = {f"config/deploy/{name}.py": STAGE.format(name=name) for name in ("production", "staging")}
    return project.put({"capfile.py": CAPFILE, **files})


def hosts(book) -> list[str]:
    return [server.host for server in book.servers()]


def stems(book) -> list[str]:
    return [file.stem for file in book.files]


def test_a_named_stage_is_taken_off_the_words(staged):
    book = staged.load("production", "uname")
    assert (book.stage, book.chosen, book.words) == ("production", "named", ("uname",))
    assert hosts(book) == ["production.server.com"]


def test_near_a_stage_is_a_suggestion_and_no_stages_file_is_read(staged, capsys):
    for name in ("production", "staging"):
        staged.put({f"config/deploy/{name}.py": "print('read')\n"})
    for word in ("prodction", "Production", "prod", "stagin", "production:uname"):
        with pytest.raises(UsageError, match="did you mean `") as caught:
            staged.load(word, "uname")
        assert caught.value.status == 2
    assert capsys.readouterr().out == ""


def test_two_stages_are_refused_before_any_stages_file_is_read(staged, capsys):
    for name in ("production", "staging"):
        staged.put({f"config/deploy/{name}.py": "print('read')\n"})
    for words in (("production", "staging", "uname"), ("production", "uname", "staging"), ("uname", "production")):
        with pytest.raises(UsageError):
            staged.load(*words)
    with pytest.raises(UsageError, match="one invocation has one stage"):
        staged.load("production", "production", "uname")
    assert capsys.readouterr().out == ""


def test_an_unknown_word_anywhere_is_refused(staged):
    with pytest.raises(UsageError, match="no task `qa` in stage `staging`"):
        staged.load("uname", "qa")
    with pytest.raises(UsageError, match="did you mean `uname`"):
        staged.load("production", "unmae")


def test_a_task_of_the_default_stage_is_found_and_that_of_another_is_not(staged):
    assert staged.load("only_staging").stage == "staging"
    assert staged.load("production", "only_production").stage == "production"
    with pytest.raises(UsageError, match="no task `only_production`"):
        staged.load("staging", "only_production")


def test_commands_of_cap_keep_their_own_words(staged):
    commands = frozenset({"vars"})
    assert staged.load("production", "vars", "deploy_to", commands=commands).words == ("vars", "deploy_to")
    assert staged.load(":vars", "staging", commands=commands).words == (":vars", "staging")


def test_without_a_default_no_stage_is_chosen_and_reading_it_says_so(staged):
    staged.put({"capfile.py": CAPFILE.replace('config.default_stage = "staging"', "config.x = lambda: config.stage")})
    book = staged.load("uname")
    assert (book.stage, book.chosen, stems(book)) == (None, "none", ["capfile"])
    with opened(book), pytest.raises(RecipeError, match="no stage was named; stages are `production` and `staging`"):
        book.settings.read("x")


def test_stages_files_can_be_left_unread(staged):
    assert stems(staged.load("production", reads_stage=False)) == ["capfile"]


STAGES = ["production", "staging"]
words = st.lists(
    st.sampled_from([*STAGES, "uname", "only_staging", "prod", "qa", "-x", "", "a:b", "../x", ":uname"]),
    max_size=4,
)


@given(words)
def test_no_words_reach_another_stage_than_the_one_named_nor_raise_anything_odd(staged, given_words):
    try:
        book = staged.load(*given_words)
    except CapifyError as error:
        assert error.status == 2  # noqa: PT017 - either outcome is right
        return
    named = [word for word in given_words if word in {"production", "staging"}]
    assert named == given_words[:1] if book.chosen == "named" else not named
    assert hosts(book) == [f"{named[0] if named else 'staging'}.server.com"]


def test_settings_from_outside_win_and_lose_as_their_layers_say(staged):
    environment = {"CAPIFY_COLOR": "env", "CAPIFY_SHAPE": "round"}
    outside = {"early": (("color", "S"), ("size", "12")), "environment": environment}
    book = staged.load("production", "uname", **outside)
    assert book.settings.read("color") == "env"
    assert (book.settings.read("size"), book.settings.read("shape")) == (12, "round")
    book = staged.load("production", "uname", late=(("color", "cli"),), **outside)
    assert book.settings.read("color") == "cli"
    layers = [said.layer for said in book.settings.history("color")]
    assert layers == [Layer.EARLY, Layer.SHARED, Layer.STAGE, Layer.ENVIRONMENT, Layer.LATE]


@pytest.mark.parametrize("where", ["early", "late"])
def test_a_wrong_value_on_the_command_line_is_a_usage_error(staged, where):
    with pytest.raises(UsageError, match=r"-[sS] keep_releases: .*whole number"):
        staged.load("uname", **{where: (("keep_releases", "many"),)})
    with pytest.raises(UsageError, match="cannot be the name of a setting"):
        staged.load("uname", **{where: (("Color", "x"),)})


def test_a_variable_that_cannot_be_a_setting_is_left_alone(staged):
    assert staged.load("uname", environment={"CAPIFY_1": "x", "CAPIFY_": "y", "CAPIFY_a": "z"}).warnings == []
    with pytest.raises(UsageError, match="CAPIFY_KEEP_RELEASES: "):
        staged.load("uname", environment={"CAPIFY_KEEP_RELEASES": "many"})


def test_the_capfile_of_a_parent_folder_serves(staged):
    deep = staged.root / "a" / "b"
    deep.mkdir(parents=True)
    assert staged.load("production", cwd=deep).root == staged.root


def test_without_a_capfile_it_says_what_it_looked_for(tmp_path, project):
    with pytest.raises(UsageError, match=r"no `capfile.py` in") as caught:
        project.load("uname")
    assert str(tmp_path) in str(caught.value)
    assert "capify ." in caught.value.hint


def test_named_files_replace_the_capfile_unless_it_is_asked_for(staged):
    staged.put({"other.py": "from capify import config\nconfig.color = 'other'\n"})
    assert stems(staged.load(files=("other.py",))) == ["other"]
    both = staged.load("production", files=("other.py",), with_default=True)
    assert stems(both) == ["other", "capfile", "production"]
    assert stems(staged.load("production", files=("capfile.py",))) == ["capfile", "production"]
    with pytest.raises(UsageError, match=r"no file `nosuch.py`"):
        staged.load(files=("nosuch.py",))


def test_the_users_own_recipe_is_read_first_and_can_be_skipped(staged, tmp_path):
    staged.put({"home/.config/capify/capfile.py": "from capify import config\nconfig.update(color='mine', own=1)\n"})
    environment = {"HOME": str(tmp_path / "home")}
    book = staged.load("uname", environment=environment)
    assert (book.settings.read("own"), book.settings.history("color")[0].value) == (1, "mine")
    assert "own" not in staged.load("uname", environment=environment, skip_user_file=True).settings


def test_load_takes_files_relative_to_the_capfile_with_or_without_suffix_once(project, capsys):
    project.put(
        {
            "capfile.py": "from capify import load\nload('config/a')\nload('config/a.py')\nload('config/b')\n",
            "config/a.py": "print('a')\n",
            "config/b.yml": "color: red\n",
        }
    )
    book = project.load()
    assert capsys.readouterr().out == "a\n"
    assert stems(book) == ["capfile", "a", "b"]
    assert book.settings.read("color") == "red"


def test_load_prefers_the_recipe_and_refuses_what_it_cannot_read(project):
    project.put({"capfile.py": "from capify import load\nload('a')\n", "a": "echo", "a.py": ""})
    assert stems(project.load()) == ["capfile", "a"]
    project.put({"capfile.py": "from capify import load\nload('deploy.rb')\n", "deploy.rb": ""})
    with pytest.raises(RecipeError, match=r"cannot read `.*deploy.rb`"):
        project.load()


def test_loading_a_file_that_is_not_there_names_what_was_tried(project):
    project.write(capfile="from capify import load\nload('config/nosuch')\n")
    with pytest.raises(RecipeError, match="no `config/nosuch` to load") as caught:
        project.load()
    assert "`config/nosuch.py`" in caught.value.hint
    assert str(caught.value.place).endswith("capfile.py:2")


def test_what_a_stage_loads_belongs_to_the_stage(project):
    project.put(
        {
            "capfile.py": "",
            "config/deploy/qa.py": "from capify import load\nload('config/more')\n",
            "config/more.py": "from capify import config\nconfig.color = 'red'\n",
        }
    )
    assert project.load("qa").settings.history("color")[0].layer is Layer.STAGE


def test_load_in_a_task_is_refused(project):
    project.write(capfile="from capify import load, task\n@task\ndef late(): load('x')\n")
    book = project.load("late")
    body = book.tasks["late"].body
    assert body is not None
    with opened(book), pytest.raises(RecipeError, match="belongs in a recipe"):
        body()


def test_modules_beside_the_capfile_are_importable_while_loading_and_fresh_for_each_project(project, tmp_path):
    def make(name: str) -> object:
        project.put({f"{name}/capfile.py": "from capify import config\nimport mine\nconfig.who = mine.who\n"})
        project.put({f"{name}/mine.py": f"def who(): return '{name}'\n"})
        book = project.load(cwd=tmp_path / name)
        with opened(book):
            return book.settings.read("who")

    before = list(sys.path)
    assert [make("one"), make("two")] == ["one", "two"]
    assert sys.path == before


def test_capifys_own_modules_stay_when_a_project_lies_around_them(staged):
    import capify.recipe.book as before

    root = Path(before.__file__).parents[4]
    staged.put({"capfile.py": "from capify import task, config\n"})
    for _ in range(2):
        load(Request(cwd=root, files=(str(staged.root / "capfile.py"),)))
    with importable(root):
        pass
    with importable(root):
        pass
    assert sys.modules["capify.recipe.book"] is before


def test_two_books_share_nothing(staged):
    one, two = staged.load("production", "uname"), staged.load("staging", "uname")
    assert (one.settings.read("color"), two.settings.read("color")) == ("production", "staging")
    assert one.tasks["uname"].body is not two.tasks["uname"].body


def test_dataclasses_in_recipes_work(project):
    project.write(
        capfile="""
            from __future__ import annotations
            from dataclasses import dataclass
            from capify import config

            @dataclass
            class Shop:
                name: str

            config.shop = Shop("a").name
        """
    )
    assert project.load().settings.read("shop") == "a"


def test_reading_the_stage_in_shared_recipes_is_an_error_that_says_late(staged):
    for order in ("before", "after"):
        read = "config.name = f'app-{config.stage}'"
        lines = [read, "config.stages = ['production']"]
        text = "\n".join(["from capify import config", *(lines if order == "before" else reversed(lines)), ""])
        staged.put({"capfile.py": text})
        with pytest.raises(RecipeError, match="read before the stage is chosen") as caught:
            staged.load("production")
        assert caught.value.place is not None
        assert caught.value.place.line == (2 if order == "before" else 3)
        assert "lambda" in caught.value.hint


def test_reading_the_stage_late_gives_it(staged):
    staged.put({"capfile.py": CAPFILE + "    config.name = lambda: f'app-{config.stage}'\n"})
    book = staged.load("production")
    with opened(book):
        assert book.settings.read("name") == "app-production"


def test_hooks_on_load_run_last_and_set_what_depends_on_the_stage(staged):
    more = """
    from capify import on

    @on("load")
    def derive():
        config.name = f"app-{config.stage}-{config.color}"
        config.color = "derived"
    """
    staged.put({"capfile.py": CAPFILE + more})
    book = staged.load("production", "uname", late=(("size", "1"),))
    assert book.settings.read("name") == "app-production-production"
    assert book.settings.read("color") == "derived"
    assert book.warnings == []
    assert staged.load("production", late=(("color", "cli"),)).settings.read("color") == "cli"


def test_a_task_cannot_hang_on_load(staged):
    staged.put({"capfile.py": CAPFILE + "    from capify import on\n    on('load', uname)\n"})
    with pytest.raises(RecipeError, match="cannot run while recipes load"):
        staged.load("production")


@pytest.mark.parametrize("option", ["early", "late"])
def test_the_command_line_cannot_take_protection_away(staged, option):
    with pytest.raises(UsageError, match="cannot take protection away"):
        staged.load("production", **{option: (("protected_stages", None),)})
