"""Stages in every form: files in Python, YAML and TOML, nested ones, functions, and none at all."""

import json
from pathlib import Path

import pytest

from .operating import FOUR, Operator

pytestmark = pytest.mark.fleet

CAPFILE = """\
from capify import config, run, server, stage, task

config.default_stage = "qa"
config.greeting = "hello"
config.setdefault(color="none")


@task
def greet():
    run(["echo", config.greeting, str(config.stage)])


@task
def whisper():
    run("id -un")


@stage("local")
def _():
    config.greeting = "here"
    server("web4", "app")
"""
FILES = {
    "capfile.py": CAPFILE,
    "config/deploy/production.py": 'from capify import config\nconfig.greeting = "yes"\n',
    "config/deploy/production/eu.py": 'from capify import server\nserver("web1", "app", zone="eu")\n',
    "config/deploy/production/us.py": (
        'from capify import config, server\nconfig.greeting = "hi"\nserver("web2", "db")\n'
    ),
    "config/deploy/qa.yml": "greeting: servus\nservers:\n  - {host: web3, roles: [app, web], primary: true}\n",
    "config/deploy/test.toml": 'greeting = "ciao"\n[[servers]]\nhost = "www-data@web4"\nroles = ["app"]\n',
}


@pytest.fixture
def staged(four: Operator) -> Operator:
    """A project whose stages have every form."""
    return four.write(FILES)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("production/eu",), "web1 | yes production/eu"),
        (("production/us",), "web2 | hi production/us"),
        (("qa",), "web3 | servus qa"),
        ((), "web3 | servus qa"),
        (("test",), "web4 | ciao test"),
        (("local",), "web4 | here local"),
    ],
    ids=str,
)
def test_every_form_of_stage_reaches_its_own_server(staged: Operator, words: tuple[str, ...], line: str):
    said = staged.does(*words, "greet")
    assert len(said.lines) == 1
    name, text = line.split(" | ")
    assert said.lines[0].endswith(f"{name} | {text}") or said.lines[0].endswith(f"@{name} | {text}"), said.lines
    assert {name for name, count in staged.accepts().items() if count} == {name}


def test_nested_stages_are_one_word_each_when_joined(staged: Operator):
    said = staged.does("qa,production/eu", "greet")
    assert said.lines == ["web3 | servus qa", "web1 | yes production/eu"]


def test_the_stages_are_listed_with_their_servers_without_connecting(staged: Operator):
    said = staged.does("stages")
    servers = {"production/eu": "web1", "production/us": "web2", "qa": "web3", "test": "web4", "local": "web4"}
    for stage, name in servers.items():
        assert any(stage in line and name in line for line in said.lines), stage
    assert set(staged.accepts().values()) == {0}


def test_the_capfile_is_found_from_a_folder_below(staged: Operator):
    below = staged.project / "lib/deep"
    below.mkdir(parents=True)
    said = Operator(below, staged.fleet).does("qa", "greet")
    assert said.lines == ["web3 | servus qa"]


def test_filters_only_narrow(four: Operator):
    four.write({"capfile.py": _plain()})
    assert sorted(four.does("HOSTS=web2,web3", "greet").lines) == ["web2 | hi", "web3 | hi"]
    assert four.does("ROLES=db", "greet").lines == ["web4 | hi"]
    before = four.accepts()
    said = four.cap("HOSTS=elsewhere", "greet")
    assert said.status == 2
    assert "elsewhere" in said.err
    assert four.accepts() == before


def test_without_stages_there_is_no_stage(four: Operator):
    four.write({"capfile.py": _plain() + "\n\n@task(local=True)\ndef say():\n    print(repr(config.stage))\n"})
    assert four.does("say").out == "None\n"


def test_settings_say_where_they_come_from(staged: Operator):
    said = staged.does("production/eu", "vars", "greeting", "--why")
    assert "config/deploy/production.py:2" in said.out
    assert "capfile.py:4" in said.out
    found = json.loads(staged.does("-s", "greeting=mine", "production/eu", "vars", "greeting", "--json").out)
    assert "mine" in json.dumps(found)


def test_the_environment_wins_over_the_stage_and_the_command_line_over_both(staged: Operator):
    staged.variables["CAPIFY_GREETING"] = "env"
    assert staged.does("production/eu", "greet").lines == ["web1 | env production/eu"]
    assert staged.does("-s", "greeting=cli", "production/eu", "greet").lines == ["web1 | cli production/eu"]


def test_a_stage_alone_is_told_that_a_task_is_missing(staged: Operator):
    said = staged.cap("qa")
    assert said.status == 2
    assert "cap qa -T" in said.err


def _plain() -> str:
    roles = dict(zip(FOUR, ("app", "app", "app", "db"), strict=True))
    servers = "".join(f'server("{name}", "{role}")\n' for name, role in roles.items())
    return f"from capify import config, run, server, task\n\n{servers}\n\n@task\ndef greet():\n    run('echo hi')\n"


def test_every_task_says_the_same_from_any_folder(staged: Operator, tmp_path: Path):
    said = Operator(tmp_path, staged.fleet).does("-f", str(staged.project / "capfile.py"), "qa", "greet")
    assert said.lines == ["web3 | servus qa"]
