"""Capify in a program of yours: load a deployment, invoke its tasks, get a value that says how it ended.

    deployment = Deployment.load(".", stage="staging", settings={"branch": "main"})
    ending = deployment.narrowed(on="zone=eu").invoke("deploy")
    assert ending.ok, ending.failure

Rule: it prints nothing, writes no log, asks nobody, and sees no environment, unless it is given one who does.
Rule: what the project's settings ask for is done, notifications too.
Rule: every invocation reads the recipes anew, as every call of `cap` does: none sees what another one set.
"""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from capify.app import Fittings, perform
from capify.errors import (
    Aborted,
    CapifyError,
    CheckFailed,
    ConnectFailed,
    Inconsistent,
    Interrupted,
    Refused,
    RolledBack,
    TaskFailed,
    UsageError,
)
from capify.events import CommandEnded, Event, Failure, InvocationEnded, LiveNow, Warned
from capify.machines import Server
from capify.outcomes import Outcome, Verdict
from capify.plan.calls import Call
from capify.plan.planner import Plan, plan
from capify.plan.selection import Filters, Names, filters_of
from capify.ports import Reporter, Terminal
from capify.recipe.book import Book, opened
from capify.recipe.loader import load
from capify.recipe.protection import admit
from capify.recipe.request import Request
from capify.reporters.feed import Feed

