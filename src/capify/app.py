"""Wires ports to settings: the table of contents of an invocation that touches servers.

Rule: the only place that picks concrete transports, remotes and reporters.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TextIO

from capify.engine.courier_remote import CourierRemote
from capify.engine.crew import Crew
from capify.engine.dry import DryRemote
from capify.engine.execute import execute
from capify.engine.loop import Loop
from capify.engine.processes import Programs
from capify.engine.scene import Invocation
from capify.errors import UsageError
from capify.events import InvocationEnded, InvocationStarted
from capify.machines import Server
from capify.plan.planner import Plan, Planner
from capify.ports import Display, Remote, Reporter, Terminal, Transport
from capify.recipe.book import Book, opened
from capify.recipe.settings import Settings
from capify.reporters.ci import Groups, System
from capify.reporters.console import Console
from capify.reporters.feed import Feed
from capify.reporters.inert import inert_in, runs_in
from capify.reporters.json_files import kept_events
from capify.reporters.json_lines import JsonLines
from capify.reporters.log import Log, log_path, prune
from capify.reporters.notify import Notifier
from capify.reporters.plain import Plain
from capify.reporters.stopping import stoppable


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
    progress: Literal["auto", "live", "plain"] = "auto"
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
    `err` is where a reporter that breaks is mourned. Only what really happens `notifies` whoever the settings name.
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
    notifies: bool = False


def invoke(book: Book, plan: Plan, manner: Manner) -> InvocationEnded:
    """Run a plan as the command line says: with a screen, a log and a console; returns how it ended."""
    number = secrets.token_hex(4)
    with ExitStack() as stack:
        screen, manner = _screen(manner, stack)
        log = _log(book, number, manner)

        def console(feed: Feed) -> Terminal:
            if isinstance(screen, Display):
                stack.enter_context(stoppable(feed.paused))
            return Console(feed.flush, suspend=feed.paused, no_input=manner.no_input, environment=manner.environment)

        fittings = Fittings(
            (screen, log, *_events(manner, log, number), *_plugged(book, manner)), console, number, manner.words,
            dry=manner.dry, asks=manner.asks, skips_unreachable=manner.skips_unreachable, log=log.path, err=manner.err,
            notifies=True,
        )  # fmt: skip
        return perform(book, plan, fittings)


def perform(book: Book, plan: Plan, fittings: Fittings) -> InvocationEnded:
    """Run a plan with these fittings: connect, execute, report; returns how it ended."""
    notifiers = [Notifier(book)] if fittings.notifies else []
    with Feed((*fittings.reporters, *notifiers), SystemClock(), err=fittings.err) as feed:
        terminal = fittings.terminal(feed)
        started = InvocationStarted(
            id=fittings.id, words=fittings.words, stage=book.stage, chosen=book.chosen, servers=plan.servers,
            user=_user(plan), dry=fittings.dry, log=fittings.log,
        )  # fmt: skip
        with _running(book, terminal, feed, fittings) as (loop, crew):
            planner = Planner(book, plan.available, whole=plan.whole)
            invocation = Invocation(
                fittings.id, book, planner, loop, crew, terminal, feed.emit,
                words=fittings.words, dry=fittings.dry, asks=fittings.asks,
                skips_unreachable=fittings.skips_unreachable, programs=fittings.programs,
            )  # fmt: skip
            ended = execute(plan, invocation, started)
            for notifier in notifiers:
                notifier.conclude(ended, feed.flush)
        for notifier in notifiers:
            notifier.settle(feed.emit)
        feed.emit(ended)
    return ended


@contextmanager
def _running(book: Book, terminal: Terminal, feed: Feed, fittings: Fittings) -> Iterator[tuple[Loop, Crew]]:
    """Start the engine's thread, and see to it that every connection ends with it."""
    with opened(book):  # late values may read others
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
    """Choose the transport that the settings ask for; `auto` is OpenSSH, other names are plugins'."""
    name = str(settings.get("transport"))
    if name == "local":
        from capify.transports.local import LocalTransport

        return LocalTransport()
    if name not in {"auto", "openssh"}:
        from capify.transports.plugged import plugged_transport

        said = settings.effective("transport")
        return plugged_transport(name, settings, terminal, place=said.place if said else None)
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
        return CourierRemote(server, transport, grace=grace, lease=lease, every=min(10.0, lease / 3) or 10.0)

    return make


def _screen(manner: Manner, stack: ExitStack) -> tuple[Reporter, Manner]:
    """Choose what shows the invocation, with the marks of a CI system where one looks on; and what others write to.

    Raises `UsageError` for `--progress live` where nothing can be drawn.
    """
    if _drawn(manner):
        from capify.reporters.live import Live
        from capify.reporters.region import Region

        region = Region(manner.err)
        stack.enter_context(region.guarded())
        live = Live(region, verbosity=manner.verbosity, colour=manner.colour, debug=manner.debug)
        return live, replace(manner, err=region.beside(manner.err))
    plain = Plain(
        manner.out, manner.err, verbosity=manner.verbosity, colour=manner.colour, debug=manner.debug,
        inert=inert_in(manner.environment),
    )  # fmt: skip
    return plain if manner.ci is None or manner.verbosity < 0 else Groups(plain, manner.err, manner.ci), manner


def _drawn(manner: Manner) -> bool:
    """Whether the terminal is drawn on: where it can be, and nobody wants little, or everything as it comes."""
    watched = manner.ci is None and not runs_in(manner.environment, "CI")
    calm = watched and 0 <= manner.verbosity <= 1 and not manner.debug
    if manner.progress == "plain" or (manner.progress == "auto" and not calm):
        return False
    from capify.reporters.region import obstacle

    why = obstacle(manner.out, manner.err, manner.environment)
    if not why and manner.events is not None and manner.events.isatty():
        why = "events go to the terminal, too"
    if why and manner.progress == "live":
        raise UsageError(f"`--progress live` cannot be: {why}", hint="leave it out: it is live where that can be")
    return not why


def _events(manner: Manner, log: Log, number: str) -> tuple[Reporter, ...]:
    """Keep the events beside the log, and write them where the operator wants them."""
    kept = kept_events(log, number, err=manner.err)
    if manner.events is None:
        return kept
    return (*kept, JsonLines(manner.events, number, name="`--events`", owned=False, err=manner.err))


def _plugged(book: Book, manner: Manner) -> tuple[Reporter, ...]:
    """Add the reporters of packages that the settings ask for."""
    with opened(book):
        names = [str(name) for name in book.settings.get("reporters")]
        if not names:
            return ()
        from capify.reporters.plugged import plugged_reporters

        return plugged_reporters(names, book.settings, err=manner.err)


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
