"""Every exit status that is documented, reached for real, with the worst one winning."""

import pytest

from .operating import FOUR, Operator

pytestmark = pytest.mark.fleet

HEAD = """\
from capify import abort, config, on_rollback, run, server, task, transaction
from capify.errors import CheckFailed

""" + "".join(f'server("{name}", "app")\n' for name in FOUR)
TASKS = """

@task
def fine():
    run("true")


@task
def broken():
    run("exit 3")


@task
def raising():
    raise ValueError("no good")


@task
def checking():
    raise CheckFailed("disk is nearly full")


@task
def undone():
    with transaction():
        on_rollback(lambda: run("rm -f /tmp/made"))
        run("touch /tmp/made")
        run("exit 3")


@task
def half_undone():
    with transaction():
        on_rollback(lambda: run("rm /tmp/made"))
        on_rollback(lambda: run('test "$FLEET_HOST" != web2'))
        run("touch /tmp/made")
        run("exit 3")


@task
def leaving():
    abort("enough", exit=42)


@task
def asking():
    from capify import ask
    ask("which one?")


@task(on_error="continue", at_once=1)
def going_on():
    run('test "$FLEET_HOST" != web2')
    run("echo still")
"""


@pytest.fixture
def all_ways(four: Operator) -> Operator:
    """A project whose tasks end in every way."""
    return four.write({"capfile.py": HEAD + TASKS})


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("fine",), 0), (("broken",), 1), (("raising",), 1), (("fien",), 2), (("--no-such-option",), 2),
        (("asking",), 3), (("checking",), 4), (("undone",), 6), (("half_undone",), 7), (("leaving",), 42),
        (("going_on",), 1), (("fine", "broken", "half_undone"), 1),
    ],
    ids=str,
)  # fmt: skip
def test_every_status_is_reached(all_ways: Operator, words: tuple[str, ...], status: int):
    assert all_ways.cap(*words).status == status


def test_what_was_rolled_back_is_gone_from_every_server(all_ways: Operator):
    assert all_ways.fleet
    said = all_ways.cap("undone")
    assert not any(all_ways.fleet.path(name, "/tmp/made").exists() for name in FOUR)
    assert "undone" in said.err
    assert "rolled back" in said.err


def test_an_undo_that_fails_names_where_and_does_not_stop_the_others(all_ways: Operator):
    assert all_ways.fleet
    said = all_ways.cap("half_undone")
    assert not any(all_ways.fleet.path(name, "/tmp/made").exists() for name in FOUR)
    last = "\n".join(said.err.splitlines()[-16:])
    assert "web2" in last
    assert "undo" in last


def test_without_a_connection_it_is_5_and_not_1(all_ways: Operator):
    assert all_ways.fleet
    all_ways.fleet.stop("web1", "web4")
    said = all_ways.cap("broken")
    assert said.status == 5
    assert "web1" in said.err
    assert "web4" in said.err


def test_a_task_that_goes_on_without_a_failed_server_ends_with_1(all_ways: Operator):
    said = all_ways.cap("going_on")
    assert said.status == 1
    assert [line for line in said.lines if "still" in line] == [f"{name} | still" for name in ("web1", "web3", "web4")]
    assert any(line.split()[:2] == ["web2", "failed"] for line in said.err.splitlines())


def test_nothing_is_asked_where_nobody_can_answer(all_ways: Operator):
    said = all_ways.cap("asking")
    assert "which one?" in said.err
    assert "standard input is not a terminal" in said.err


def test_every_documented_status_is_explained(all_ways: Operator):
    page = all_ways.does("-H").out
    for status in (0, 1, 2, 3, 4, 5, 6, 7, 130):
        assert any(line.split()[:1] == [str(status)] for line in page.splitlines()), status


def test_quiet_says_only_what_is_important(all_ways: Operator):
    said = all_ways.does("-q", "fine")
    assert (said.out, [line for line in said.err.splitlines() if line.startswith("fine")]) == ("", [])
    assert "web2" in all_ways.cap("-q", "half_undone").err


def test_more_words_say_more(all_ways: Operator):
    plain, more = all_ways.does("fine").err, all_ways.does("-v", "fine").err
    assert len(more.splitlines()) > len(plain.splitlines())
    assert "connected to web1" in more


def test_progress_can_go_to_a_file(all_ways: Operator):
    said = all_ways.does("-l", "progress.txt", "fine")
    text = (all_ways.project / "progress.txt").read_text()
    assert said.err == ""
    assert "done in" in text
    assert "\x1b" not in text
    all_ways.does("-l", "progress.txt", "fine")
    assert (all_ways.project / "progress.txt").read_text().count("done in") == 2
