"""What `cap` says where no reporter speaks: whatever the terminal, and whoever is at fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cap, write

pytestmark = pytest.mark.usefixtures("project")

FAULT = """
import sys
from capify.cli.voice import blame
try:
    from capify.machines import parse
    parse("-")
except ValueError as error:
    sys.exit(blame(error))
"""
STEERING = r"""
from capify import config, task
config.title = "a\x1b[2Jb\nc"
@task("x\x1b[2J")
def x():
    '''Do \x1b]0;it\x07.'''
"""


def test_a_fault_of_capify_is_shown_in_full_and_not_blamed_on_a_recipe() -> None:
    done = subprocess.run([sys.executable, "-c", FAULT], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("  this is a fault in Capify, not in a recipe: please report it\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_terminal_can_show_it(cap: Cap, encoding: str) -> None:
    said = cap("-H", environment={"PYTHONIOENCODING": encoding}, encoding=encoding)
    assert (said.status, said.err) == (0, "")


LOOKS = [["-T"], ["-Tt"], ["-e", "x\x1b[2J"], ["vars"], ["vars", "--why"], ["vars", "--json"], ["\x1b[2J"], ["-\x07"]]


@pytest.mark.parametrize("argv", LOOKS)
def test_what_a_recipe_or_a_word_says_cannot_steer_the_terminal(cap: Cap, project: Path, argv: list[str]) -> None:
    write(project, {"capfile.py": STEERING})
    said = cap(*argv)
    assert "Traceback" not in said.err
    assert not {"\x1b", "\x07"} & set(said.out + said.err)


@pytest.mark.parametrize("task", ["-T", "hello"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "2>/dev/full"])
def test_closed_streams_are_no_fault(project: Path, closed: str, task: str) -> None:
    line = f"exec {sys.executable} -m capify {task} {closed}"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_a_full_disk_is_one_message(project: Path) -> None:
    line = f"exec {sys.executable} -m capify -T >/dev/full"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "cap: cannot write the output: No space left on device\n")