_MEANS: Mapping[int, type[CapifyError]] = {
    kind.status: kind for kind in (TaskFailed, Refused, CheckFailed, RolledBack, Inconsistent, Interrupted)
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an invocation ended.

    `status` is the exit status that `cap` would have. `outcomes` has every server's end, `live` what is live now where
    that is known, `results` the end of every command in order, `failure` all that `cap` would say about a failure.
    """

    id: str
    status: int
    outcomes: tuple[Outcome, ...] = ()
    live: tuple[LiveNow, ...] = ()
    results: tuple[CommandEnded, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether all was done."""
        return self.status == 0

    def check(self) -> Self:
        """Raise what the exit status means, as an error of `capify.errors`, unless all was done."""
        if self.ok:
            return self
        if self.status == ConnectFailed.status:
            unreached = [outcome for outcome in self.outcomes if outcome.verdict is Verdict.UNREACHED]
            raise ConnectFailed({outcome.server: outcome.detail for outcome in unreached})
        failure = self.failure or Failure(f"it ended with status {self.status}")
        kind = _MEANS.get(self.status)
        if kind is None:
            raise Aborted(failure.message, self.status, place=failure.place)
        raise kind(failure.message, place=failure.place, hint=failure.advice)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A project with one stage chosen; made by `Deployment.load`. Share it between threads as you like."""

    book: Book
    request: Request
    chosen: str | None = None
    confirm: str | None = None
    reporters: tuple[Reporter, ...] = ()
    listen: Callable[[Event], None] | None = None
    terminal: Terminal | None = None
    filters: Filters = field(default_factory=Filters)
    skip_unreachable: bool = False

    @classmethod
    def load(
        cls,
        root: str | Path = ".",
        *,
        stage: str | None = None,
        settings: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        confirm: str | None = None,
        skip_unreachable: bool = False,
        reporters: Sequence[Reporter] = (),
        listen: Callable[[Event], None] | None = None,
        terminal: Terminal | None = None,
    ) -> Self:
        """Read the recipes of a folder (or of one recipe file), and choose a stage; connects to nothing.

        `settings` win as `-s` does. Of `environment` come `CAPIFY_<NAME>`, `HOSTS` and its like, and `HOME`, where your
        own recipes are. `confirm` names a protected stage; `skip_unreachable` goes on without servers that are down.
        `listen` is called with every event, by a thread that waits for it; `reporters` are closed at the end of an
        invocation. `terminal` answers questions.
        Raises `UsageError` or `RecipeError`.
        """
        path = Path(root).absolute()
        files, cwd = ((str(path),), path.parent) if path.is_file() else ((), path)
        given = dict(settings or {})
        request = Request(files=files, settings=given, environment=dict(environment or {}), cwd=cwd)
        book = _read(request, stage, ())
        filters = filters_of(request.environment)
        return cls(book, request, stage, confirm, tuple(reporters), listen, terminal, filters, skip_unreachable)

    def narrowed(
        self,
        *,
        on: str | None = None,
        hosts: Names = None,
        roles: Names = None,
        allow_unknown_hosts: bool = False,
    ) -> Self:
        """Give the same deployment on some of its servers, as `--on`, `--hosts` and `--roles` do, once more.

        `hosts` and `roles` are lists, or text as it is typed. With `allow_unknown_hosts`, `hosts` and `HOSTS` may name
        what no recipe declares. Raises `UsageError` for what is no expression; planning does for names of nothing.
        """
        more = filters_of(
            {}, on=on, hosts=hosts, roles=roles, allows_unknown=allow_unknown_hosts, spelled="{}=".format
        )
        return replace(self, filters=self.filters & more)

    @property
    def stage(self) -> str | None:
        """The stage's name: the one asked for, else the default stage; `None` in a project without stages."""
        return self.book.stage

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of all stages."""
        return self.book.stages.names

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of all tasks."""
        return tuple(self.book.tasks)

    @property
    def servers(self) -> tuple[Server, ...]:
        """Every declared server."""
        with opened(self.book):
            return self.book.servers()

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What is probably not meant in the recipes."""
        return tuple(self.book.warnings)

    def setting(self, name: str) -> Any:
        """Read a setting as it is before anything runs. Raises `RecipeError` for one that nobody set."""
        with opened(self.book):
            return self.book.settings.read(name)

    def plan(self, *tasks: str, **arguments: Any) -> Plan:
        """Plan tasks, connecting to nothing; arguments belong to the last one. Raises `UsageError`, `RecipeError`."""
        return self._planned(tasks, arguments)[1]

    def invoke(self, *tasks: str, **arguments: Any) -> Ending:
        """Run tasks; arguments belong to the last one. Whatever servers and recipes do then is in the `Ending`.

        Raises `UsageError`, `RecipeError` or `Refused` before anything connects. In the main thread signals are taken
        as `cap` takes them (Ctrl-C undoes, and is status 130), in others they are left alone.
        """
        return self._run(tasks, arguments, dry=False)

    def preview(self, *tasks: str, **arguments: Any) -> Ending:
        """Do as `cap -n` does: only read from the servers, and tell as events what would be done."""
        return self._run(tasks, arguments, dry=True)

    def _planned(self, tasks: Sequence[str], arguments: Mapping[str, Any]) -> tuple[Book, Plan]:
        if not tasks:
            raise UsageError("there is no task to run", hint='name one: `deployment.invoke("deploy")`')
        book = _read(self.request, self.chosen, tasks)
        with opened(book):
            *others, last = [book.task(name) for name in tasks]
            calls = (*map(Call, others), Call(last, arguments))
            return book, plan(book, calls, self.filters)

    def _run(self, tasks: Sequence[str], arguments: Mapping[str, Any], *, dry: bool) -> Ending:
        book, planned = self._planned(tasks, arguments)
        admit(book, self.confirm, self.terminal or _Nobody(), spelled="confirm=")
        results, trouble = _Results(), io.StringIO()
        listener = [_Listener(self.listen)] if self.listen else []
        words = (*([self.chosen] if self.chosen else []), *tasks, *(f"{name}={arguments[name]}" for name in arguments))
        fittings = Fittings(
            (results, *listener, *self.reporters), self._asked, words=words, dry=dry, err=trouble, notifies=True,
            skips_unreachable=self.skip_unreachable,
        )  # fmt: skip
        ended = perform(book, planned, fittings)
        if trouble.getvalue():
            warnings.warn(trouble.getvalue().strip(), RuntimeWarning, stacklevel=3)
        return results.ending(fittings.id, ended)

    def _asked(self, feed: Feed) -> Terminal:
        return _Nobody() if self.terminal is None else _Asked(self.terminal, feed)


class _Nobody:
    """The terminal where nobody sits."""

    interactive = False

    def ask(self, question: str, *, secret: bool = False) -> str:
        about = f"{'the secret ' if secret else ''}`{' '.join(question.split())}`"
        raise Refused(f"nobody can answer {about}", hint="load with `settings={…}`, or with a `terminal`")


class _Asked:
    """A terminal that is asked when all that was said before is told."""

    def __init__(self, terminal: Terminal, feed: Feed) -> None:
        self._terminal = terminal
        self._feed = feed

    @property
    def interactive(self) -> bool:
        return self._terminal.interactive

    def ask(self, question: str, *, secret: bool = False) -> str:
        with self._feed.paused():
            return self._terminal.ask(question, secret=secret)


class _Listener:
    """The reporter that is a function."""

    def __init__(self, listen: Callable[[Event], None]) -> None:
        self._listen = listen

    def handle(self, event: Event, at: float) -> None:  # noqa: ARG002 - the shape of a reporter
        self._listen(event)

    def close(self) -> None:
        pass


class _Results:
    """The reporter that keeps how commands ended."""

    def __init__(self) -> None:
        self._results: list[CommandEnded] = []

    def handle(self, event: Event, at: float) -> None:  # noqa: ARG002 - the shape of a reporter
        if isinstance(event, CommandEnded):
            self._results.append(event)

    def close(self) -> None:
        pass

    def ending(self, number: str, ended: InvocationEnded) -> Ending:
        facts = (ended.outcomes, ended.live, tuple(self._results), ended.failure, ended.seconds)
        return Ending(number, ended.status, *facts)


def _read(request: Request, stage: str | None, tasks: Sequence[str]) -> Book:
    """Read the recipes for these words, of which the first one is the stage exactly if one is asked for."""
    words = (*([] if stage is None else [stage]), *tasks)
    book = load(replace(request, words=words))
    if stage is None and book.chosen == "named":
        raise UsageError(f"`{words[0]}` is a stage, and no task", hint=f"load with `stage={words[0]!r}`")
    if stage is not None and book.chosen != "named":
        raise UsageError(f"there is no stage `{stage}`", hint=book.stages.hint(stage))
    return book
