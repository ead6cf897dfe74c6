"""Stages: where they come from, which names they may have, who may be the default."""

import pytest

from capify.errors import RecipeError, UsageError
from capify.recipe.book import Book

SHARED = """
    from capify import config, task
    config.stages = [{stages}]

    @task
    def uname():
        pass
"""
STAGED = {"config/deploy/production.py": "", "config/deploy/staging.py": ""}


def shared(*stages: str, more: str = "") -> str:
    return SHARED.format(stages=", ".join(repr(stage) for stage in stages)) + more


def names(book: Book) -> tuple[str, ...]:
    return book.stages.names


def test_files_are_discovered_at_every_depth_and_in_every_format(project):
    files = ["production.py", "production/eu.py", "staging.yml", "qa.yaml", "demo.toml", "README.md", "_a.py", ".b.py"]
    project.put({"capfile.py": "", **{f"config/deploy/{file}": "" for file in files}})
    project.put({"config/deploy/__pycache__/x.py": ""})
    assert names(project.load()) == ("demo", "production", "production/eu", "qa", "staging")


def test_listed_stages_alone_are_stages_when_there_is_a_list(project):
    project.put({"capfile.py": shared("production"), **STAGED, "config/deploy/stage.py": ""})
    assert names(project.load()) == ("production",)


def test_a_file_that_shared_recipes_load_is_no_stage(project):
    project.put({"capfile.py": "from capify import load\nload('config/deploy/common')\n", **STAGED})
    project.put({"config/deploy/common.py": ""})
    assert names(project.load()) == ("production", "staging")


def test_stage_dir_is_where_stages_are(project):
    project.put({"capfile.py": "from capify import config\nconfig.stage_dir = 'stages'\n"})
    project.put({"stages/qa.py": "", **STAGED})
    assert names(project.load("qa")) == ("qa",)


def test_a_project_without_stages_has_none(project):
    project.write(capfile="from capify import config, task\nseen = config.stage\n@task\ndef uname(): pass\n")
    book = project.load("uname")
    assert (book.stage, book.chosen, book.words, names(book)) == (None, "none", ("uname",), ())
    assert book.settings.read("stage") is None


def test_functions_are_stages_beside_files(project):
    project.write(
        capfile="""
            from capify import config, stage

            @stage
            def qa():
                config.color = "blue"

            @stage("production", protected=True)
            def live():
                config.color = "red"
                config.shade = "dark"
        """,
        config__deploy__production="from capify import config\nconfig.color = 'green'\n",
    )
    assert names(project.load()) == ("qa", "production")
    assert project.load("qa").settings.read("color") == "blue"
    book = project.load("production")
    assert (book.settings.read("color"), book.settings.read("shade")) == ("green", "dark")
    assert book.stages.known["production"].protected


def test_a_nested_stage_inherits_from_its_parent_and_wins(project):
    project.write(
        capfile="",
        config__deploy__production="from capify import config\nconfig.update(color='red', size=1)\n",
        config__deploy__production__eu="from capify import config\nconfig.color = 'blue'\n",
    )
    book = project.load("production/eu")
    assert (book.settings.read("color"), book.settings.read("size")) == ("blue", 1)
    assert [file.stem for file in book.files] == ["capfile", "production", "eu"]


def test_a_nested_stage_inherits_from_a_function_too(project):
    project.write(
        capfile="""
            from capify import config, stage

            @stage
            def production():
                config.update(color="red", size=1)

            @stage("production/eu")
            def eu():
                config.color = "blue"
        """,
    )
    book = project.load("production/eu")
    assert (book.settings.read("color"), book.settings.read("size")) == ("blue", 1)
    assert [said.depth for said in book.settings.history("color")] == [0, 1]


def test_only_the_chosen_stages_file_is_read(project):
    project.put({"capfile.py": shared("production", "staging"), **STAGED})
    assert [file.stem for file in project.load("production", "uname").files] == ["capfile", "production"]


def test_a_listed_stage_without_file_may_be_listed_but_not_chosen(project):
    project.put({"capfile.py": shared("production", "qa"), "config/deploy/production.py": ""})
    assert names(project.load("production", "uname")) == ("production", "qa")
    with pytest.raises(RecipeError, match=r"stage `qa` has no file `config/deploy/qa.py`") as caught:
        project.load("qa", "uname")
    assert "multistage:prepare" in caught.value.hint


