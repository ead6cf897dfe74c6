"""One invocation, from the first line to the last: the only part that touches servers."""

import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace

from capify.engine.aftermath import after_letting_go, kept, next_step
from capify.engine.failure import STAYS, failed, failure_of, root_of, status_of
from capify.engine.holding import leave_all
from capify.engine.interrupt import interruptible
from capify.engine.scene import Invocation, Scene, playing
from capify.engine.steps import perform_here, run_called, run_step
from capify.errors import CheckFailed, CommandFailed, ConnectFailed, Interrupted
from capify.events import Failure, InvocationEnded, InvocationStarted, Notice, TaskSkipped, Warned
from capify.outcomes import Outcome, Verdict
from capify.places import Place
from capify.plan.planner import Plan, Step
from capify.recipe.book import opened
from capify.recipe.handles import performing
from capify.recipe.hooks import Moment, MomentHook
from capify.recipe.tasks import Options, Task

SEALED = ("revision", "release_name", "deploy_to", "user")  # the user is a part of what a server is


def execute(plan: Plan, invocation: Invocation, started: InvocationStarted) -> InvocationEnded:
    """Run a plan to its end, whatever that is. Never raises for what recipes, servers or the operator do."""
    began = time.monotonic()
    error: BaseException | None = None
    with _context(plan, invocation), interruptible(invocation):
        try:
            _run(plan, invocation, started)
        except (Exception, KeyboardInterrupt, SystemExit) as raised:  # noqa: BLE001 - every end is told the same way
            error = _ended_by(raised)
        try:
            error = _farewell(plan, invocation, error)
        except KeyboardInterrupt as raised:
            error = error or _ended_by(raised)
        try:
            error = leave_all(invocation, error)
        except KeyboardInterrupt as raised:
            error = error or _ended_by(raised)
    return _told(plan, invocation, error, time.monotonic() - began)


@contextmanager
def _context(plan: Plan, invocation: Invocation) -> Iterator[None]:
    """Open the book, lend the performer, set the stage: what every word relies on."""
    whole = Task("", Place("?"), options=Options(local=not plan.servers))
    with opened(invocation.book), performing(perform_here), playing(Scene(invocation, whole, invocation.planner)):
        yield


def _run(plan: Plan, invocation: Invocation, started: InvocationStarted) -> None:
    invocation.emit(replace(started, revision=_announced(plan, invocation)))
    for warned in invocation.book.warnings:
        invocation.emit(warned)
    for notice in _assumed(plan):
        invocation.emit(notice)
    if not plan.lazy:
        invocation.connect(plan.servers, plan.walk())
    invocation.book.settings.seal(*SEALED)
    invocation.book.inventory.sealed = True
    for step in plan.steps:
        _run_named(plan, invocation, step)


def _run_named(plan: Plan, invocation: Invocation, step: Step) -> None:
    for hook in _moment_hooks(invocation, "start", {step.task.name}):
        _run_hook(plan, invocation, hook)
    run_step(invocation, step)
    for hook in _moment_hooks(invocation, "finish", {step.task.name}):
        _run_hook(plan, invocation, hook)


def _announced(plan: Plan, invocation: Invocation) -> str:
    """What will be published, if something will be: read before anything connects."""
    for step in plan.walk():
        if step.task.options.announces:
            return str(invocation.book.settings.read(step.task.options.announces))
    return ""


def _assumed(plan: Plan) -> Iterator[Notice]:
    """Say which servers are taken for the primary, because none is marked as that."""
    steps = [step for step in plan.walk() if step.task.options.primary and step.servers]
    for server in dict.fromkeys(step.servers[0] for step in steps if not step.servers[0].primary):
        yield Notice(f"no server is marked `primary=True`, so `{server}` is taken for it")


def _moment_hooks(invocation: Invocation, moment: Moment, tasks: AbstractSet[str]) -> list[MomentHook]:
    return [hook for hook in invocation.book.moments if hook.moment == moment and hook.concerns(tasks)]


def _run_hook(plan: Plan, invocation: Invocation, hook: MomentHook) -> None:
    """Run what hangs on a moment: a task where it selects, a function on all servers of the plan that are connected."""
    if hook.body is None:
        run_called(invocation, invocation.planner.step(invocation.book.task(hook.task, hook.place)))
        return
    servers = tuple(server for server in plan.servers if server in invocation.crew.servers)
    task = Task(hook.name, hook.place, hook.body, options=Options(local=not servers))
    run_step(invocation, Step(task, (servers,) if servers else (), place=hook.place, hook_of=f"on {hook.moment}"))


