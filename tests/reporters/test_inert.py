"""Claims about commands of CI systems in what servers say: the log shows them, and nobody obeys them."""

import io
import json
import re

import pytest

from capify.events import CommandStarted, Event, Failure, InvocationEnded, Outcome, OutputLine, TaskStarted, Verdict
from capify.machines import Server
from capify.reporters.ci import Groups, system_of
from capify.reporters.inert import inert_in
from capify.reporters.json_lines import Recorded, event_of, line_of
from capify.reporters.plain import Plain

WEB = Server("web1")
COMMANDS = (
    "::error::owned", "  \t::stop-commands::token", "::set-output name=token::owned", "\u2003::add-mask::a",
    "::group::a",
    "##[error]owned", "said ##[add-path]/tmp", "###[group]x", "##[section]x",
    "##vso[task.complete result=Failed]x", "a ##VSO[task.setvariable variable=PATH]x",
    "##teamcity[buildStatus status='FAILURE']", "a ##teamcity[setParameter name='x' value='y']",
    "section_start:1:x\r\x1b[0Kx", "\x1b[0Ksection_end:1:x\r\x1b[0K", "--- group", "+++ group", "~~~ group", "^^^ +++",
    "\x1b]1339;url=x\x07", "\x1b_bk;t=1\x07",
)  # fmt: skip
# What each system obeys: taken from its own parser (GitHub, GitLab) or from its manual.
OBEYS = {
    "GITHUB_ACTIONS": re.compile(r"^\s*::[^:]+::|##\["),
    "TF_BUILD": re.compile(r"##(vso)?\[", re.IGNORECASE),
    "TEAMCITY_VERSION": re.compile(r"##teamcity\["),
    "GITLAB_CI": re.compile(r"section_(?:start|end):\d+:[\w.-]+(?:\[.*\])?\r\x1b\[0K"),
    "BUILDKITE": re.compile(r"^(?:---|\+\+\+|~~~)\s|^\^\^\^ \+\+\+|\x1b"),
}


def said(text: str) -> tuple[Event, ...]:
    """What shows a server's words: as data, as a complaint, as a part of a command and of the last screen."""
    failure = Failure(f"it failed\n{text}", command=f"true\n{text}", tails={WEB: (text,)}, endings={WEB: text})
    return (
        TaskStarted("work", (WEB,)), CommandStarted(f"true\n{text}", (WEB,)),
        OutputLine(WEB, "out", text), OutputLine(WEB, "err", text), OutputLine(None, "err", text),
        InvocationEnded(1, (Outcome(WEB, Verdict.FAILED, text),), failure=failure),
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("variable", OBEYS)
@pytest.mark.parametrize("verbosity", [-1, 0, 2])
def test_nothing_that_a_server_says_is_a_command_to_a_ci_system(variable: str, command: str, verbosity: int) -> None:
    stream, environment = io.StringIO(), {variable: "true"}
    reporter = Plain(stream, stream, verbosity=verbosity, inert=inert_in(environment))
    for event in said(command):
        reporter.handle(event, 0)
    shown = stream.getvalue()
    assert shown
    assert [line for line in shown.split("\n") if OBEYS[variable].search(line)] == []


def test_marks_of_our_own_still_work_beside_them() -> None:
    stream, environment = io.StringIO(), {"TF_BUILD": "True"}
    system = system_of(environment)
    assert system is not None
    reporter = Groups(Plain(stream, stream, inert=inert_in(environment)), stream, system)
    for event in said("##[endgroup]"):
        reporter.handle(event, 0)
    assert "##[group]work\n" in stream.getvalue()
    assert "web1 | #\\#[endgroup]\n" in stream.getvalue()


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}, {"GITHUB_ACTIONS": "false"}, {"GITLAB_CI": "true"}])
def test_where_no_system_takes_commands_nothing_is_changed(environment: dict[str, str]) -> None:
    line = "::error::a ##[b] ##vso[c] ##teamcity[d]"
    assert inert_in(environment)(line) == line


@pytest.mark.parametrize("command", COMMANDS)
def test_in_json_it_is_escaped_and_read_back(command: str) -> None:
    event = OutputLine(WEB, "out", command)
    line = line_of(Recorded("7f", 1, 0.0, event))
    assert [pattern for pattern in OBEYS.values() if pattern.search(line)] == []
    assert "##" not in line
    assert json.loads(line)["line"] == json.loads(line_of(event_of(line)))["line"]
