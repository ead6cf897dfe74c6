"""What a health check asks of a server, and its script: pure.

Rule: an address is checked once more when a server's own names are in it, so that no property makes another of it.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from capify.errors import RecipeError
from capify.machines import Server
from capify.recipe import sorts
from capify.shell import quote
from capify.standard.layout import Layout
from capify.standard.spelling import script
from capify.wording import suggestion, ticked

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LATER = {"revision", "release"}  # what the live release is, each server's script finds out
_SLACK = 15.0  # seconds beyond what the attempts may take: starting programs on a busy server


@dataclass(frozen=True, slots=True)
class Check:
    """What tells that the application is healthy, and how patiently it is asked; empty text is not asked.

    `interval` and `timeout` are seconds, `timeout` for each question of an attempt. `sudo` is the program by which
    processes of other users are looked into; none is used if it is empty.
    """

    command: str = ""
    url: str = ""
    host: str = ""
    expect: str = ""
    process: str = ""
    retries: int = 0
    interval: float = 1
    timeout: int = 5
    sudo: str = ""

    def __post_init__(self) -> None:
        if self.expect and not self.url:
            raise RecipeError(
                "`health_expect` is set without `health_url`", hint="it is looked for in what that answers"
            )

    @property
    def questions(self) -> int:
        """How many things it asks; with none, there is no check."""
        return len([asked for asked in (self.command, self.url, self.process) if asked])

    @property
    def deadline(self) -> float:
        """How long all attempts may take on a server, in seconds."""
        return (self.retries + 1) * (self.questions * self.timeout + self.interval) + _SLACK


def spelled(layout: Layout, check: Check, server: Server) -> str:
    """Spell the script for a server: it succeeds when all is well, else its complaint says what was not."""
    url = filled(check.url, server, "health_url")
    wrong = sorts.WEB_ADDRESS.wrong(url) if url else ""
    if wrong or "{" in url:
        raise RecipeError(f"`health_url` {wrong or 'must not contain `{`'}, and is `{url}` for `{server}`")
    values = {
        "command": check.command,
        "url": url,
        "host": filled(check.host, server, "health_host"),
        "expect": filled(check.expect, server, "health_expect", later=_LATER),
        "process": filled(check.process, server, "health_process"),
        "retries": str(check.retries),
        "interval": f"{check.interval:f}".rstrip("0").rstrip("."),
        "patience": str(max(math.ceil(check.timeout), 1)),
        "sudo": check.sudo,
    }
    return script(layout, "health_http", "health_process", "health", values=values)


def filled(text: str, server: Server, setting: str, *, later: set[str] | frozenset[str] = frozenset()) -> str:
    """Put `{host}` and the server's properties into a text. Raises `RecipeError` for a name that it does not have.

    Names in `later` stay as they are.
    """
    known: Mapping[str, object] = {**server.properties, "host": server.host}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in later:
            return match[0]
        if name not in known:
            names = sorted({*known, *later})
            hint = suggestion(name, names) or f"known are {ticked(names)}: `host`, and properties of the server"
            raise RecipeError(f"`{setting}` names `{{{name}}}`, which `{server}` does not have", hint=hint)
        return str(known[name])

    return _NAME.sub(value, text)


def command_text(command: object) -> str:
    """Spell the setting of a command: text as it is, words quoted."""
    return quote(command) if isinstance(command, list | tuple) else str(command or "")
