"""From a word to the servers and back: spell each server's line, send, judge.

Rule: a failure on one server is never silent; the error carries every server's result.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from capify.blocks import Line
from capify.engine.failure import failed
from capify.engine.preview import PreviewedResults
from capify.engine.scene import Scene
from capify.errors import Aborted, CommandFailed, RecipeError, TaskFailed
from capify.events import CommandPreviewed, CommandStarted
from capify.machines import Server, grouped
from capify.outcomes import Outcome, Result, Results, Verdict
from capify.places import Place, called
from capify.plan.selection import first, matches, misspelt
from capify.recipe.hints import keywords
from capify.recipe.tasks import Where
from capify.shell import Command, Spelling, Word, render
from capify.shell import command as spelled
from capify.wording import brief, suggestion, ticked

Spelled = Spelling | Callable[[Server], Spelling]
SKIPPED = "skipped by the operator"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which of the wave's servers a word goes to."""

    on: Server | str | Iterable[Server | str] | None = None
    roles: str | Iterable[str] | None = None
    where: Where | None = None
    once: bool = False

    @classmethod
    def read(cls, options: Mapping[str, Any], place: Place) -> "Narrowing":
        """Take what a word was given besides its own arguments. Raises `RecipeError` for what narrows nothing."""
        known = [one.name for one in fields(cls)]
        for name in options:
            if name not in known:
                word = called()
                takes = [*keywords(word), *known]
                hint = suggestion(name, takes) or f"it takes {ticked(dict.fromkeys(takes))}"
                raise RecipeError(f"`{word}` takes no argument `{name}`", place=place, hint=hint)
        return cls(**options)

    def of(self, scene: Scene, place: Place) -> tuple[Server, ...]:
        """Narrow the scene's servers. Raises `TaskFailed` when none is left, `RecipeError` for an unknown server."""
        left = scene.servers
        if self.on is not None:
            named = (self.on,) if isinstance(self.on, Server | str) else tuple(self.on)
            _refuse_strangers(scene, named, place)
            left = tuple(s for s in left if any(s.is_called(one) for one in named))
        if self.roles is not None:
            roles = {self.roles} if isinstance(self.roles, str) else set(self.roles)
            left = tuple(s for s in left if s.roles & roles)
        if self.where is not None:
            where = self.where
            left = tuple(s for s in left if matches(s, where))
        if not left:
            raise TaskFailed(self._nobody(scene), place=place, hint=self._nearest(scene))
        return (first(left),) if self.once else left

    def _nearest(self, scene: Scene) -> str:
        """Suggest what a role or property was probably called."""
        if isinstance(self.where, Mapping):
            return misspelt(self.where, scene.servers)
        there = sorted(frozenset[str]().union(*(server.roles for server in scene.servers)))
        wanted = [self.roles] if isinstance(self.roles, str) else list(self.roles or ())
        return next((suggestion(role, there) for role in wanted if role not in there), "")

    def _nobody(self, scene: Scene) -> str:
        if not scene.task.name:
            return "no task runs, so no server is connected: a value that asks a server is read too early"
        if not scene.wave:
            return f"task `{scene.task.name}` is local: it has no servers to send a command to"
        return f"no server is left for this command; the task works on {ticked(scene.servers) or 'none any more'}"


@dataclass(frozen=True, slots=True)
class Order:
    """A word's wish: what to run, how, and what a failure means."""

    command: Spelled
    place: Place
    narrowing: Narrowing = field(default_factory=Narrowing)
    line: Line = field(default_factory=lambda: Line("", ""))  # everything of the line but its text
    check: bool = True
    user: str = ""
    variables: tuple[tuple[str, Word], ...] = ()
    into: Mapping[Server, Path] = field(default_factory=dict)  # where each server's output is saved
    given: Mapping[Server, bytes] = field(default_factory=dict)  # what each server's command reads, if they differ
    timeout: float | None = None  # seconds; `None` is the setting, 0 is no bound
    silence: float | None = None
    changes: bool = True  # what is told after a failure: that something may have been changed
    lasts: bool = False  # it is not meant to end soon, and whatever it says is wanted at once


def send(scene: Scene, order: Order) -> Results:
    """Run a command on the servers of the wave. Raises `CommandFailed`, after all have finished, where one failed."""
    lines = spelled_out(scene, order)
    previewed = scene.invocation.dry and not order.line.reads
    if not previewed and scene.invocation.asks and not _confirmed(scene, lines):
        return Results(_not_run(lines, SKIPPED))
    if not previewed:
        scene.invocation.connect(lines)  # where the plan was lazy, or a console's connections were lost
        lines = {server: line for server, line in lines.items() if server not in scene.invocation.excused}
        if not lines:  # whoever was meant is excused only now: what is left decides, or nobody is left
            return send(scene, order)
    if scene.gathering is not None and not previewed:
        return scene.gathering.take(order, lines)
    announce(scene, lines, reads=order.line.reads, previewed=previewed, lasts=order.lasts)
    if previewed:
        scene.invocation.previewed = True
        return PreviewedResults(_not_run(lines, "previewed"))
    scene.invocation.changed |= order.changes and not order.line.reads
    scene.invocation.touched.update(lines)
    return judged(scene, order, Results(_sent(scene, lines)))


