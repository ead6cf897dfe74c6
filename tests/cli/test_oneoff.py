"""One-off commands: a task like any other, that was typed instead of declared."""

from pathlib import Path

import pytest

from .conftest import Cap, protect, write

CAPFILE = """\
from capify import config, on, server, task

config.transport = "local"
server("localhost", "app", "web", primary=True)


@on("start")
def note():
    from capify import say
    say("it starts")


@task
def hello():
    pass
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A project whose server is this machine."""
    write(tmp_path, {"capfile.py": CAPFILE})
    return tmp_path


@pytest.mark.usefixtures("here")
def test_one_word_is_shell_text_and_several_arrive_as_typed(cap: Cap) -> None:
    assert cap("--", "echo a  b | tr a-z A-Z").out == "localhost | A B\n"
    assert cap("--", "echo", "a  b", "$HOME", "|", "-n").out == "localhost | a  b $HOME | -n\n"


@pytest.mark.usefixtures("here")
def test_status_output_and_last_screen_are_those_of_a_task(cap: Cap) -> None:
    said = cap("--", "echo out; echo err >&2; exit 4")
    assert (said.status, said.out) == (1, "localhost | out\n")
    assert "localhost | err\n" in said.err
    assert "localhost: exit 4" in said.err
    assert "command line" in said.err
    assert "note: it starts" in said.err


@pytest.mark.usefixtures("here")
def test_a_dry_run_only_shows_it(cap: Cap, here: Path) -> None:
    said = cap("-n", "--", "touch", "ran")
    assert (said.status, "would run on localhost: touch ran" in said.err) == (0, True)
    assert not (here / "ran").exists()


@pytest.mark.usefixtures("here")
def test_invoke_keeps_its_meaning(cap: Cap) -> None:
    assert cap("invoke", "COMMAND=echo $((6 * 7))").out == "localhost | 42\n"
    assert cap("COMMAND=echo a", "invoke").out == "localhost | a\n"
    assert cap("invoke", environment={"COMMAND": "echo b"}).out == "localhost | b\n"
    assert "$ sudo -n -u root -- " in cap("invoke", "COMMAND=true", "SUDO=1", "-n").err.replace("localhost: ", "$ ")
    assert "sudo" not in cap("invoke", "COMMAND=true", "SUDO=0").err
    assert cap("invoke").status == cap("invoke", "COMMAND= ").status == cap("invoke", "uname").status == 2


def test_a_task_named_invoke_wins(cap: Cap, here: Path) -> None:
    with (here / "capfile.py").open("a") as file:
        file.write('\n\n@task\ndef invoke():\n    from capify import run\n    run("echo mine")\n')
    assert cap("invoke", "COMMAND=echo a").out == "localhost | mine\n"
    assert cap(":invoke", "COMMAND=echo a").out == "localhost | a\n"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("argv", [("hello", "--", "true"), ("vars", "--", "true"), ("x=1", "--", "true"), ("--",)])
def test_what_is_not_a_stage_does_not_stand_before_it(cap: Cap, argv: tuple[str, ...]) -> None:
    said = cap(*argv)
    assert (said.status, said.out) == (2, "")


def test_filters_narrow_and_a_stage_is_named(cap: Cap, project: Path) -> None:
    said = cap("-n", "production", "HOSTS=db1", "--", "uname")
    assert said.err.startswith("dry run, nothing will be changed · production · db1")
    assert cap("production", "HOSTS=nosuch", "--", "uname").status == 2
    assert cap("prodction", "--", "uname").status == 2


def test_a_protected_stage_is_confirmed_first(cap: Cap, project: Path) -> None:
    protect(project)
    said = cap("production", "--", "uname")
    assert (said.status, "give `--confirm production`" in said.err) == (3, True)


def test_without_a_stage_that_is_needed_it_says_which_there_are(cap: Cap, project: Path) -> None:
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text().replace('config.default_stage = "staging"\n', ""))
    said = cap("--", "uname")
    assert (said.status, "stages are `production` and `staging`" in said.err) == (2, True)


def test_several_stages_are_several_invocations(cap: Cap, tmp_path: Path) -> None:
    stages = "".join(f'@stage\ndef {name}():\n    server("localhost", "app")\n\n' for name in ("one", "two"))
    recipe = f'from capify import config, server, stage\nconfig.transport = "local"\n\n{stages}'
    write(tmp_path, {"capfile.py": recipe})
    said = cap("one,two", "--", "echo", "one")
    assert (said.status, said.out) == (0, "localhost | one\nlocalhost | one\n")
    assert ("one · localhost" in said.err, "two · localhost" in said.err) == (True, True)


def test_hosts_that_are_named_need_no_recipes(cap: Cap, tmp_path: Path) -> None:
    local = ("-s", "transport=local", "HOSTS=localhost")
    assert cap(*local, "--", "echo", "a", cwd=tmp_path.parent).out == "localhost | a\n"
    assert cap(*local, "invoke", "COMMAND=echo b", cwd=tmp_path.parent).out == "localhost | b\n"
    assert cap("--", "echo", "a", cwd=tmp_path.parent).status == 2
    assert cap(*local, "nosuch", "--", "echo", cwd=tmp_path.parent).status == 2
    assert cap(*local, "-f", "nosuch.py", "--", "echo", cwd=tmp_path.parent).status == 2