BAD = ["stage", "stages", "../x", "a:b", "", "/etc/x", "a//b", "a/", "-x", "a b", "..", "a/../b", ".x"]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("words", [("production", "uname"), ("uname",), ()])
def test_a_name_that_cannot_be_a_stages_is_an_error_naming_the_file_whatever_is_chosen(project, name, words):
    project.put({"capfile.py": "from capify import load\nload('config/deploy')\n", **STAGED})
    project.put({"config/deploy.py": shared("production", name)})
    with pytest.raises(RecipeError) as caught:
        project.load(*words)
    assert caught.value.place is not None
    assert caught.value.place.file == str(project.root / "config/deploy.py")
    assert caught.value.place.line == 2


@pytest.mark.parametrize("name", ["stage", "a:b", "with space"])
def test_a_file_with_such_a_name_is_named(project, name):
    project.put({"capfile.py": "", **STAGED, f"config/deploy/{name}.py": "raise SystemExit"})
    with pytest.raises(RecipeError) as caught:
        project.load("production")
    assert f"config/deploy/{name}.py" in str(caught.value)


@pytest.mark.parametrize("name", ["deploy", "uname", "vars"])
def test_a_stage_with_the_name_of_a_task_namespace_or_command_is_refused(project, name):
    more = '\n    from capify import namespace\n    @namespace("deploy").task\n    def restart(): pass\n'
    project.put({"capfile.py": shared("production", name, more=more), **STAGED})
    for words in (("production",), (), ("uname",)):
        with pytest.raises(RecipeError, match=f"stage `{name}` has the name of") as caught:
            project.load(*words, commands=frozenset({"vars"}))
        assert caught.value.place is not None
        assert caught.value.place.file.endswith("capfile.py")


def test_a_task_of_a_stages_file_cannot_take_a_stages_name(project):
    project.put({"capfile.py": shared("production", "staging"), **STAGED})
    project.put({"config/deploy/production.py": "from capify import task\n@task\ndef staging(): pass\n"})
    with pytest.raises(RecipeError, match=r"stage `staging` has the name of a task \(.*production.py:2\)"):
        project.load("production", "uname")


def test_two_files_for_one_stage_are_refused(project):
    project.put({"capfile.py": "", **STAGED, "config/deploy/staging.yml": ""})
    with pytest.raises(RecipeError, match=r"staging.*several files|two files"):
        project.load("production")


def test_the_default_stage_serves_when_none_is_named(project):
    more = "    config.default_stage = 'staging'\n"
    project.put({"capfile.py": shared("production", "staging", more=more), **STAGED})
    book = project.load("uname")
    assert (book.stage, book.chosen, book.words) == ("staging", "default", ("uname",))
    assert book.settings.read("stage") == "staging"
    book = project.load("uname", late=(("default_stage", "production"),))
    assert (book.stage, book.chosen) == ("production", "default")


def test_a_protected_stage_is_never_the_default(project):
    more = "    config.default_stage = 'production'\n    config.protected_stages = ['production']\n"
    project.put({"capfile.py": shared("production", "staging", more=more), **STAGED})
    with pytest.raises(RecipeError, match="protected, so it cannot be the default") as caught:
        project.load("staging", "uname")
    assert caught.value.place is not None
    assert caught.value.place.line == 7


def test_what_is_nested_in_a_protected_stage_is_protected(project):
    project.put({"capfile.py": "from capify import config\nconfig.protected_stages = ['production']\n", **STAGED})
    project.put({"config/deploy/production/eu.py": ""})
    known = project.load().stages.known
    assert [name for name in known if known[name].protected] == ["production", "production/eu"]


def test_the_environment_neither_chooses_a_stage_nor_lifts_protection(project):
    more = "    config.protected_stages = ['production']\n"
    project.put({"capfile.py": shared("production", "staging", more=more), **STAGED})
    book = project.load(environment={"CAPIFY_STAGE": "production", "CAPIFY_PROTECTED_STAGES": ""})
    assert book.stage is None
    assert book.stages.known["production"].protected
    assert len(book.warnings) == 2


def test_a_default_that_is_no_stage_is_refused(project):
    project.put({"capfile.py": shared("production", "staging", more="    config.default_stage = 'stagin'\n"), **STAGED})
    with pytest.raises(RecipeError, match="did you mean `staging`"):
        project.load("production")


def test_no_recipe_and_no_option_sets_the_stage(project):
    project.put({"capfile.py": shared("production", more="    config.stage = 'production'\n"), **STAGED})
    with pytest.raises(RecipeError, match="first word of the command line"):
        project.load("production")
    project.put({"capfile.py": shared("production")})
    with pytest.raises(UsageError, match="cannot choose the stage"):
        project.load("production", late=(("stage", "qa"),))
