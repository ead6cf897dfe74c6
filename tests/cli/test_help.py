"""The pages that teach."""

from pathlib import Path

import pytest

from .conftest import Cap

pytestmark = pytest.mark.usefixtures("project")


def test_cap_alone_does_nothing_and_says_so(cap: Cap) -> None:
    said = cap()
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("usage: cap [OPTIONS] [STAGE] TASK")


def test_the_help_is_one_screen_and_the_long_help_names_every_exit_status(cap: Cap) -> None:
    short, long = cap("-h"), cap("-H")
    assert (short.status, short.err) == (0, "")
    assert len(short.out.splitlines()) <= 40
    assert max(map(len, short.out.splitlines())) <= 100
    assert "cap production deploy        run a task on the servers of a stage" in short.out
    assert "  7  failed, and the servers are NOT consistent" in long.out
    assert cap("help") == short


@pytest.mark.parametrize("argv", [("-h", "-T"), ("production", "-h"), ("-V", "nosuch"), ("--version",)])
def test_help_and_version_need_no_recipes(cap: Cap, tmp_path: Path, argv: tuple[str, ...]) -> None:
    assert cap(*argv, cwd=tmp_path.parent).status == 0


def test_help_for_a_task_is_its_explanation(cap: Cap) -> None:
    assert cap("help", "logs").out == cap("-e", "logs").out
    assert cap("production", "help", "deploy").out == cap("production", "-e", "deploy").out
    assert cap("help", "nosuch").status == 2
