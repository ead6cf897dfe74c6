"""Wires ports to settings: the table of contents of an invocation that touches servers.

Rule: the only place that picks concrete transports, remotes and reporters.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO

from capify.engine.courier_remote import CourierRemote
from capify.engine.crew import Crew
from capify.engine.dry import DryRemote
from capify.engine.execute import execute
from capify.engine.loop import Loop
from capify.engine.scene import Invocation
from capify.events import InvocationEnded, InvocationStarted
from capify.machines import Server
from capify.plan.planner import Plan, Planner
from capify.ports import Remote, Reporter, Terminal, Transport
from capify.recipe.book import Book
from capify.recipe.settings import Settings
from capify.reporters.console import Console
from capify.reporters.feed import Feed
from capify.reporters.log import Log, log_path, prune
from capify.reporters.plain import Plain


@dataclass(frozen=True, slots=True)
class Manner:
    """How to go about it: what the command line says besides the tasks."""

    words: tuple[str, ...] = ()
    dry: bool = False
    asks: bool = False
    verbosity: int = 0
    colour: bool = False
    no_input: bool = False
    debug: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class SystemClock:
    """The time as this machine has it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


def invoke(book: Book, plan: Plan, manner: Manner) -> InvocationEnded:
    """Run a plan: connect, execute, report; returns how it ended."""
    number = secrets.token_hex(4)
    log = _log(book, number, manner)
    with _feed(manner, log) as feed:
        terminal = Console(
            feed.flush, suspend=feed.paused, no_input=manner.no_input, environment=manner.environment
        )
        started = InvocationStarted(
            id=number, words=manner.words, stage=book.stage, chosen=book.chosen, servers=plan.servers,
            user=_user(plan), dry=manner.dry, log=log.path,
        )  # fmt: skip
        with _running(book, terminal, feed, manner) as (loop, crew):
            planner = Planner(book, plan.available)
            invocation = Invocation(
                number, book, planner, loop, crew, terminal, feed.emit, dry=manner.dry, asks=manner.asks
            )
            ended = execute(plan, invocation, started)
        feed.emit(ended)
    return ended


@contextmanager
def _running(book: Book, terminal: Terminal, feed: Feed, manner: Manner) -> Iterator[tuple[Loop, Crew]]:
    """Start the engine's thread, and see to it that every connection ends with it."""
    transport = transport_of(book.settings, terminal)
    make, at_once = remotes(book.settings, transport, dry=manner.dry), int(book.settings.get("connections"))
    crew, loop = Crew(make, feed.emit, at_once=at_once), Loop()
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


def remotes(settings: Settings, transport: Transport, *, dry: bool) -> Callable[[Server], Remote]:
    """Make each server's remote: a courier over a link; in a dry run, one that only lets reads through."""
    grace, lease = float(settings.get("grace")), float(settings.get("lease"))

    def make(server: Server) -> Remote:
        remote = CourierRemote(server, transport, grace=grace, lease=lease)
        return DryRemote(remote) if dry else remote

    return make


@contextmanager
def _feed(manner: Manner, log: Log) -> Iterator[Feed]:
    plain = Plain(manner.out, manner.err, verbosity=manner.verbosity, colour=manner.colour, debug=manner.debug)
    reporters: list[Reporter] = [plain, log]
    with Feed(reporters, SystemClock(), err=manner.err) as feed:
        yield feed


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

