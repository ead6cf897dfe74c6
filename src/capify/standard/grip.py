"""The hold that an invocation has on its servers: their locks, what they had then, and what waits there.

It is taken by the first task that changes something, and let go behind the invocation's last hook.

Rule 1: nothing is written without it, and every script looks again whether it still holds.
Rule 2: what could not be settled on a server (an undo that failed) leaves its journal open there.
"""

import math
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import NoReturn

from capify import (
    Answers,
    Server,
    Session,
    config,
    dry_run,
    hold,
    invocation,
    keep_doing,
    live_now,
    only,
    say,
    script,
    session,
    wave,
)  # fmt: skip
from capify.errors import CapifyError, CommandFailed, Refused, TaskFailed
from capify.standard import holders, locking, switching
from capify.standard.acting import answering
from capify.standard.answers import Deployment, deployment
from capify.standard.authors import Author
from capify.standard.locking import Terms
from capify.standard.site import declared, layout, linked, look, operator, tell_live
from capify.standard.switching import Publication
from capify.wording import ticked

_CLOSED = re.compile(r"(closed|lost)\t")
TURN = 15  # seconds that one script waits for a lock
PATIENCE = 10  # seconds to wait for the rest, when the first of the locks is ours: whoever has it lets go soon


@dataclass(slots=True)
class Grip:
    """What this invocation holds; `seen` is kept up with what it does itself."""

    author: Author
    seen: dict[Server, Deployment] = field(default_factory=dict)
    own: tuple[Server, ...] = ()  # whose locks were taken first; more of them are let go by whoever took them
    unsettled: set[Server] = field(default_factory=set)
    checked: bool = False  # that nothing is wrong with the servers
    restarted: bool = False  # somebody may run what was published
    armed: dict[Publication, Session] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def owned(self) -> tuple[Server, ...]:
        """The servers whose lock is ours."""
        mine = (server for server, found in self.seen.items() if holders.owned(found, self.author.token))
        return tuple(mine)

    def arm(self, publication: Publication) -> Session:
        """Let a process wait on every server for the moment of switching; one for each publication."""
        if publication not in self.armed:
            text = switching.arm(layout(), publication, self.author)
            waiting = session(text, check=False, shown=f"stand by to publish {publication.release}")
            self.armed[publication] = self.stack.enter_context(waiting)
        return self.armed[publication]

    def part(self, servers: Iterable[Server]) -> "Grip":
        """Give the same hold on some of the servers: what is armed there is armed on no others."""
        return replace(self, seen={server: self.seen[server] for server in servers}, armed={})

    def leave_out(self, server: Server) -> None:
        """Go on without a server: what waits there is ended, and waits anew on the others when it is needed."""
        self.armed.clear()
        self.stack.close()
        with suppress(TaskFailed):  # where the server is gone, the lease ends it
            self.let_go([server], settled=True)
        del self.seen[server]

    def disarm(self, error: TaskFailed) -> NoReturn:
        """Stop what waits, because of an error; raises what the processes say about it, if they say something."""
        self.armed.clear()
        with self.stack.pop_all():
            raise error

    def settle(self) -> None:
        """Let the locks go, and close the journal where nothing is left to do."""
        left = {server for server in self.owned if not self.own or server in self.own}
        for waiting in self.armed.values():
            with suppress(TaskFailed):
                waiting.send(lambda server: f"close {self._settled(server)}")
                said = waiting.expect(_CLOSED, timeout=float(config.publish_timeout))
                left -= {server for server, text in said.items() if text.endswith("closed\t")}
        with self.stack:
            if left:
                _farewell(self.let_go(left, settled=True))

    def let_go(self, servers: Iterable[Server] | None, *, settled: bool) -> Mapping[Server, Answers]:
        """Let locks go, those of the whole wave without a list; where all is `settled`, the journal is closed."""

        def order(server: Server) -> str:
            return locking.let_go(layout(), self.author, settled=settled and server not in self.unsettled)

        on = None if servers is None else tuple(servers)
        return script(order, on=on, shown="let the lock go", changes=False)

    def _settled(self, server: Server) -> str:
        return "no" if server in self.unsettled else "yes"


@dataclass(slots=True)
class Memory:
    """What may be known of the grip without taking it."""

    grip: Grip | None = None


