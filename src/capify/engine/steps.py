"""Runs the steps of a plan: hooks, sequences, waves, bodies; and the tasks that a body calls.

Rule: what runs is what the planner planned. A call inside a body goes to the same planner, narrowed to the body's wave.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from capify.engine.around import transaction
from capify.engine.preview import DecidedWhileRunning
from capify.engine.scene import Invocation, Scene, playing, scene
from capify.errors import CapifyError, CommandFailed
from capify.events import TaskEnded, TaskSkipped, TaskStarted, Undecided
from capify.machines import Server
from capify.plan.planner import Step
from capify.recipe.handles import perform
from capify.recipe.tasks import Task


def run_step(invocation: Invocation, step: Step) -> Any:
    """Run a step with all that belongs to it; returns what its body returned, of the last wave if there are several."""
    for hook in step.before:
        run_step(invocation, hook)
    value = _run_itself(invocation, step)
    for hook in step.after:
        run_step(invocation, hook)
    return value


def perform_here(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Run a task that a body calls, on the servers that it selects among those of the body's wave."""
    now = scene()
    invocation = now.invocation
    planner = invocation.planner
    if not now.task.options.local and now.wave:
        narrowed = f" in the wave of `{now.task.name}`"
        planner = replace(planner, servers=now.servers, narrowed=narrowed)
    step = planner.step(invocation.book.task(name), kwargs, positional=tuple(args))
    invocation.depth += 1
    try:
        return run_step(invocation, step)
    finally:
        invocation.depth -= 1


def _run_itself(invocation: Invocation, step: Step) -> Any:
    if step.skipped:
        invocation.emit(TaskSkipped(step.task.name, step.skipped))
        return None
    if not step.task.is_sequence:
        return _in_transaction(invocation, step, lambda: _run_waves(invocation, step))
    return _run_sequence(invocation, step)


def _run_sequence(invocation: Invocation, step: Step) -> None:
    name, depth = step.task.name, invocation.depth
    invocation.emit(TaskStarted(name, (), depth, sequence=True, hook_of=step.hook_of, place=step.place))
    invocation.depth += 1
    ok = False
    try:
        _in_transaction(invocation, step, lambda: [run_step(invocation, inner) for inner in step.steps])
        ok = True
    finally:
        invocation.depth = depth
        invocation.emit(TaskEnded(name, ok, depth))


def _in_transaction(invocation: Invocation, step: Step, work: Callable[[], Any]) -> Any:
    with playing(Scene(invocation, step.task)):
        context = transaction() if step.task.options.in_transaction else nullcontext()
        with context:
            return work()


def _run_waves(invocation: Invocation, step: Step) -> Any:
    waves = step.waves or ((),)
    value = None
    for number, wave in enumerate(waves, 1):
        if number > 1 and step.task.options.pause:
            time.sleep(step.task.options.pause)
        value = _run_wave(invocation, step, wave, (number, len(waves)))
    return value


def _run_wave(invocation: Invocation, step: Step, wave: tuple[Server, ...], turn: tuple[int, int]) -> Any:
    task = step.task
    number, total = turn
    invocation.emit(
        TaskStarted(
            task.name, wave, invocation.depth, wave=number, waves=total, hook_of=step.hook_of, place=step.place
        )
    )
    with playing(Scene(invocation, task, wave)) as now:
        ok = False
        try:
            value = _body(task)(*step.positional, **step.arguments)
            ok = not now.dropped
        except BaseException as error:
            if not (isinstance(error, Exception) and _allowed(now, error)):
                invocation.failed_in = invocation.failed_in or task.name
                raise
            value = None
        finally:
            invocation.emit(TaskEnded(task.name, ok, invocation.depth))
    return value


def _allowed(now: Scene, error: Exception) -> bool:
    """Whether a dry run, or a task that carries on, goes on behind this failure."""
    if now.carries_on and isinstance(error, CommandFailed) and not now.servers:
        return True
    if not now.invocation.dry or not (now.invocation.previewed or isinstance(error, DecidedWhileRunning)):
        return False
    reason = error.message if isinstance(error, CapifyError) else f"{type(error).__name__}: {error}"
    now.invocation.emit(Undecided(now.task.name, reason.splitlines()[0]))
    return True


def _body(task: Task) -> Callable[..., Any]:
    """The function of a task; one that wraps an earlier gets that as its first argument."""
    assert task.body is not None
    if task.original is None:
        return task.body
    body, original = task.body, task.original

    def wrapping(*args: Any, **kwargs: Any) -> Any:
        return body(_original(original), *args, **kwargs)

    return wrapping


def _original(task: Task) -> Callable[..., Any]:
    """What a wrapping definition calls: the earlier body, or the steps of the earlier sequence."""
    if not task.is_sequence:
        return _body(task)

    def steps() -> None:
        for name in task.steps:
            perform(name)

    return steps
