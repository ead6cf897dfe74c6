"""`cap replay`: show a recorded invocation again, as the plain reporter showed it; nothing is connected to.

Rule: at the same verbosity it is, byte for byte, what is shown where nothing is drawn: data to standard output, all
else to standard error.
"""

import sys
from typing import Literal, cast

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.exits import BROKEN_PIPE
from capify.cli.recorded import events_in, recording_of
from capify.errors import UsageError
from capify.events import InvocationEnded
from capify.reporters.colour import wanted
from capify.reporters.plain import Plain
from capify.wording import ticked


def show(asked: Asked) -> Answer:
    """Answer `cap replay [INVOCATION]`; -v, -q, --color and --debug mean what they mean for an invocation.

    The exit status tells of the replay, not of what it shows. Raises `UsageError` where there is nothing to show.
    """
    asked.refuse_words("replay", 1)
    path = recording_of(asked, asked.words[0] if asked.words else None)
    reporters: dict[str, Plain] = {}
    ended: set[str] = set()
    for recorded in events_in(path):
        if recorded.invocation not in reporters:
            reporters[recorded.invocation] = _reporter(asked)
        reporters[recorded.invocation].handle(recorded.event, recorded.at)
        if isinstance(recorded.event, InvocationEnded):
            ended.add(recorded.invocation)
    if not reporters:
        raise UsageError(f"`{path}` holds no events")
    open_ones = [one for one in reporters if one not in ended]
    remarks = (f"the recording ends before the invocation did: {ticked(open_ones)}",) if open_ones else ()
    broken = any(one.broken for one in reporters.values())
    return Answer((), remarks, BROKEN_PIPE if broken else 0)


def _reporter(asked: Asked) -> Plain:
    arguments = asked.arguments
    colour = wanted(sys.stderr, arguments.environment, cast("Literal['auto', 'always', 'never']", arguments.color))
    return Plain(sys.stdout, sys.stderr, verbosity=arguments.verbosity, colour=colour, debug=arguments.debug)
