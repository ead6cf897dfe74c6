"""What starting costs: nothing heavy is loaded before it is needed."""

import json
import subprocess
import sys

import pytest

from .operating import GUARD, Operator

WATCH = """
import json, sys
sys.argv = ["cap", *sys.argv[1:]]
from capify.cli.main import main
status = main(sys.argv[1:])
sys.stdout.flush()
print()
print(json.dumps([status, sorted(sys.modules)]))
"""
TERMINAL = {"rich", "prompt_toolkit", "textual", "blessed", "curses", "readline", "colorama"}
REMOTE = {"asyncio", "subprocess", "ssl", "socket", "asyncssh", "paramiko", "multiprocessing", "concurrent.futures"}


def loaded(operator: Operator, *argv: str) -> set[str]:
    """Run `cap` in a fresh interpreter; returns the names of all that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *argv], cwd=operator.project, env=operator.environment, check=True,
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=GUARD,
    )  # fmt: skip
    status, names = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return {*names, *(name.partition(".")[0] for name in names)}


@pytest.mark.parametrize("words", [("--version",), ("-V",), ("-h",)], ids=" ".join)
def test_the_version_needs_neither_asyncio_nor_recipes(offline: Operator, words: tuple[str, ...]):
    offline.write({"capfile.py": "raise SystemExit('recipes were read')\n"})
    found = loaded(offline, *words)
    assert found & (REMOTE | TERMINAL) == set()
    assert not [name for name in found if name.startswith(("capify.recipe.loader", "capify.standard", "capify.engine"))]


@pytest.mark.parametrize(
    "words", [("-T",), ("-vT",), ("-Tt",), ("-e", "deploy"), ("production", "-T"), ("stages",)], ids=" ".join
)
def test_listing_loads_no_ssh_and_no_terminal_library(offline: Operator, words: tuple[str, ...]):
    found = loaded(offline, *words)
    assert found & (REMOTE | TERMINAL) == set()
    heavy = ("capify.transports.", "capify.engine.loop", "capify.reporters.plain")
    assert not [name for name in found if name.startswith(heavy)]


def test_a_plan_connects_to_nothing_and_loads_nothing_to_connect_with(offline: Operator):
    found = loaded(offline, "production", "plan", "deploy")
    assert found & {"asyncio", "ssl", "asyncssh"} == set()
