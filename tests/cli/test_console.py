"""`cap console`: lines at a prompt act as lines of a task's body do."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from .conftest import Cap, write

CAPFILE = '''\
from capify import config, load, run, server, stage, task

load("deploy")
config.application = "shop"
config.transport = "local"
config.deploy_to = "/nowhere/shop"
config.default_stage = "staging"
config.costly = lambda: run("touch evaluated")


@stage(protected=True)
def production():
    server("localhost", "app", primary=True)


@stage
def staging():
    server("localhost", "app", primary=True)


@task
def greet(name: str = "you"):
    """Greet."""
    run(["echo", "hello", name])
'''
PROMPT = ">>> "
Spawned = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose server is this machine."""
    write(tmp_path, {"capfile.py": CAPFILE})
    return tmp_path


@pytest.fixture
def at_prompt(shop: Path) -> Iterator[Spawned]:
    """Start `cap` on a terminal of its own."""
    begun: list[pexpect.spawn[str]] = []

    def start(*argv: str, echo: bool = False) -> "pexpect.spawn[str]":
        clean = {name: value for name, value in os.environ.items() if name != "CI"}
        own = {"HOME": str(shop / "home"), "XDG_STATE_HOME": str(shop / "state"), "NO_COLOR": "1", "TERM": "dumb"}
        begun.append(
            pexpect.spawn(
                sys.executable, ["-m", "capify", *argv], cwd=str(shop), env=clean | own, encoding="utf-8",
                timeout=60, dimensions=(40, 160), echo=echo,
            )
        )
        return begun[-1]

    yield start
    for one in begun:
        one.close(force=True)


def left(it: "pexpect.spawn[str]") -> int | None:
    it.sendeof()
    it.expect(pexpect.EOF)
    it.wait()
    return it.exitstatus  # type: ignore[no-any-return]


def asked(it: "pexpect.spawn[str]", line: str) -> str:
    """Type a line at the prompt; returns what was said until the next one."""
    it.sendline(line)
    it.expect_exact(PROMPT)
    return it.before or ""


def begun(it: "pexpect.spawn[str]") -> str:
    it.expect_exact(PROMPT)
    return it.before or ""


def test_a_line_runs_on_the_servers_and_a_value_is_shown(at_prompt: Spawned) -> None:
    it = at_prompt("staging", "console")
    assert "staging · localhost" in begun(it)
    assert "localhost | 42" in asked(it, 'run("echo $((6 * 7))")')
    assert "'shop'" in asked(it, "config.application")
    assert "'7'" in asked(it, 'capture("echo 7")')
    assert "localhost | hello you" in asked(it, "greet()")
    assert "localhost | hello there" in asked(it, 'greet("there")')
    assert left(it) == 0


def test_what_fails_in_a_line_ends_neither_the_console_nor_its_status(at_prompt: Spawned) -> None:
    it = at_prompt("console")
    begun(it)
    assert "command failed on `localhost`" in asked(it, 'run("exit 3")')
    assert "ZeroDivisionError" in asked(it, "1 / 0")
    assert "SyntaxError" in asked(it, "1 +* 2")
    assert "did you mean `greet`?" in asked(it, 'invoke("gret")')
    assert "is not set" in asked(it, "config.aplication")
    assert "localhost | fine" in asked(it, 'run("echo fine")')
    assert left(it) == 0


def test_ctrl_c_stops_the_line_and_not_the_console(at_prompt: Spawned) -> None:
    it = at_prompt("console", echo=True)
    begun(it)
    for _ in range(2):
        it.sendline('run("echo begun; sleep 300")')
        it.expect_exact("localhost | begun")
        it.sendintr()
        it.expect_exact("\ninterrupted")
        it.expect_exact(PROMPT)
    it.send("half a line")
    it.expect_exact("half a line")
    it.sendintr()
    it.expect_exact("KeyboardInterrupt")
    it.expect_exact(PROMPT)
    it.sendline('run("echo again")')
    it.expect_exact("localhost | again")
    it.expect_exact(PROMPT)
    assert left(it) == 0


