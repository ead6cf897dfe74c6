"""A process that runs Capify in a forked child, again and again, and waits until nothing of it is left.

    python -m tests.crash.agent <orders >reports

An order is a line of JSON (see `Order`), and so are its two reports: which process the operator is; and, when it and
all that came of it have ended, how. What is heavy is loaded once. The standard deployment is not: what it keeps for an
invocation must be new each time.

Rule: one thread, so that forking is safe; every orphan becomes this process's child, so that none is missed.
"""

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HIDDEN = {"CommandStarted": ("text", "servers"), "CommandPreviewed": ("text", "servers"), "TaskStarted": ("servers",)}
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


@dataclass(frozen=True)
class Order:
    """One invocation: the project's folder, the words, and how to reach each server.

    `shells` has, for each server, the words that start its shell on this machine; without it the settings say how.
    `shift` are seconds by which the operator's clock is wrong; `patience` seconds until what is left is killed.
    """

    folder: str
    words: tuple[str, ...]
    result: str
    log: str
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    shells: dict[str, list[str]] = field(default_factory=dict)
    shift: float = 0.0
    dry: bool = False
    patience: float = 120.0


def main() -> None:
    """Take orders until there are no more."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    _warm_up()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        Path(order.result).unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            _be_the_operator(order)
        _report(operator=child)
        _report(**_wait(child, order))


def _report(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _warm_up() -> None:
    """Load what every invocation needs, but for the standard deployment."""
    import asyncio  # noqa: F401

    import capify.app
    import capify.library
    import capify.transports.local
    import capify.transports.openssh  # noqa: F401


def _wait(operator: int, order: Order) -> dict[str, Any]:
    """Wait for the operator and all orphans; after the order's patience kill what is left, and name it."""
    from capify.testing.processes import command_line, descendants, signal_all

    status, until, left = None, time.monotonic() + order.patience, []
    while True:
        try:
            ended, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if ended == operator:
            status = os.waitstatus_to_exitcode(how)
        elif ended == 0:
            time.sleep(0.003)
            if time.monotonic() > until:
                found = descendants(os.getpid())
                left += [command_line(process)[:200] for process in found]
                signal_all(found, signal.SIGKILL)
    result = Path(order.result)
    facts = json.loads(result.read_text()) if result.exists() else {}
    return {"ended": status, "left": left, **facts}


def _be_the_operator(order: Order) -> None:
    """In the child: run Capify, write down what came of it, and end."""
    status = 70
    try:
        log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream, number in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
            os.dup2(stream, number)
        os.environ.update(order.environment)
        _shift_clock(order.shift)
        facts = _invoke(order)
        half = Path(f"{order.result}.half")
        half.write_text(json.dumps(facts))
        half.rename(order.result)
        status = 0
    except BaseException:  # noqa: BLE001 - it ends here, whatever it was
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _shift_clock(seconds: float) -> None:
    """Let this process believe in another time of day; what measures durations stays."""
    if not seconds:
        return
    import datetime as dt

    now = time.time

    class Shifted(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Shifted":
            return cls.fromtimestamp(now() + seconds, tz)

    time.time = lambda: now() + seconds
    dt.datetime = Shifted  # type: ignore[misc]


def _invoke(order: Order) -> dict[str, Any]:
    """Do as `cap` does with these words. The only place that knows how Capify is called."""
    from capify.app import Fittings, perform
    from capify.errors import CapifyError
    from capify.plan.line import plan_line
    from capify.plan.selection import filters_of
    from capify.recipe.loader import load
    from capify.recipe.request import Request
    from capify.testing.standins import Kept, Operator

    bare = tuple(word for word in order.words if "=" not in word)
    request = Request(words=bare, settings=order.settings, cwd=Path(order.folder), skip_system_file=True)
    events: list[Any] = []
    try:
        book = load(request)
        planned = plan_line(book, order.words, filters_of({}))
    except CapifyError as error:
        return {"status": error.status, "failure": str(error)}
    nobody = Operator(lambda _: None)
    fittings = Fittings(
        (Kept(events),), lambda feed: nobody.at(feed.paused), words=order.words, err=sys.stderr, dry=order.dry,
        remotes=_remotes(order) if order.shells else None,
    )  # fmt: skip
    ended = perform(book, planned, fittings)
    return {
        "status": ended.status,
        "failure": _failure(ended.failure),
        "live": {str(one.server): one.release for one in ended.live},
        "outcomes": {str(one.server): one.verdict.value for one in ended.outcomes},
        "events": [
            f"{type(event).__name__}: {_plain(event)}" for event in events if type(event).__name__ != "InvocationEnded"
        ],
        "tables": [_plain_rows(event) for event in events if type(event).__name__ == "Tabled"],
    }


def _remotes(order: Order) -> Any:
    """Reach each server by a shell of its own; the courier's lease is its usual one, whatever the lock's is."""
    from capify.engine.courier_remote import CourierRemote
    from capify.transports.local import LocalTransport

    grace = float(order.settings.get("grace", 1))
    return lambda server: CourierRemote(
        server, LocalTransport(shell=tuple(order.shells[server.name])), grace=grace, lease=45
    )


def _failure(failure: Any) -> str:
    if failure is None:
        return ""
    tails = "; ".join(f"{server}: {' / '.join(lines)}" for server, lines in failure.tails.items())
    endings = "; ".join(f"{server}: {text}" for server, text in failure.endings.items())
    return "\n".join(
        filter(None, (failure.message, failure.changed, failure.advice, endings, tails, failure.traceback))
    )


def _plain(event: Any) -> str:
    kind = type(event).__name__
    fields = ((name, getattr(event, name)) for name in event.__dataclass_fields__ if name not in HIDDEN.get(kind, ()))
    return " ".join(f"{name}={str(value)[:200]}" for name, value in fields if value not in ("", (), None, {}))


def _plain_rows(event: Any) -> Any:
    return json.loads(json.dumps({name: getattr(event, name) for name in event.__dataclass_fields__}, default=str))


if __name__ == "__main__":
    main()
