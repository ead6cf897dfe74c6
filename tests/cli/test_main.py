"""`cap` as its users meet it: what it refuses, how it fails, and how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cap, write

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    ("argv", "said", "hint"),
    [
        (("prodction", "hello"), "there is no stage `prodction`", "did you mean `production`?"),
        (("hello", "qa"), "there is no task `qa`", "stages are `production` and `staging`"),
        (("production", "staging", "hello"), "`staging` is a second stage", ""),
        (("production",), "there is no task to run", "`cap production -T` lists the tasks"),
        (("hello", "lines=5"), "task `hello` has no argument `lines`", ""),
        (("logs", "lins=5"), "task `logs` has no argument `lins`", "did you mean `lines`?"),
        (("lines=5", "hello"), "`lines=5` stands before any task", ""),
        (("hello", "vars"), "`vars` is a command of `cap`", ""),
        (("hello", "--why"), "`--why` means nothing here", "`cap vars`"),
        (("vars", "production"), "`production` is a stage", "write `cap production vars`"),
        (("vars", "brnch"), "setting `brnch` is not set", "did you mean `branch`?"),
        (("plan",), "`plan` needs a task", ""),
        (("stages", "x"), "`stages` does not know what to do with `x`", ""),
        (("-e", "hello", "production", "x"), "`-e` explains one task", ""),
        (("-e", "hello", "qa"), "there is no", ""),
        (("logs", "HOSTS=web9"), "no server `web9` is declared", "there are `test1`"),
        (("-l", "nosuch/log", "hello"), "cannot write to `nosuch/log`", ""),
        (("staging,produ", "hello"), "there is no stage `produ`", "did you mean `production`?"),
        (("staging,staging", "hello"), "stage `staging` is named twice", ""),
        (("-f", "nosuch.py", "hello"), "there is no file `nosuch.py`", ""),
    ],
)
def test_what_is_not_understood_is_refused_with_the_one_thing_to_try(
    cap: Cap, argv: tuple[str, ...], said: str, hint: str
) -> None:
    told = cap(*argv)
    assert (told.status, told.out) == (2, "")
    assert told.err.startswith("cap: ")
    assert said in told.err
    assert hint in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("def f(:\n", "cap: capfile.py:1: syntax error"),
        ("import sys\nsys.exit(0)\n", "cap: capfile.py:2: a recipe ended Python by `sys.exit(0)`"),
        ("\n1 / 0\n", "cap: capfile.py:2: ZeroDivisionError: division by zero"),
        ("from capify import server, task\nserver('a', 'app')\n@task(where=lambda s: s.nosuch)\ndef hello(): pass\n",
         "cap: capfile.py:3: AttributeError: "),
    ],
)
def test_a_bad_recipe_is_one_message_with_file_and_line(cap: Cap, project: Path, recipe: str, said: str) -> None:
    write(project, {"capfile.py": recipe})
    told = cap("hello")
    assert told.status == 2
    assert told.err.startswith(said)
    assert "Traceback" not in told.err
    assert "Traceback" in cap("hello", "--debug").err


def test_a_local_task_runs(cap: Cap) -> None:
    said = cap("hello")
    assert (said.status, said.out) == (0, "")
    assert "hello" in said.err


def test_progress_goes_where_it_is_sent(cap: Cap, project: Path) -> None:
    assert "hello" in cap("-l", "STDOUT", "hello").out
    for _ in range(2):
        assert cap("-l", "progress.log", "hello").err == ""
    assert (project / "progress.log").read_text().count("done in") == 2


def test_a_task_of_the_project_wins_over_a_command(cap: Cap, project: Path) -> None:
    recipe = "from capify import load, task\nload('config/deploy')\n"
    recipe += "".join(f"@task('{name}', local=True)\ndef my_{name}(): print('mine')\n" for name in ("vars", "help"))
    write(project, {"capfile.py": recipe})
    assert cap("vars").out == cap("production", "help").out == cap("help").out == "mine\n"
    assert "branch" in cap(":vars").out
    assert cap("production", ":help").out.startswith("usage: cap")


def test_ctrl_c_while_recipes_load_is_no_traceback(project: Path) -> None:
    write(project, {"capfile.py": "import sys\nprint('ready', flush=True)\nsys.stdin.read()\n"})
    command = [sys.executable, "-m", "capify", "hello"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=project, stdin=pipe, stdout=pipe, stderr=pipe) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == b"ready\n"
        it.send_signal(signal.SIGINT)
        _, complaints = it.communicate(timeout=60)
    assert (it.returncode, complaints) == (130, b"cap: interrupted\n")


def test_a_reader_that_goes_away_is_no_traceback(project: Path) -> None:
    recipe = "from capify import task\nfor at in range(5000):\n    task(f't{at}')(lambda: None)\n"
    write(project, {"capfile.py": recipe})
    with subprocess.Popen(
        [sys.executable, "-m", "capify", "-vTt"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as it:
        assert it.stdout is not None
        assert it.stderr is not None
        it.stdout.close()
        assert it.stderr.read() == b""
    assert it.returncode == 141


def test_an_exception_in_a_body_is_one_message_and_a_traceback_only_for_who_asks(cap: Cap, project: Path) -> None:
    recipe = "from capify import task\n\n@task(local=True)\ndef boom():\n    {}['x']\n"
    write(project, {"capfile.py": recipe})
    said = cap("boom")
    assert said.status == 1
    assert "KeyError: 'x'" in said.err
    assert "capfile.py:5" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in cap("boom", "--debug").err
