"""What is loaded before it is needed: nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("project")

LOADED = """
import sys
from capify.cli.main import main
main(sys.argv[1:])
sys.stderr.write("\\n" + "\\n".join(sorted(sys.modules)))
"""


def modules(project: Path, *argv: str) -> set[str]:
    command = [sys.executable, "-c", LOADED, *argv]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines())


def test_the_version_loads_neither_asyncio_nor_recipes(project: Path) -> None:
    loaded = modules(project, "--version")
    assert not {"asyncio", "subprocess", "yaml", "capify.recipe", "capify.recipe.book", "capify.engine"} & loaded


LOOKING = [("-T",), ("production", "-vT"), ("-e", "deploy"), ("vars",), ("production", "plan", "deploy"), ("stages",)]


@pytest.mark.parametrize("argv", LOOKING)
def test_looking_loads_no_ssh_no_event_loop_and_no_terminal_library(project: Path, argv: tuple[str, ...]) -> None:
    loaded = modules(project, *argv)
    heavy = {"asyncio", "subprocess", "ssl", "asyncssh", "rich", "curses", "termios", "yaml", "importlib.metadata"}
    assert not heavy & loaded
    assert not {name for name in loaded if name.startswith(("capify.transports", "capify.courier", "capify.app"))}
