"""Claims about what a report tells: whose output is whose, and how every part ended."""

from collections.abc import Iterable

from capify.events import (
    CommandEnded,
    CommandPreviewed,
    CommandStarted,
    ConnectionLost,
    Event,
    InvocationEnded,
    InvocationStarted,
    Notice,
    OutputLine,
    TaskEnded,
    TaskStarted,
)
from capify.machines import Server
from capify.reporters.json_lines import Recorded
from capify.reporters.report_story import Story, story_of

WEB1, WEB2 = BOTH = (Server("web1"), Server("web2"))
STARTED = InvocationStarted("7f", ("t",), None, "none", BOTH, "deploy")


def told(events: Iterable[Event]) -> Story:
    return story_of(Recorded("7f", number, 100.0 + number, event) for number, event in enumerate(events))


def ends(story: Story) -> list[list[tuple[str, str, str]]]:
    return [
        [
            (str(server or "local"), part.kind, " ".join(line for _, line in part.lines))
            for server, part in sent.parts.items()
        ]
        for sent in story.commands
    ]


def test_output_belongs_to_the_command_that_its_server_works_on() -> None:
    story = told([
        STARTED, TaskStarted("t", BOTH), CommandStarted("a", BOTH), OutputLine(WEB1, "out", "1"),
        CommandEnded(WEB1, "a", 0), OutputLine(WEB2, "out", "2"), CommandStarted("b", (WEB1,)),
        OutputLine(WEB1, "err", "3"), OutputLine(WEB2, "out", "4"), CommandEnded(WEB2, "a", 1),
        CommandEnded(WEB1, "b", 0), CommandStarted("c", ()), OutputLine(None, "out", "5"), CommandEnded(None, "c", 0),
    ])
    assert ends(story) == [
        [("web1", "ok", "1"), ("web2", "failed", "2 4")], [("web1", "ok", "3")], [("local", "ok", "5")]
    ]


def test_how_a_command_ended_is_told_by_its_kind() -> None:
    endings = {
        "ok": CommandEnded(WEB1, "a", 0), "no": CommandEnded(WEB1, "a", 1, quiet=True),
        "failed": CommandEnded(WEB1, "a", 1), "unknown": CommandEnded(WEB1, "a", 255, "lost"),
        "skipped": CommandEnded(WEB1, "a", 255, "skipped"),
    }
    for kind, event in endings.items():
        assert ends(told([STARTED, CommandStarted("a", (WEB1,)), event])) == [[("web1", kind, "")]]
    assert ends(told([STARTED, CommandEnded(WEB1, "never begun", 0)])) == []


def test_what_has_no_end_is_unknown_and_never_fine() -> None:
    story = told([STARTED, CommandStarted("a", (WEB1,)), ConnectionLost(WEB1, "reset"), InvocationEnded(1)])
    (sent,) = story.commands
    assert sent.failed
    assert sent.parts[WEB1].ending == "its end was not seen"
    assert sent.parts[WEB1].ended == story.until == 103


def test_a_dry_run_has_commands_that_were_not_run() -> None:
    (sent,) = told([STARTED, CommandPreviewed("a", BOTH)]).commands
    assert {part.kind for part in sent.parts.values()} == {"skipped"}


def test_what_is_said_while_no_command_runs_is_kept_together() -> None:
    story = told([STARTED, OutputLine(WEB1, "out", "1"), OutputLine(WEB2, "out", "2"), OutputLine(WEB1, "out", "3")])
    assert ends(story) == [[("web1", "ok", "1 3"), ("web2", "ok", "2")]]


def test_commands_after_an_inner_task_stand_under_the_outer_one_again() -> None:
    story = told([
        STARTED, Notice("early"), TaskStarted("outer", BOTH), CommandStarted("a", BOTH), TaskStarted("inner", BOTH, 1),
        CommandStarted("b", BOTH), TaskEnded("inner", ok=True, depth=1), CommandStarted("c", BOTH),
        TaskEnded("outer", ok=False),
    ])
    assert [(one.title, one.about, one.ok, len(one.content)) for one in story.chapters] == [
        ("", "", None, 1), ("outer", "", False, 1), ("inner", "", True, 1), ("outer", "goes on", None, 1)
    ]
    assert [sent.task for sent in story.commands] == ["outer", "inner", "outer"]


def test_the_time_of_a_command_is_its_own_and_not_that_of_the_wait_before_it() -> None:
    story = told([STARTED, CommandStarted("a", (WEB1,)), Notice("x"), Notice("y"), CommandEnded(WEB1, "a", 0, "", 0.5)])
    (sent,) = story.commands
    assert sent.parts[WEB1].ended - sent.parts[WEB1].began == 0.5


def test_nothing_at_all_is_a_story_without_an_end() -> None:
    assert told([]).ended is None
