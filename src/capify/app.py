"""Wires ports to settings: the table of contents of an invocation that touches servers.

Rule: the only place that picks concrete transports, remotes and reporters.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO

from capify.engine.courier_remote import CourierRemote
from capify.engine.crew import Crew
from capify.engine.dry import DryRemote
from capify.engine.execute import execute
from capify.engine.loop import Loop
from capify.engine.processes import Programs
from capify.engine.scene import Invocation
from capify.events import InvocationEnded, InvocationStarted
from capify.machines import Server
from capify.plan.planner import Plan, Planner
from capify.ports import Remote, Reporter, Terminal, Transport
from capify.recipe.book import Book
from capify.recipe.settings import Settings
from capify.reporters.ci import Groups, System
from capify.reporters.console import Console
from capify.reporters.feed import Feed
from capify.reporters.json_files import kept_events
from capify.reporters.json_lines import JsonLines
from capify.reporters.log import Log, log_path, prune
from capify.reporters.plain import Plain


@dataclass(frozen=True, slots=True)
class Manner:
    """How to go about it: what the command line says besides the tasks."""

    words: tuple[str, ...] = ()
    dry: bool = False
    asks: bool = False
    skips_unreachable: bool = False
    verbosity: int = 0
    colour: bool = False
    no_input: bool = False
    debug: bool = False
    events: TextIO | None = None
    ci: System | None = None
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class SystemClock:
    """The time as this machine has it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


@dataclass(frozen=True, slots=True)
class Fittings:
    """What an invocation is plugged into: who is told, who is asked, and who answers in place of real servers.

    Without `remotes` the settings say how servers are reached; without `programs` local commands are really run.
    `err` is where a reporter that breaks is mourned.
    """

    reporters: Sequence[Reporter]
    terminal: Callable[[Feed], Terminal]
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    words: tuple[str, ...] = ()
    dry: bool = False
    asks: bool = False
    skips_unreachable: bool = False
    log: str = ""
    err: TextIO | None = None
    remotes: Callable[[Server], Remote] | None = None
    programs: Programs | None = None


def invoke(book: Book, plan: Plan, manner: Manner) -> InvocationEnded:
    """Run a plan as the command line says: with a screen, a log and a console; returns how it ended."""
    number = secrets.token_hex(4)
    log = _log(book, number, manner)

    def console(feed: Feed) -> Terminal:
        return Console(feed.flush, suspend=feed.paused, no_input=manner.no_input, environment=manner.environment)

    fittings = Fittings(
        (_screen(manner), log, *_events(manner, log, number)), console, number, manner.words,
        dry=manner.dry, asks=manner.asks, skips_unreachable=manner.skips_unreachable, log=log.path, err=manner.err,
    )  # fmt: skip
    return perform(book, plan, fittings)


def perform(book: Book, plan: Plan, fittings: Fittings) -> InvocationEnded:
    """Run a plan with these fittings: connect, execute, report; returns how it ended."""
    with Feed(fittings.reporters, SystemClock(), err=fittings.err) as feed:
        terminal = fittings.terminal(feed)
        started = InvocationStarted(
            id=fittings.id, words=fittings.words, stage=book.stage, chosen=book.chosen, servers=plan.servers,
            user=_user(plan), dry=fittings.dry, log=fittings.log,
        )  # fmt: skip
        with _running(book, terminal, feed, fittings) as (loop, crew):
            planner = Planner(book, plan.available)
            invocation = Invocation(
                fittings.id, book, planner, loop, crew, terminal, feed.emit,
                dry=fittings.dry, asks=fittings.asks, skips_unreachable=fittings.skips_unreachable,
                programs=fittings.programs,
            )  # fmt: skip
            ended = execute(plan, invocation, started)
        feed.emit(ended)
    return ended


@contextmanager
def _running(book: Book, terminal: Terminal, feed: Feed, fittings: Fittings) -> Iterator[tuple[Loop, Crew]]:
    """Start the engine's thread, and see to it that every connection ends with it."""
    transport = transport_of(book.settings, terminal)
    make = fittings.remotes or remotes(book.settings, transport)
    crew = Crew(
        (lambda server: DryRemote(make(server))) if fittings.dry else make,
        feed.emit,
        at_once=int(book.settings.get("connections")),
    )
    loop = Loop()
    try:
        yield loop, crew
    finally:
        for close in (crew.close, transport.close):  # whoever is impatient with one must not spare the other
            with suppress(KeyboardInterrupt):
                loop.call(close())
        loop.stop()


def transport_of(settings: Settings, terminal: Terminal) -> Transport:
    """Choose the transport that the settings ask for; `auto` is OpenSSH."""
    if settings.get("transport") == "local":
        from capify.transports.local import LocalTransport

        return LocalTransport()
    from capify.transports.openssh import OpenSshTransport

    config = settings.get("ssh_config")
    return OpenSshTransport(
        ssh_config=os.path.expanduser(str(config)) if config else None,  # noqa: PTH111 - ssh takes text
        connect_timeout=float(settings.get("connect_timeout")),
        terminal=terminal,
    )


def remotes(settings: Settings, transport: Transport) -> Callable[[Server], Remote]:
    """Make each server's remote: a courier over a link."""
    grace, lease = float(settings.get("grace")), float(settings.get("lease"))

    def make(server: Server) -> Remote:
        return CourierRemote(server, transport, grace=grace, lease=lease)

    return make


def _screen(manner: Manner) -> Reporter:
    """Choose what shows the invocation, with the marks of a CI system where one looks on."""
    plain = Plain(manner.out, manner.err, verbosity=manner.verbosity, colour=manner.colour, debug=manner.debug)
    return plain if manner.ci is None or manner.verbosity < 0 else Groups(plain, manner.err, manner.ci)


def _events(manner: Manner, log: Log, number: str) -> tuple[Reporter, ...]:
    """Keep the events beside the log, and write them where the operator wants them."""
    kept = kept_events(log, number, err=manner.err)
    if manner.events is None:
        return kept
    return (*kept, JsonLines(manner.events, number, name="`--events`", owned=False, err=manner.err))


def _log(book: Book, number: str, manner: Manner) -> Log:
    """Open this invocation's log on the operator's disk."""
    project = str(book.settings.get("application", None) or book.root.name)
    path = log_path(project, number, at=time.time(), environment=manner.environment)
    log = Log(path, err=manner.err)
    prune(path.parent)
    return log


def _user(plan: Plan) -> str:
    """Whom the servers are logged in as: one name, if it is one."""
    users = {server.user or "" for server in plan.servers}
    return users.pop() if len(users) == 1 else ""