def test_a_block_of_lines_is_one(at_prompt: Spawned) -> None:
    it = at_prompt("console")
    begun(it)
    for line in ('with cd("/"), env(WHO="me"):', '    run("pwd; echo $WHO")', ""):
        it.sendline(line)
    it.expect_exact("localhost | /\r\n")
    it.expect_exact("localhost | me\r\n")
    it.expect_exact(PROMPT)
    assert left(it) == 0


def test_tab_completes_and_evaluates_nothing(at_prompt: Spawned, shop: Path) -> None:
    it = at_prompt("console")
    begun(it)
    it.send("config.appl\t")
    assert "'shop'" in asked(it, "")
    it.send("config.cost\t")
    it.sendcontrol("u")
    it.send("deploy.cleanu\t")
    assert "<task deploy:cleanup>" in asked(it, "\x08")
    assert not (shop / "evaluated").exists()
    assert left(it) == 0


def test_what_was_typed_is_remembered_for_this_user_alone(at_prompt: Spawned, shop: Path) -> None:
    it = at_prompt("console")
    begun(it)
    asked(it, "6 * 7")
    left(it)
    file = shop / "state/capify/history/console"
    assert (file.read_text().splitlines(), file.stat().st_mode & 0o777) == (["6 * 7"], 0o600)
    again = at_prompt("console")
    begun(again)
    again.send("\x10")
    assert "42" in asked(again, "")


def test_nothing_connects_before_a_line_needs_it(shop: Path, cap: Cap) -> None:
    (shop / "capfile.py").write_text(CAPFILE.replace('"local"', '"openssh"').replace("localhost", "nowhere.invalid"))
    script = "print(config.application)\ntry:\n    run('true')\nexcept CapifyError as error:\n    print(error.status)\n"
    said = piped(shop, script, "staging", "console")
    assert (said.returncode, said.stdout.splitlines()) == (0, ["shop", "5"])
    assert "nowhere.invalid  ok" not in said.stderr


def test_a_piped_script_is_the_body_of_one_task_and_its_failure_ends_it(shop: Path) -> None:
    said = piped(shop, 'run("echo one")\nrun("false")\nrun("echo two")\n', "console")
    assert (said.returncode, said.stdout.splitlines()) == (1, ["localhost | one"])
    assert "standard input:2" in said.stderr


@pytest.mark.parametrize("leaving", ["exit()", "raise SystemExit"])
def test_it_is_left_as_python_is(at_prompt: Spawned, leaving: str) -> None:
    it = at_prompt("console")
    begun(it)
    it.sendline(leaving)
    it.expect(pexpect.EOF)
    it.wait()
    assert it.exitstatus == 0


def test_a_protected_stage_is_confirmed_first(at_prompt: Spawned, shop: Path) -> None:
    it = at_prompt("production", "console")
    it.expect_exact("is protected; type its name to go on:")
    it.sendline("production")
    begun(it)
    assert left(it) == 0
    assert piped(shop, "run('touch ran')", "production", "console").returncode == 3


def test_a_dry_run_previews_lines(at_prompt: Spawned, shop: Path) -> None:
    it = at_prompt("-n", "console")
    begun(it)
    assert "would run on localhost: touch ran" in asked(it, 'run("touch ran")')
    assert left(it) == 0


def test_being_told_to_end_ends_it(at_prompt: Spawned) -> None:
    it = at_prompt("console")
    begun(it)
    it.kill(15)
    it.expect(pexpect.EOF)
    it.wait()
    assert it.exitstatus == 130


def test_a_project_without_servers_has_a_console_too(shop: Path) -> None:
    (shop / "capfile.py").write_text('from capify import config\nconfig.application = "alone"\n')
    said = piped(shop, "print(config.application)", "console")
    assert (said.returncode, said.stdout) == (0, "alone\n")


def piped(project: Path, script: str, *argv: str) -> "subprocess.CompletedProcess[str]":
    own = {"HOME": str(project / "home"), "XDG_STATE_HOME": str(project / "state")}
    return subprocess.run(
        [sys.executable, "-m", "capify", *argv], cwd=project, input=script, capture_output=True, text=True, timeout=120,
        env={**os.environ, **own},
    )