@dataclass(frozen=True, slots=True)
class More:
    """Servers that a later task has, and an earlier one had not: their locks are taken then."""

    grip: Grip = field(compare=False)
    servers: frozenset[Server]

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Take the locks of these, too."""
        part = Grip(self.grip.author, unsettled=self.grip.unsettled)
        with only(self.servers), _taken(part):
            self.grip.seen.update(part.seen)
            yield


def gripped() -> Grip:
    """Hold the servers of this task until the invocation ends. Raises `Refused` where somebody else holds one."""
    grip = hold(_gripping)
    missing = frozenset(server for server in wave() if server not in grip.seen)
    if missing and not dry_run():
        hold(More(grip, missing))
    return grip


def known() -> Grip | None:
    """Give the grip, if there is one yet."""
    return hold(_remembering).grip


@contextmanager
def _remembering() -> Iterator[Memory]:
    yield Memory()


@contextmanager
def _gripping() -> Iterator[Grip]:
    grip = Grip(Author(os.urandom(16).hex(), operator(), invocation().id, declared()))
    hold(_remembering).grip = grip
    if dry_run():
        grip.seen = look()
        yield grip
        return
    with _taken(grip):
        yield grip


@contextmanager
def _taken(grip: Grip) -> Iterator[None]:
    try:
        _take_or_abandon(grip)
        grip.own = grip.owned
        tell_live(grip.seen)
        with _heartbeat(grip):
            yield
    finally:
        grip.settle()


@contextmanager
def _heartbeat(grip: Grip) -> Iterator[None]:
    every = max(float(config.lease), 1) / 3
    if not grip.owned:
        yield
        return
    text = locking.beat(layout(), grip.author)
    try:
        with keep_doing(every, text, after=every, shown="keep the lock", on=grip.owned):
            yield
    except CommandFailed as error:
        say(f"the lock could not be kept up on {ticked(error.results.failed)}; somebody else may have it")


def _farewell(answers: Mapping[Server, Answers]) -> None:
    """Say where the lock was not ours any more: what is live there is somebody else's affair."""
    for server, said in answers.items():
        if "lost" in said:
            say(f"{server}: {said.one('lost')} took the lock meanwhile")
            live_now(server, "unknown")


def _take_or_abandon(grip: Grip) -> None:
    """Take every lock; where that was cut short, some may be ours without our knowing it."""
    try:
        _take_all(grip)
    except Refused:
        raise
    except BaseException:
        grip.seen.clear()
        with suppress(TaskFailed):
            grip.let_go(None, settled=False)
        raise


def _take_all(grip: Grip) -> None:
    """Take every lock or none: all at once, and behind a server that somebody else holds not one."""
    began = time.monotonic()
    missing: tuple[Server, ...] | None = None
    while missing != ():
        _try(grip, missing)
        blocked = holders.first_held(grip.seen, grip.author.token)
        if blocked is None:
            return
        order = holders.order(grip.seen)
        behind = order[order.index(blocked) :]
        _give_up(grip, [server for server in behind if server in grip.owned])
        _wait_for(grip, blocked, began)
        missing = behind[1:]


def _wait_for(grip: Grip, blocked: Server, began: float) -> None:
    """Wait for the lock of one server, as long as is allowed; those of the servers before it are ours meanwhile."""
    wait, found = float(config.lock_wait), grip.seen[blocked]
    bound = max(wait, PATIENCE if grip.owned else 0)
    if wait:
        say(f"{blocked} is locked by {holders.holder(found.lock, found.now)}: waiting up to {wait:g} s")
    while not holders.owned(grip.seen[blocked], grip.author.token):
        left = bound - (time.monotonic() - began)
        if left <= 0:
            raise _locked(blocked, grip.seen[blocked])
        if grip.owned:
            script(locking.beat(layout(), grip.author), shown="keep the lock", on=grip.owned, changes=False)
        _try(grip, (blocked,), patience=math.ceil(min(left, TURN, max(float(config.lease), 1) / 3)))


def _try(grip: Grip, missing: tuple[Server, ...] | None, *, patience: int = 0) -> None:
    terms = Terms(" ".join(invocation().words), max(round(float(config.lease)), 1), patience)
    text = locking.take(layout(), grip.author, terms, linked_files=linked()[0])
    shown = "wait for the lock" if patience else "lock and read releases"
    silence = patience + float(config.silence) if patience and config.silence else None
    with answering():
        answers = script(text, shown=shown, on=missing, silence=silence, changes=False)
    for server, said in answers.items():
        grip.seen[server] = deployment(said)


def _give_up(grip: Grip, servers: list[Server]) -> None:
    if servers:
        grip.let_go(servers, settled=False)
    for server in servers:
        del grip.seen[server]


def _locked(server: Server, found: Deployment) -> CapifyError:
    by_hand = "`deploy:unlock` lets it go" if found.lock.lasts else "wait for it: `--wait`; or see `deploy:unlock`"
    return Refused(f"`{server}` is locked by {holders.holder(found.lock, found.now)}", hint=by_hand)
