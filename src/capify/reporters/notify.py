"""Notifications: a chat service or a command hears that a deployment begins, and how it ended.

Rule: an observer. Nothing here fails an invocation or changes how it ended; all of it together delays the end by
`notify_timeout` at most, and what failed is a warning.
Rule: the address of the webhook is a secret: it is in no event, no log and no message of ours. A dry run is silent.
"""

import getpass
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from capify.errors import CapifyError
from capify.events import Event, InvocationEnded, InvocationStarted, LiveNow, TaskStarted, Warned
from capify.machines import Server
from capify.recipe.book import Book, opened
from capify.reporters.notify_channels import Channel, Command, Webhook
from capify.reporters.notify_messages import Message, Moment

LOOKING = frozenset({"deploy:pending", "deploy:pending:diff", "deploy:preview"})  # they announce what they only look at
ROLLBACKS = frozenset({"deploy:rollback", "deploy:rollback:revision", "deploy:rollback:code"})
LONGEST = 5.0  # seconds, where the setting cannot be read


class Notifier:
    """Reporter that notices what an invocation is about, and sends messages about it, each in a thread of its own.

    `conclude` and `settle` belong to the thread that invoked: between its last command and its last event.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._started: InvocationStarted | None = None
        self._means_to = False  # publish something, or go back
        self._switched = False
        self._live: dict[Server, LiveNow] = {}
        self._dispatches: list[Dispatch] = []
        self._since = 0.0

    def handle(self, event: Event, at: float) -> None:  # noqa: ARG002 - the shape of a reporter
        """Notice whether this is a deployment or a rollback, and whether anything was switched."""
        match event:
            case InvocationStarted():
                self._started = event
                deploys = bool(event.revision) and not LOOKING.issuperset(Message("start", event).tasks)
                self._means_to = deploys or not ROLLBACKS.isdisjoint(event.words)
                if self._means_to:
                    self._dispatch("start", None)
            case TaskStarted():
                self._means_to |= event.task in ROLLBACKS
            case LiveNow():
                known = self._live.get(event.server)
                self._switched |= known is not None and known.release != event.release
                self._live[event.server] = event
            case _:
                pass

    def close(self) -> None:
        """Give up what is still under way, where something kept `settle` from waiting."""
        for dispatch in self._dispatches:
            dispatch.stopped("")

    def conclude(self, ended: InvocationEnded, flush: Callable[[], None]) -> None:
        """Begin to say how it ended, if that is worth a message; `flush` waits until all events so far are handled."""
        try:
            flush()
        except KeyboardInterrupt:  # who is that impatient is not waited for, and the end is still to be told
            return
        self._since = time.monotonic()
        if self._worth_telling(ended):
            self._dispatch("failure" if ended.failure else "success", ended)

    def settle(self, emit: Callable[[Event], None]) -> None:
        """Wait until all is sent, `notify_timeout` seconds at most, and warn of what was not. Ctrl-C ends the wait."""
        if not self._dispatches:
            return
        why = "it was not waited for"
        with suppress(KeyboardInterrupt):
            bound = self._timeout()
            for dispatch in self._dispatches:
                dispatch.over.wait(max(0.0, self._since + bound - time.monotonic()))
            why = f"it took longer than {bound:g} s"
        for complaint in dict.fromkeys(dispatch.stopped(why) for dispatch in self._dispatches):
            if complaint:
                emit(Warned(complaint))

    def _worth_telling(self, ended: InvocationEnded) -> bool:
        """Tell whether something was switched, or failed that would have switched something."""
        return self._switched or (self._means_to and ended.failure is not None)

    def _dispatch(self, moment: Moment, ended: InvocationEnded | None) -> None:
        if self._started is None or self._started.dry:
            return
        message = Message(moment, self._started, ended, live=dict(self._live) if ended else {})
        before = {dispatch.channel.setting: dispatch for dispatch in self._dispatches}
        for channel in (Webhook(), Command(self._book.root)):
            if channel.setting in self._book.settings:
                dispatch = Dispatch(self._book, channel, message, before.get(channel.setting))
                dispatch.start()
                self._dispatches.append(dispatch)

    def _timeout(self) -> float:
        try:
            with opened(self._book):
                return float(self._book.settings.get("notify_timeout"))
        except CapifyError:
            return LONGEST


class Dispatch(threading.Thread):
    """One message on its way by one channel, behind the one before it. Settings are read here: they may be late."""

    def __init__(self, book: Book, channel: Channel, message: Message, before: "Dispatch | None") -> None:
        super().__init__(name=f"capify-{channel.setting}", daemon=True)
        self.channel = channel
        self.over = threading.Event()  # a `join` that Ctrl-C ends would call a living thread ended
        self._book = book
        self._message = message
        self._before = before
        self._complaint = ""

    def run(self) -> None:
        """Send it."""
        if self._before is not None:
            self._before.over.wait()
        try:
            with opened(self._book):
                self._complaint = self._sent()
        except CapifyError as error:
            self._complaint = error.message.partition("\n")[0]
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not end an invocation; its text may be secret
            self._complaint = type(error).__name__
        self.over.set()

    def stopped(self, why: str) -> str:
        """Stop it if it is still under way, for this reason; returns a warning, if there is a need for one."""
        under_way = not self.over.is_set()
        if under_way:
            self.channel.stop()
        complaint = why if under_way else self._complaint
        return f"`{self.channel.setting}` could not be told: {complaint}" if complaint else ""

    def _sent(self) -> str:
        settings = self._book.settings
        target = settings.get(self.channel.setting, None)
        if not target or self._message.moment not in settings.get("notify_on"):
            return ""
        message = Message(
            self._message.moment, self._message.started, self._message.ended,
            application=self._text("application"), branch=self._text("branch"), who=_operator(),
            live=self._message.live,
        )  # fmt: skip
        return self.channel.send(target, message, timeout=float(settings.get("notify_timeout")))

    def _text(self, setting: str) -> str:
        """Read a setting that a message can do without."""
        try:
            return str(self._book.settings.get(setting, None) or "")
        except CapifyError:
            return ""


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many a container
        return ""
