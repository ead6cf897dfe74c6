"""What a notification says: one message, worded for people, for a chat service, and for a command. Pure.

Rule: no command, no output and no setting is in a message, because a channel has more readers than a log.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from capify.events import InvocationEnded, InvocationStarted, LiveNow
from capify.machines import Server, grouped
from capify.outcomes import Verdict
from capify.reporters.text import STATUSES, duration, harmless, labels, named

Moment: TypeAlias = Literal["start", "success", "failure"]
SHORT = 7  # characters of a commit's id that are enough for people
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Message:
    """What there is to say about an invocation, when it begins (`ended` is `None`) or at its end."""

    moment: Moment
    started: InvocationStarted
    ended: InvocationEnded | None = None
    application: str = ""
    branch: str = ""
    who: str = ""
    live: Mapping[Server, LiveNow] = field(default_factory=dict)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The words that were typed, without the stage and without arguments, which may be nobody's business."""
        words = self.started.words[1:] if self.started.chosen == "named" else self.started.words
        return tuple(word for word in words if "=" not in word)


def text_of(message: Message) -> str:
    """Word a message: a line that says it all, and a line each for what failed and for what is live."""
    where = " ".join(harmless(part) for part in (message.application, message.started.stage or "") if part)
    what = ", ".join(harmless(task) for task in message.tasks)
    about = f"{where}: {what}" if where else what
    revision = f" of {harmless(message.started.revision[:SHORT])}" if message.started.revision else ""
    branch = f" ({harmless(message.branch)})" if revision and message.branch else ""
    who = f" by {harmless(message.who)}" if message.who else ""
    if message.ended is None:
        return f"{about}{revision}{branch}{who} begins"
    lines = (f"{about}{revision}{branch}{who}: {_ending(message.ended)}", _failed(message.ended), _live(message))
    return "\n".join(line for line in lines if line)


def for_slack(message: Message) -> bytes:
    """Write a message as a Slack-compatible webhook takes it; nothing in it can mention or link anything."""
    return json.dumps({"text": text_of(message).translate(_SPECIAL)}).encode()


def for_command(message: Message) -> bytes:
    """Write everything about a message as JSON. Within version 1 members are added, none removed or changed."""
    ended = message.ended
    outcomes = () if ended is None else ended.outcomes
    data = {
        "capify": 1, **_facts(message), "tasks": list(message.tasks), "text": text_of(message),
        "status": None if ended is None else ended.status, "seconds": None if ended is None else ended.seconds,
        "failed": [
            {"server": one.server.address, "outcome": str(one.verdict)}
            for one in outcomes if one.verdict is not Verdict.OK
        ],
        "live": [
            {"server": server.address, "release": one.release, "revision": one.revision}
            for server, one in message.live.items()
        ],
    }  # fmt: skip
    return json.dumps(data).encode()


def variables(message: Message) -> dict[str, str]:
    """Give what is most wanted as environment variables: `CAPIFY_MESSAGE_STAGE`, and the text as `CAPIFY_MESSAGE`."""
    status = "" if message.ended is None else str(message.ended.status)
    facts = {**_facts(message), "status": status, "tasks": " ".join(message.tasks)}
    named_facts = {f"CAPIFY_MESSAGE_{name.upper()}": harmless(value) for name, value in facts.items()}
    return {"CAPIFY_MESSAGE": text_of(message), **named_facts}


def _facts(message: Message) -> dict[str, str]:
    return {
        "moment": message.moment,
        "application": message.application,
        "stage": message.started.stage or "",
        "revision": message.started.revision,
        "branch": message.branch,
        "who": message.who,
        "invocation": message.started.id,
        "ended": "" if message.ended is None else _words(message.ended.status),
    }


def _words(status: int) -> str:
    return STATUSES.get(status, "failed")


def _ending(ended: InvocationEnded) -> str:
    took = "after" if ended.failure else "in"
    return f"{_words(ended.status)} {took} {duration(ended.seconds)}"


def _failed(ended: InvocationEnded) -> str:
    """Name the task that failed, and the servers that did not end well, by how they ended."""
    bad = {one.server: str(one.verdict) for one in ended.outcomes if one.verdict is not Verdict.OK}
    names = labels(outcome.server for outcome in ended.outcomes)
    task = ended.failure.task if ended.failure else ""
    parts = [f"task {harmless(task)}"] if task else []
    parts += [f"{verdict}: {named([names[server] for server in servers])}" for verdict, servers in grouped(bad).items()]
    return "; ".join(parts)


def _live(message: Message) -> str:
    """Say what is live; where, if it is not the same everywhere."""
    groups: dict[str, list[Server]] = {}
    for server, one in message.live.items():
        revision = f" ({harmless(one.revision[:SHORT])})" if one.revision else ""
        groups.setdefault((harmless(one.release) or "nothing") + revision, []).append(server)
    names = labels(message.live)
    if len(groups) < 2:
        return "".join(f"live now: {what}" for what in groups)
    parts = (f"{what} on {named([names[server] for server in servers])}" for what, servers in groups.items())
    return f"live now: {'; '.join(parts)}"