def _ended_by(raised: BaseException) -> BaseException | None:
    if isinstance(raised, KeyboardInterrupt):
        interrupted = Interrupted("interrupted")
        interrupted.__cause__ = raised
        return interrupted
    if isinstance(raised, SystemExit) and raised.code in {0, None}:
        return None
    return raised


def _farewell(plan: Plan, invocation: Invocation, error: BaseException | None) -> BaseException | None:
    """Run the hooks on `failure` and `exit`; what fails in them is a warning, and never replaces the first error."""
    invocation.crew.revive()
    moments: list[Moment] = ["failure", "exit"] if error is not None else ["exit"]
    tasks = {step.task.name for step in plan.walk()} | invocation.called
    for hook in [hook for moment in moments for hook in _moment_hooks(invocation, moment, tasks)]:
        try:
            _say_goodbye(plan, invocation, hook, error)
        except KeyboardInterrupt as raised:
            error = error or _ended_by(raised)
            invocation.emit(Warned(f"hook `{hook.name}` on {hook.moment} was interrupted", (hook.place,)))
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - told as a warning, whatever it is
            text = f"hook `{hook.name}` on {hook.moment} failed: {failure_of(raised).message}"
            invocation.emit(Warned(text, (hook.place,)))
    return error


def _say_goodbye(plan: Plan, invocation: Invocation, hook: MomentHook, error: BaseException | None) -> None:
    if invocation.let_go:
        invocation.emit(TaskSkipped(hook.name, "everything was let go"))
    elif hook.task and isinstance(error, ConnectFailed) and not invocation.book.task(hook.task).options.local:
        invocation.emit(TaskSkipped(hook.name, "a server could not be reached, so none runs anything"))
    else:
        _run_hook(plan, invocation, hook)


def _told(plan: Plan, invocation: Invocation, error: BaseException | None, seconds: float) -> InvocationEnded:
    outcomes = _outcomes(plan, invocation, error)
    live = tuple(invocation.live[server] for server in plan.servers if server in invocation.live)
    failure, status = None, 0
    if error is not None:
        task, wave = (invocation.failed.task, invocation.failed.wave) if invocation.failed else ("", "")
        failure = failure_of(
            error, task=task, changed=invocation.changed, undone=invocation.undone,
            lasting=invocation.irreversible, set_at=invocation.book.settings.set_at,
        )  # fmt: skip
        status = status_of(error)
        failure = _with_aftermath(invocation, replace(failure, wave=wave), status)
    elif invocation.bad:
        failure = Failure("some servers failed, and the task went on without them", changed=STAYS)
    if invocation.bad and status in {0, CheckFailed.status}:
        status = 1
    if invocation.excused and status == 0:
        status = CheckFailed.status
    return InvocationEnded(status, outcomes, live, failure, seconds)


def _with_aftermath(invocation: Invocation, failure: Failure, status: int) -> Failure:
    """Add what went live and stays so, and the next command."""
    words, tasks = invocation.words, invocation.book.tasks
    stays = "" if invocation.undone else kept(invocation.published)
    if invocation.let_go:
        return replace(failure, advice=failure.advice or after_letting_go(words, tasks))
    advice = failure.advice or next_step(status, words, tasks, stays=bool(stays), task=failure.task)
    return replace(failure, advice=advice, changed=stays or failure.changed)


def _outcomes(plan: Plan, invocation: Invocation, error: BaseException | None) -> tuple[Outcome, ...]:
    root = root_of(error) if error is not None else None
    excused = invocation.excused.items()
    reached = {True: Verdict.FAILED, False: Verdict.UNREACHED}
    bad = {one: Outcome(one, reached[one in invocation.crew.servers], f"excused: {why}") for one, why in excused}
    bad |= invocation.bad
    if isinstance(root, ConnectFailed):
        bad = {server: Outcome(server, Verdict.UNREACHED, why) for server, why in root.reasons.items()} | bad
    if isinstance(root, CommandFailed):
        bad = {server: failed(result) for server, result in root.results.failed.items()} | bad
    called = [server for server in invocation.planner.servers if server in invocation.touched or server in bad]
    servers = dict.fromkeys([*(() if plan.lazy else plan.servers), *called])
    spared = servers.keys() - invocation.touched if error is not None else set()
    ok = {server: Outcome(server, Verdict.OK, "nothing was run" if server in spared else "") for server in servers}
    return tuple((ok | bad).values())
