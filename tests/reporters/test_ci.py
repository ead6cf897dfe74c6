"""Claims about groups in the logs of CI systems."""

import io
from textwrap import dedent

import pytest
from tests.reporters.test_plain import DEPLOY

from capify.events import (
    Event,
    InvocationEnded,
    InvocationStarted,
    Outcome,
    OutputLine,
    TaskEnded,
    TaskStarted,
    Verdict,
)
from capify.machines import Server
from capify.reporters.ci import Groups, System, system_of
from capify.reporters.plain import Plain

WEB = Server("web1")
STARTED = InvocationStarted("7f", ("deploy",), None, "none", (WEB,), "deploy")
EVENTS: tuple[Event, ...] = (
    STARTED,
    TaskStarted("deploy", (), sequence=True),
    TaskStarted("deploy:100%", (WEB,), 1, 2, 3),
    OutputLine(WEB, "out", "data"),
    TaskStarted("inner", (WEB,), 2),
    TaskEnded("inner", ok=True, depth=2),
    TaskEnded("deploy:100%", ok=True, depth=1),
    TaskEnded("deploy", ok=True),
    InvocationEnded(0, (Outcome(WEB, Verdict.OK),), seconds=2),
)
SHOWN = """\
    web1 · as deploy
    deploy
    {begin}
      deploy:100% · web1 · wave 2 of 3
        inner
    {end}
    server  outcome
    web1    ok
    done in 2.0 s
"""


def shown(system: System, events: tuple[Event, ...] = EVENTS) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO(newline="")
    groups = Groups(Plain(out, err), err, system)
    for second, event in enumerate(events):
        groups.handle(event, 1_000_000_000 + second)
    groups.close()
    return out.getvalue(), err.getvalue()


MARKS = {
    System.GITHUB: ("::group::deploy:100%25, wave 2 of 3", "::endgroup::\n"),
    System.GITLAB: (
        "\x1b[0Ksection_start:1000000002:capify_1_deploy_100_\r\x1b[0Kdeploy:100%, wave 2 of 3",
        "\x1b[0Ksection_end:1000000006:capify_1_deploy_100_\r\x1b[0K\n",
    ),
    System.AZURE: ("##[group]deploy:100%, wave 2 of 3", "##[endgroup]\n"),
    System.BUILDKITE: ("--- deploy:100%, wave 2 of 3", "+++ how it ended\n"),
}


@pytest.mark.parametrize("system", System)
def test_a_body_with_all_that_it_calls_is_a_group_and_data_has_no_marks(system: System) -> None:
    begin, end = MARKS[system]
    out, err = shown(system)
    assert out == "web1 | data\n"
    assert err == dedent(SHOWN).format(begin=begin, end=end)


@pytest.mark.parametrize("system", [System.GITHUB, System.AZURE])
def test_marks_change_nothing_else_and_every_group_ends_before_the_last_screen(system: System) -> None:
    out, err = io.StringIO(), io.StringIO()
    plain = Plain(out, err)
    for second, event in enumerate(DEPLOY):
        plain.handle(event, 1_000_000_000 + second)
    marked = shown(system, DEPLOY)[1].splitlines(keepends=True)
    marks = ("::group", "::endgroup", "##[group]", "##[endgroup]")
    assert "".join(line for line in marked if not line.startswith(marks)) == err.getvalue()
    kinds = ["end" in line for line in marked if line.startswith(marks)]
    assert kinds == [False, True] * (len(kinds) // 2)


def test_a_group_whose_task_never_ended_ends_with_the_invocation() -> None:
    events = (STARTED, TaskStarted("a", (WEB,)), InvocationEnded(1))
    assert "::endgroup::\nfailed after" in shown(System.GITHUB, events)[1]


def test_a_name_cannot_break_out_of_its_mark() -> None:
    err = shown(System.GITHUB, (TaskStarted("a\n::error::owned", (WEB,)),))[1]
    assert [line for line in err.splitlines() if line.startswith("::error")] == []


@pytest.mark.parametrize(
    ("environment", "system"),
    [
        ({"GITHUB_ACTIONS": "true"}, System.GITHUB), ({"GITLAB_CI": "true"}, System.GITLAB),
        ({"TF_BUILD": "True"}, System.AZURE), ({"BUILDKITE": "true"}, System.BUILDKITE),
        ({"CI": "true"}, None), ({}, None), ({"GITHUB_ACTIONS": "false", "TF_BUILD": ""}, None),
    ],
)  # fmt: skip
def test_the_environment_tells_the_system(environment: dict[str, str], system: System | None) -> None:
    assert system_of(environment) is system