def spelled_out(scene: Scene, order: Order) -> dict[Server, Line]:
    """Spell an order as each server's line. Raises what `Narrowing.of` does; `RecipeError` for what is no command."""
    return {server: _line(scene, order, server) for server in order.narrowing.of(scene, order.place)}


def _sent(scene: Scene, lines: Mapping[Server, Line]) -> dict[Server, Result]:
    from capify.engine.fanout import fan_out  # asyncio is loaded when something is sent, not when a recipe is read

    invocation, results = scene.invocation, dict[Server, Result]()
    try:
        invocation.loop.call(fan_out(invocation.crew, lines, invocation.emit, results=results))
    except KeyboardInterrupt:
        if invocation.streaming:
            return {server: results[server] for server in lines if server in results}
        verdict = Verdict.UNKNOWN if invocation.let_go else Verdict.FAILED
        for server in lines.keys() - results.keys():
            invocation.bad[server] = Outcome(server, verdict, f"interrupted: {brief(lines[server].shown)}")
        raise
    return {server: results[server] for server in lines}


def _not_run(lines: Mapping[Server, Line], note: str) -> dict[Server, Result]:
    return {server: Result(server, line.shown, 0, note=note) for server, line in lines.items()}


def _line(scene: Scene, order: Order, server: Server) -> Line:
    spelling = order.command(server) if callable(order.command) else order.command
    try:
        return _rendered(scene, order, replace(spelled(spelling), user=order.user, variables=order.variables), server)
    except ValueError as error:
        raise RecipeError(str(error), place=order.place) from None


def _rendered(scene: Scene, order: Order, command: Command, server: Server) -> Line:
    settings = scene.invocation.book.settings
    wrapped = scene.wrapping.around(command)
    defaults = {str(name): str(value) for name, value in (settings.get("default_env", None) or {}).items()}
    whole = replace(
        wrapped,
        umask=str(settings.get("umask", None) or ""),
        variables=tuple({**defaults, **dict(wrapped.variables)}.items()),
        sudo=str(settings.get("sudo", None) or "sudo"),
    )
    silence = float(settings.get("silence", None) or 0) if order.silence is None else order.silence
    timeout = float(settings.get("command_timeout", None) or 0) if order.timeout is None else order.timeout
    shown = order.line.shown or _shown(wrapped)
    into, given = order.into.get(server), order.given.get(server, order.line.stdin)
    return replace(
        order.line, text=render(whole), shown=shown, silence=silence, timeout=timeout, into=into, stdin=given
    )


def _shown(command: Command) -> str:
    """Show what the user wrote, and what surrounds it; leave out what surrounds every command."""
    return render(command) if command.directory or command.user else command.text


def _refuse_strangers(scene: Scene, named: Iterable[Server | str], place: Place) -> None:
    """Refuse a server that is nowhere declared: leaving it out in silence would be a lie."""
    planner = scene.invocation.planner
    known = {*planner.servers, *planner.book.servers()}
    for one in named:
        if not any(server.is_called(one) for server in known):
            names = sorted(server.name for server in known)
            hint = suggestion(str(one), names) or f"there are {ticked(names)}"
            raise RecipeError(f"no server `{one}` is declared", place=place, hint=hint)


def announce(
    scene: Scene, lines: Mapping[Server, Line], *, reads: bool, previewed: bool = False, lasts: bool = False
) -> None:
    """Tell what is sent to whom, or what would be."""
    for shown, servers in grouped({server: line.shown for server, line in lines.items()}).items():
        sent = "\n".join(dict.fromkeys(lines[server].text for server in servers))
        text = "" if sent == shown else sent
        if previewed:
            scene.invocation.emit(CommandPreviewed(shown, tuple(servers), text))
        else:
            scene.invocation.emit(CommandStarted(shown, tuple(servers), reads, text, lasts))


def _confirmed(scene: Scene, lines: Mapping[Server, Line]) -> bool:
    shown = " / ".join(dict.fromkeys(line.shown for line in lines.values()))
    names = ", ".join(server.name for server in lines)
    answer = scene.invocation.terminal.ask(f"run `{shown}` on {names}? [Y]es, [n]o, [a]bort: ").strip().lower()
    if answer in {"a", "abort"}:
        raise Aborted("aborted by the operator")
    return answer in {"", "y", "yes"}


def judged(scene: Scene, order: Order, results: Results) -> Results:
    """Say what results mean for the task. Raises `CommandFailed` where one failed that the task cannot do without."""
    for server, result in results.items():
        if result.note == "lost":
            scene.invocation.bad[server] = Outcome(server, Verdict.UNKNOWN, f"lost during: {brief(result.command)}")
    if not order.check or results.ok:
        return results
    if scene.carries_on:
        for server, result in results.failed.items():
            scene.invocation.bad.setdefault(server, failed(result))
        scene.dropped.update(results.failed)
        if scene.servers:
            return results
    raise CommandFailed(results, place=order.place)
