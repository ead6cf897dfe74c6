"""Who stands in for servers, for this machine's programs and for the operator, while a scenario runs.

Rule: what was not scripted ends well and says nothing; a question without an answer is refused, as where nobody sits.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Self

from capify.blocks import Block, Line
from capify.engine.fanout import Output
from capify.engine.processes import Program
from capify.errors import Refused
from capify.events import Event
from capify.outcomes import Result
from capify.reporters.text import indented
from capify.testing.fake import FakeRemote, Script


class Replies:
    """What several stand-ins answer to one command: each answer once, in order; the last one for ever."""

    def __init__(self, scripts: Mapping[str, Script], command: str) -> None:
        self._scripts = dict(scripts)
        self._command = command

    def says(self, out: str | bytes, *, err: str | bytes = "", status: int = 0) -> Self:
        """Answer with this output and status."""
        for script in self._scripts.values():
            script.says(out, err=err, status=status)
        return self

    def fails(self, status: int = 1, err: str | bytes = "") -> Self:
        """Answer with this status and complaint."""
        for script in self._scripts.values():
            script.fails(status, err)
        return self

    def loses(self, out: str | bytes = "") -> Self:
        """Lose the connection after this output: nobody sees how the command ends."""
        for script in self._scripts.values():
            script.loses(out)
        return self

    @property
    def unused(self) -> str:
        """What was scripted, if no stand-in was ever asked for it; empty otherwise."""
        if any(script.used for script in self._scripts.values()):
            return ""
        return f"`{self._command}` on {', '.join(self._scripts)}"


class StandIns:
    """Some servers of a scenario, to be told how to answer; or, as `scenario.locally`, this machine."""

    def __init__(self, fakes: Mapping[str, FakeRemote], replies: list[Replies]) -> None:
        self._fakes = dict(fakes)
        self._replies = replies

    def on_command(self, command: str | re.Pattern[str]) -> Replies:
        """Begin to script the answers to a command, as it is shown or sent; or to all in which a pattern is found."""
        text = command if isinstance(command, str) else command.pattern
        replies = Replies({name: fake.on(command) for name, fake in self._fakes.items()}, text)
        self._replies.append(replies)
        return replies

    def unreachable(self, reason: str = "connection refused") -> Self:
        """Refuse to connect, for this reason."""
        for fake in self._fakes.values():
            fake.unreachable(reason)
        return self

    @property
    def commands(self) -> list[str]:
        """The commands that ran there, as people see them; server by server."""
        return [command for fake in self._fakes.values() for command in fake.commands]


class Programs:
    """This machine's programs, as a scenario has them (`capify.engine.processes.Programs`)."""

    def __init__(self, fake: FakeRemote) -> None:
        self._fake = fake

    async def __call__(self, program: Program, emit: Callable[[Event], None]) -> Result:
        """Answer as scripted; nothing is really run."""
        output = Output(None, program.quiet, emit)
        (result,) = await self._fake.execute(Block((Line(program.text, program.text),)), output.take)
        output.finish()
        return result


class Operator:
    """The operator, with answers laid out: to each question the first one left whose text is in the question.

    `say` shows the question with what was typed, as the terminal does. `asked` has all questions.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.answers: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self._say = say
        self._pause: Callable[[], AbstractContextManager[object]] = nullcontext

    @property
    def interactive(self) -> bool:
        """Whether there are answers left."""
        return bool(self.answers)

    def at(self, pause: Callable[[], AbstractContextManager[object]]) -> Self:
        """Let reporters tell all they have before a question."""
        self._pause = pause
        return self

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Answer as laid out. Raises `Refused` for a question without an answer."""
        shown = "\n".join(indented(question, ""))
        self.asked.append(shown)
        answer = next((answer for answer in self.answers if answer[0] in question), None)
        if answer is None:
            about = " ".join(question.split())
            raise Refused(f"nobody can answer `{about}`", hint=f'script it: `scenario.answers("{about}", "…")`')
        self.answers.remove(answer)
        with self._pause():
            self._say(f"{shown} {'' if secret else answer[1]}".rstrip())
        return answer[1]


class Kept:
    """The reporter that keeps every event."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def handle(self, event: Event, at: float) -> None:  # noqa: ARG002 - the shape of a reporter
        """Keep it."""
        self._events.append(event)

    def close(self) -> None:
        """Keep what is kept."""
