"""Conversations: what is waited for is heard the moment it arrives, and it is known when that was."""

import asyncio
import re

import pytest
from tests.rehearsal import Rehearsal

from capify import role, session, task
from capify.blocks import Line
from capify.engine import talking
from capify.engine.crew import Crew
from capify.engine.hearing import KEEP, Unheard
from capify.engine.talking import Talking
from capify.events import CommandStarted, Event, OutputLine
from capify.machines import Server
from capify.testing.fake import FakeRemote

GUARD = 30.0


def test_an_expectation_wakes_when_the_text_arrives_not_when_it_looks_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(talking, "TURN", 10 * GUARD)
    server, events = Server("web1"), list[Event]()
    fake = FakeRemote(server)
    fake.on("quick").says("quick\n")

    async def scenario() -> dict[Server, str]:
        crew = Crew(lambda _: fake, events.append, at_once=1)
        await crew.connect([server], lambda reasons: None)
        talk = Talking(crew, {server: Line("cat", "cat")}, events.append)
        await talk.begin()
        waiting = asyncio.get_running_loop().create_task(talk.expect("quick", 0))
        while not waiting.done():
            await talk.type(lambda _: "quick")
            await asyncio.sleep(0)
        said, missing = waiting.result()
        assert missing == {}
        assert set(talk.took) == {server}
        return said

    said = asyncio.run(asyncio.wait_for(scenario(), GUARD))
    assert said == {server: "quick"}


def test_a_named_session_is_quiet_and_knows_how_long_each_server_took():
    took = []

    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            with session("cat -", shown="the switch") as process:
                took.append(process.took)
                process.send("go")
                process.expect("done")
                took.append(process.took)

    rehearsal = Rehearsal(recipe)
    for fake in rehearsal.fakes.values():
        fake.on("go").says("done\n")
    assert rehearsal.runs("work").status == 0
    before, after = took
    assert before == {}
    assert [server.name for server in after] == ["a1", "a2"]
    assert all(seconds >= 0 for seconds in after.values())
    assert [event.command for event in rehearsal.seen(CommandStarted)] == ["the switch"]
    assert [(event.line, event.quiet) for event in rehearsal.seen(OutputLine)] == [("done", True)] * 2


def test_it_is_noted_when_the_end_of_a_text_arrived():
    unheard = Unheard()
    for text, at in (("one t", 1.0), ("wo th", 2.0), ("ree four", 3.0), (" five", 4.0)):
        unheard.take(text, at)
    assert unheard.hear(re.compile("one")) == ("one", 1.0)
    assert unheard.hear(re.compile("two")) == (" two", 2.0)
    assert unheard.hear(re.compile("never")) is None
    assert unheard.hear(re.compile("f[a-z]+e")) == (" three four five", 4.0)


def test_of_what_nobody_waits_for_the_last_part_is_kept_with_its_time():
    unheard = Unheard()
    unheard.take("first", 1.0)
    for number in range(3):
        unheard.take("x" * KEEP, 2.0 + number)
    unheard.take("last", 9.0)
    assert unheard.hear(re.compile("first")) is None
    heard = unheard.hear(re.compile("x$|last"))
    assert heard
    assert (len(heard[0]), heard[1]) == (KEEP, 9.0)
