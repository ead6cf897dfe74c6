"""Runs the steps of a plan: hooks, sequences, waves, bodies; and the tasks that a body calls.

Rule: what runs is what the planner planned. A call inside a body goes to the same planner, narrowed to the body's wave.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from capify.engine.around import transaction
from capify.engine.failure import place_of, root_of
from capify.engine.preview import DecidedWhileRunning
from capify.engine.scene import Blame, Invocation, Scene, playing, scene
from capify.errors import Aborted, CapifyError, CommandFailed, RecipeError, TaskFailed
from capify.events import TaskEnded, TaskSkipped, TaskStarted, Undecided
from capify.machines import Server
from capify.places import here
from capify.plan.planner import Step
from capify.recipe.handles import perform
from capify.recipe.hints import told
from capify.recipe.parameters import passed_on, refuse_misfit
from capify.recipe.tasks import Task

DEEPEST = 50  # tasks that call each other; Python's own bound would come soon after, and say less


def run_called(invocation: Invocation, step: Step) -> Any:
    """Run a step that is not of the first plan: its servers may not be connected yet."""
    wanted = {server for one in step.walk() for server in one.servers}
    invocation.called.update(one.task.name for one in step.walk())
    invocation.connect((server for server in invocation.planner.servers if server in wanted), step.walk())
    return run_step(invocation, step)


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
    if now.gathering is not None:
        raise RecipeError(f"task `{name}` is called in a batch", place=here(), hint="call it before the batch")
    if invocation.depth >= DEEPEST:
        hint = "does it call itself, or one of its hooks the task that it hangs on?"
        raise RecipeError(f"tasks call each other more than {DEEPEST} deep, here `{name}`", place=here(), hint=hint)
    step = now.planner.step(invocation.book.task(name, here()), kwargs, positional=tuple(args), place=here())
    if invocation.undoing:  # what hooks do was never recorded, and what failed may be one of them
        step = replace(step, before=(), after=())
    invocation.depth += 1
    try:
        return run_called(invocation, step)
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
    """Run the steps; where the sequence makes waves, all of them for one wave after the other."""
    if not step.turns:
        _in_transaction(invocation, step, lambda: _run_turn(invocation, step, step.steps))
        return
    turns = list(zip(step.waves, step.turns, strict=True))
    there = [turn for turn in turns if any(server not in invocation.excused for server in turn[0])]

    def work() -> None:
        for number, (wave, steps) in enumerate(there, 1):
            _rest(step, number)
            with playing(Scene(invocation, step.task, scene().planner, wave)):
                _run_turn(invocation, step, steps, wave, (number, len(there)))

    _in_transaction(invocation, step, work)


def _run_turn(
    invocation: Invocation,
    step: Step,
    steps: Sequence[Step],
    wave: tuple[Server, ...] = (),
    turn: tuple[int, int] = (1, 1),
) -> None:
    name, depth, servers = step.task.name, invocation.depth, tuple(s for s in wave if s not in invocation.excused)
    invocation.emit(
        TaskStarted(
            name, servers, depth, wave=turn[0], waves=turn[1], sequence=True, hook_of=step.hook_of, place=step.place
        )
    )
    invocation.depth += 1
    ok = False
    try:
        for inner in steps:
            run_step(invocation, inner)
        ok = True
    except BaseException as error:
        _blame(invocation, step.task, error, turn)
        raise
    finally:
        invocation.depth = depth
        invocation.emit(TaskEnded(name, ok, depth))


def _rest(step: Step, number: int) -> None:
    """Pause between two waves."""
    if number > 1 and step.task.options.pause:
        time.sleep(step.task.options.pause)


def _in_transaction(invocation: Invocation, step: Step, work: Callable[[], Any]) -> Any:
    with playing(Scene(invocation, step.task, scene().planner)):
        context = transaction() if step.task.options.in_transaction else nullcontext()
        with context:
            return work()


def _run_waves(invocation: Invocation, step: Step) -> Any:
    there = [wave for wave in step.waves if any(server not in invocation.excused for server in wave)]
    if step.waves and not there:
        invocation.emit(TaskSkipped(step.task.name, "none of its servers can be reached"))
        return None
    waves = there or [()]
    value = None
    for number, wave in enumerate(waves, 1):
        _rest(step, number)
        value = _run_wave(invocation, step, wave, (number, len(waves)))
    return value


def _run_wave(invocation: Invocation, step: Step, wave: tuple[Server, ...], turn: tuple[int, int]) -> Any:
    task = step.task
    now = Scene(invocation, task, scene().planner, wave)
    invocation.emit(
        TaskStarted(
            task.name, now.servers, invocation.depth, wave=turn[0], waves=turn[1], hook_of=step.hook_of,
            place=step.place,
        )
    )  # fmt: skip
    with playing(now):
        ok = False
        try:
            value = _called(step)
            ok = not now.dropped
        except BaseException as error:
            if not (isinstance(error, Exception) and _allowed(now, error)):
                _blame(invocation, task, error, turn)
                ok = isinstance(error, SystemExit)  # with a status it would be `Aborted` by now
                raise
            value = None
        finally:
            invocation.emit(TaskEnded(task.name, ok, invocation.depth))
    return value


def _called(step: Step) -> Any:
    """Call the body; `sys.exit` with a status or a message means what `abort` means. Misused words are its fault."""
    try:
        return _body(step.task)(*step.positional, **step.arguments)
    except (NameError, TypeError, AttributeError, ImportError) as error:
        message, hint = told(error)
        if not message:
            raise
        raise RecipeError(message, place=place_of(error), hint=hint) from error
    except SystemExit as left:
        if left.code in {0, None}:
            raise
        number = isinstance(left.code, int)
        message = f"the recipe left by `sys.exit({left.code})`" if number else str(left.code)
        status = left.code if isinstance(left.code, int) and 0 < left.code < 256 else 1
        raise Aborted(message, status, place=place_of(left)) from left


def _blame(invocation: Invocation, task: Task, error: BaseException, turn: tuple[int, int]) -> None:
    """Note where a failure came from, unless a task inside this one was noted for it; and the waves around it."""
    root, known = root_of(error), invocation.failed
    if known is None or known.error is not root:
        known = Blame(root, task.name)
    if turn[1] > 1:
        known = known.within(f"{turn[0]} of {turn[1]} of `{task.name}`")
    invocation.failed = known


def _allowed(now: Scene, error: Exception) -> bool:
    """Whether a dry run, or a task that carries on, goes on behind this failure."""
    if now.carries_on and isinstance(error, CommandFailed) and not now.servers:
        return True
    # What a server said, or a recipe made of it, may depend on what was only previewed; a fault in a recipe does not.
    unknown = isinstance(error, TaskFailed) and bool(now.invocation.previewed)
    if not now.invocation.dry or not (unknown or isinstance(error, DecidedWhileRunning)):
        return False
    assert isinstance(error, CapifyError)
    now.invocation.emit(Undecided(now.task.name, error.message.splitlines()[0]))
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

    def steps(**arguments: Any) -> None:
        book = scene().invocation.book
        refuse_misfit(task, (), arguments, place=here(), tasks=book.tasks)
        for name in task.steps:
            perform(name, (), passed_on(book.task(name), arguments, book.tasks))

    return steps
