"""A recipe that is wrong: one message with file and line, the right exit status, and no traceback."""

import re

import pytest

from .operating import PRODUCTION, STAGING, Operator, Said

BAD = {
    "a syntax error": ("capfile.py", "from capify import load\n\nload('deploy'\n", "capfile.py:3", "never closed"),
    "an unknown word": ("capfile.py", "from capify import sevrer\n", "capfile.py:1", "`server`"),
    "an unknown name": ("config/deploy.py", "x = 1\n\nsrever('a', 'app')\n", "config/deploy.py:3", "srever"),
    "an exception while loading": ("config/deploy.py", "\n1 / 0\n", "config/deploy.py:2", "ZeroDivisionError"),
    "a recipe that is not there": (
        "capfile.py", "from capify import load\nload('config/deplyo')\n", "capfile.py:2", "config/deplyo",
    ),
    "a module that is not there": ("capfile.py", "\n\nimport reqeusts\n", "capfile.py:3", "reqeusts"),
    "a setting nobody set": (
        "config/deploy.py", "from capify import config\nconfig.applicaton\n", "config/deploy.py:2", "`applicaton`",
    ),
    "a bad value": (
        "config/deploy.py", "from capify import config\nconfig.keep_releases = 'many'\n",
        "config/deploy.py:2", "`keep_releases`",
    ),
    "a hook on a task of no stage": (
        "config/deploy.py", "from capify import before\nbefore('deploy:restrat', 'uname')\n",
        "config/deploy.py:2", "deploy:restrat",
    ),
    "a word shadowed by a task": (
        "config/deploy.py",
        "from capify import run, task\n\n@task\ndef run():\n    run('true')\n",
        "config/deploy.py:", "`run`",
    ),
    "the program's own exit": ("config/deploy.py", "import sys\nsys.exit(4)\n", "config/deploy.py:2", ""),
}  # fmt: skip


def one_message(said: Said) -> None:
    """Check that one thing is said, once, without a traceback."""
    assert "Traceback" not in said.err
    assert len(re.findall(r"^cap: ", said.err, re.MULTILINE)) == 1, said.err
    assert len(said.err.splitlines()) <= 6, said.err


@pytest.mark.parametrize(("name", "text", "place", "word"), BAD.values(), ids=BAD.keys())
def test_a_recipe_that_cannot_load_is_one_message_with_its_place(
    offline: Operator, name: str, text: str, place: str, word: str
):
    offline.write({name: text})
    said = offline.cap("staging", "uname")
    assert said.status == 2, said.err
    one_message(said)
    assert place in said.err
    assert word in said.err


STAGE_FILES = {
    "YAML that is none": ("staging.yml", "servers:\n  - host: [a\n", "config/deploy/staging.yml:"),
    "TOML that is none": ("staging.toml", 'application = "x"\nbranch = \n', "config/deploy/staging.toml:2"),
    "Python that is none": ("staging.py", "import capify\ncapify.server('a'))\n", "config/deploy/staging.py:2"),
    "an unknown key": ("staging.yml", "servres: []\n", "config/deploy/staging.yml:1"),
}


@pytest.mark.parametrize(("name", "text", "place"), STAGE_FILES.values(), ids=STAGE_FILES.keys())
def test_a_stage_file_that_cannot_load_is_one_message_with_its_place(
    offline: Operator, name: str, text: str, place: str
):
    (offline.project / "config/deploy/staging.py").unlink()
    offline.write({f"config/deploy/{name}": text})
    said = offline.cap("staging", "uname")
    assert said.status == 2, said.err
    one_message(said)
    assert place in said.err


def test_another_stages_bad_file_is_nobody_elses_trouble(offline: Operator):
    offline.write({"config/deploy/production.py": "1 / 0\n"})
    offline.does("staging", "plan", "uname")
    assert offline.cap("production", "plan", "uname").status == 2


def test_with_debug_the_traceback_is_there(offline: Operator):
    offline.write({"config/deploy.py": "\n1 / 0\n"})
    said = offline.cap("--debug", "staging", "uname")
    assert said.status == 2
    assert "Traceback (most recent call last)" in said.err


BODIES = {
    "an exception": ('    {}["key"]\n', 1, "KeyError"),
    "an unknown name": ("    rnu('true')\n", 2, "rnu"),
    "an abort": ('    abort("no more", exit=9)\n', 9, "no more"),
    "a setting nobody set": ("    config.nothing_like_it\n", None, "nothing_like_it"),
    "an assertion": ("    assert not 'this'\n", 1, "AssertionError"),
    "the program's own exit": ("    raise SystemExit(3)\n", 3, "sys.exit(3)"),
}


@pytest.mark.fleet
@pytest.mark.parametrize(("body", "status", "word"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_fails_is_one_message_with_its_place(article: Operator, body: str, status: int | None, word: str):
    recipe = "from capify import abort, config, run, task\n\n\n@task\ndef broken():\n    '''Break.'''\n" + body
    capfile = (article.project / "capfile.py").read_text()
    article.write({"broken.py": recipe, "capfile.py": f'{capfile}\nload("broken")\n'})
    said = article.cap("staging", "broken")
    assert said.status == status if status is not None else said.status in {1, 2}, said.err
    assert "Traceback" not in said.err
    assert "broken.py:7" in said.err
    assert word in said.err


@pytest.mark.fleet
def test_a_task_that_would_reach_no_server_names_its_selection(article: Operator):
    recipe = article.project / "config/deploy.py"
    recipe.write_text(recipe.read_text() + '\n\n@task(roles="db")\ndef dump():\n    run("true")\n')
    said = article.cap("staging", "dump")
    assert said.status in {1, 2}
    assert "`dump`" in said.err
    assert "db" in said.err
    assert article.accepts() == {PRODUCTION: 0, STAGING: 0}


def test_without_any_recipe_the_way_to_begin_is_said(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("nothing") / "project"
    folder.mkdir()
    said = Operator(folder).cap("deploy")
    assert said.status == 2
    assert "capify ." in said.err
