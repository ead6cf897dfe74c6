"""When servers fail: everything that is known is said, nothing is invented, and nothing goes on that should not."""

import pytest

from .operating import FOUR, Operator, wait_until

pytestmark = pytest.mark.fleet

SERVERS = "".join(f'server("{name}", "app")\n' for name in FOUR)
HEAD = "from capify import config, run, server, task\n\n" + SERVERS
SOME_FAIL = """
@task
def partly():
    run('echo "it is $FLEET_HOST"; case $FLEET_HOST in web2|web4) echo "no disk on $FLEET_HOST" >&2; exit 3;; esac')

@task
def afterwards():
    run("echo afterwards")

@task
def tolerant():
    results = run('case $FLEET_HOST in web2|web4) exit 3;; esac; printf "fine %s" "$FLEET_HOST"', check=False)
    for server, result in results.items():
        print("result", server, result.status, result.ok, repr(result.stdout))
"""


def test_both_failures_are_shown_with_status_and_last_lines(four: Operator):
    four.write({"capfile.py": HEAD + SOME_FAIL})
    said = four.cap("partly", "afterwards")
    assert said.status == 1
    for name in ("web2", "web4"):
        assert f"{name} | no disk on {name}" in said.err
        assert any(line.split()[-3:] == [name, "exit", "3"] for line in said.err.splitlines()), said.err
    assert {f"{name} | it is {name}" for name in FOUR} <= set(said.lines)
    assert "afterwards" not in said.out
    table = [line.split()[:2] for line in said.err.splitlines() if line.startswith("web") and " | " not in line]
    for row in (["web1", "ok"], ["web2", "failed"], ["web3", "ok"], ["web4", "failed"]):
        assert row in table
    assert "capfile.py:10" in said.err


def test_the_others_results_are_intact(four: Operator):
    four.write({"capfile.py": HEAD + SOME_FAIL})
    said = four.cap("tolerant")
    assert [line for line in said.lines if line.startswith("result")] == [
        "result web1 0 True 'fine web1'",
        "result web2 3 False ''",
        "result web3 0 True 'fine web3'",
        "result web4 3 False ''",
    ]


def test_the_last_thing_said_is_the_failure_and_where_its_log_is(four: Operator):
    four.write({"capfile.py": HEAD + SOME_FAIL})
    last = "\n".join(four.cap("partly").err.splitlines()[-20:])
    for expected in ("partly", "capfile.py:10", "changed", "web2", "web4", ".log"):
        assert expected in last


def test_with_one_unreachable_server_nothing_runs_anywhere(four: Operator):
    assert four.fleet
    four.fleet.stop("web3")
    four.write({"capfile.py": HEAD + '\n@task\ndef touch():\n    run("touch /tmp/touched")\n'})
    said = four.cap("touch")
    assert said.status == 5
    assert "web3" in said.err
    assert "refused" in said.err.lower()
    for name in ("web1", "web2", "web4"):
        assert not four.fleet.path(name, "/tmp/touched").exists()
    assert "nothing was changed" in said.err


def test_a_server_with_an_unknown_key_is_not_trusted(four: Operator):
    assert four.fleet
    four.fleet.change_host_key("web2")
    four.write({"capfile.py": HEAD + '\n@task\ndef touch():\n    run("touch /tmp/touched")\n'})
    said = four.cap("touch")
    assert said.status == 5
    assert "web2" in said.err
    assert "host key" in said.err.lower()
    assert not any(four.fleet.path(name, "/tmp/touched").exists() for name in FOUR)


WAVES = """
@task(roles="app", at_once=1)
def outer():
    run('echo "outer on $FLEET_HOST"')
    inner()

@task(roles="app")
def inner():
    run('echo "inner on $FLEET_HOST"')
"""


def test_a_wave_of_one_that_calls_another_task_works_on_that_wave_only(four: Operator):
    four.write({"capfile.py": HEAD + WAVES})
    said = four.does("outer")
    assert said.lines == [f"{name} | {task} on {name}" for name in FOUR for task in ("outer", "inner")]


def test_a_failed_wave_stops_the_waves_behind_it(four: Operator):
    four.write({"capfile.py": HEAD + "\n@task(at_once=1)\ndef one():\n    run('echo on; test $FLEET_HOST != web2')\n"})
    said = four.cap("one")
    assert said.status == 1
    assert said.lines == ["web1 | on", "web2 | on"]


def test_servers_that_disagree_are_grouped_by_what_they_said(four: Operator):
    question = "case $FLEET_HOST in web4) echo old;; *) echo new;; esac"
    head = HEAD.replace("import ", "import capture, ", 1)
    four.write({"capfile.py": f"{head}\n@task\ndef ask_them():\n    capture({question!r})\n"})
    said = four.cap("ask_them")
    assert said.status == 1
    assert "`web4`: 'old'" in said.err
    assert "`web1`, `web2` and `web3`: 'new'" in said.err


@pytest.mark.parametrize("line", ["capture('echo why >&2; exit 3')", "capture(['cat', '/nothing'], once=True)"])
def test_a_question_that_fails_ends_like_a_command_that_fails(four: Operator, line: str):
    head = HEAD.replace("import ", "import capture, ", 1)
    four.write({"capfile.py": f"{head}\n@task\ndef ask_them():\n    {line}\n"})
    said = four.cap("ask_them")
    assert said.status == 1
    assert "capfile.py:10" in said.err
    assert any(line.split()[:2] == ["web1", "failed"] for line in said.err.splitlines())


def test_an_error_raised_from_itself_is_told_like_any_other(four: Operator):
    body = "    try:\n        run('exit 3')\n    except Exception as error:\n        raise error from error\n"
    four.write({"capfile.py": HEAD + f"\n@task\ndef oddly():\n{body}"})
    assert four.cap("oddly").status == 1


def test_a_server_that_dies_during_a_command_is_not_taken_for_well(four: Operator):
    assert four.fleet
    lasting = 'if test "$FLEET_HOST" = web2; then touch /tmp/begun; sleep 6000; fi; echo done'
    four.write({"capfile.py": HEAD + f"\n@task\ndef last():\n    run({lasting!r})\n"})
    with four.begins("last") as running:
        wait_until(four.fleet.path("web2", "/tmp/begun").exists)
        four.fleet.stop("web2")
        said = running.ends()
    assert said.status == 1
    assert sorted(said.lines) == [f"{name} | done" for name in ("web1", "web3", "web4")]
    assert any(line.split()[:2] == ["web2", "unknown"] for line in said.err.splitlines()), said.err
