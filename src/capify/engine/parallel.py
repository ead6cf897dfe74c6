"""The word that does different things at the same time: `parallel`.

Rule: each body has a scene and a transaction of its own, and all of them finish before anybody hears of a failure.
"""

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Generic, TypeVar

from capify.engine.failure import failed
from capify.engine.scene import Invocation, Scene, playing, scene
from capify.engine.undo import Transactions
from capify.errors import CapifyError, CommandFailed, Inconsistent, RecipeError, TaskFailed
from capify.places import Place, here

T = TypeVar("T")


class ParallelFailed(TaskFailed):
    """Several of the things that `parallel` did failed; `errors` has all of them."""

    def __init__(self, errors: Sequence[BaseException], total: int, place: Place) -> None:
        self.errors = tuple(errors)
        statuses = {error.status if isinstance(error, CapifyError) else 1 for error in errors}
        self.status = Inconsistent.status if Inconsistent.status in statuses else min({1} | statuses)
        if len(statuses) == 1:
            (self.status,) = statuses
        told = "; ".join(_words(error) for error in errors)
        super().__init__(f"{len(errors)} of {total} bodies failed: {told}", place=place)


def parallel(*bodies: Callable[[], T]) -> list[T]:
    """Do several things at the same time, each where this task works; returns what each returned, in their order.

    A body is a task or a function without parameters. All finish, also when one fails: its error is raised then, or
    `ParallelFailed` with those of several. Ctrl-C stops all of them. Not for questions to the operator.
    """
    place, now = here(), scene()
    if now.gathering is not None:
        raise RecipeError("`parallel` cannot be a part of a batch", place=place, hint="put it behind the batch")
    odd = [body for body in bodies if not callable(body)]
    if odd:
        hint = "name the functions, do not call them: `parallel(one, two)`"
        raise RecipeError(f"`parallel` takes functions, not {odd[0]!r}", place=place, hint=hint)
    limbs = [_Limb(now, body) for body in bodies]
    try:
        for limb in limbs:
            limb.thread.start()
        _wait(now.invocation, limbs)
    finally:
        for limb in limbs:
            limb.merge(now.invocation)
    errors = [limb.error for limb in limbs if limb.error is not None]
    if errors:
        raise errors[0] if len(errors) == 1 else _together(now, errors, len(limbs), place)
    return [limb.value for limb in limbs]


class _Limb(Generic[T]):
    """One body, in a thread of its own."""

    def __init__(self, now: Scene, body: Callable[[], T]) -> None:
        from capify.engine.loop import Branch

        outer = now.invocation
        self.branch = Branch(outer.loop)
        self.invocation = replace(outer, loop=self.branch, transactions=Transactions(outer.transactions.depth))
        self.error: BaseException | None = None
        self.value: Any = None
        self.ended = threading.Event()
        context = copy_context()
        self.thread = threading.Thread(
            target=context.run, args=(self._run, replace(now, invocation=self.invocation), body), daemon=True
        )

    def _run(self, now: Scene, body: Callable[[], T]) -> None:
        try:
            with playing(now):
                self.value = body()
        except BaseException as error:  # noqa: BLE001 - whoever waits for this thread raises it
            self.error = error
        finally:
            self.ended.set()

    def merge(self, outer: Invocation) -> None:
        """Give the outer invocation what is known now, and what is to be undone if the outer transaction fails."""
        inner = self.invocation
        outer.previewed |= inner.previewed
        outer.changed |= inner.changed
        outer.undone |= inner.undone
        outer.failed = inner.failed or outer.failed
        if outer.transactions.open:
            outer.transactions.undos += inner.transactions.undos


def _wait(outer: Invocation, limbs: Sequence[_Limb[Any]]) -> None:
    """Wait for all. When interrupted, each body is, and undoes what it began; a second time, nobody is waited for."""
    try:
        _join(outer, limbs)
    except KeyboardInterrupt:
        _halt(outer, limbs)
        try:
            _join(outer, limbs)
        except KeyboardInterrupt:
            _halt(outer, limbs)
            raise
        for limb in limbs:
            if isinstance(limb.error, Inconsistent):
                raise limb.error from None
        raise


def _join(outer: Invocation, limbs: Sequence[_Limb[Any]]) -> None:
    from capify.engine.loop import TURN

    for limb in limbs:
        # In turns, so that Ctrl-C is heard. Not by `join`: interrupted, Python 3.11 takes a thread for ended that runs.
        while not limb.ended.wait(TURN):
            outer.loop.heed()


def _halt(outer: Invocation, limbs: Sequence[_Limb[Any]]) -> None:
    for limb in limbs:
        limb.invocation.let_go = outer.let_go
        limb.branch.halt()


def _together(now: Scene, errors: Sequence[BaseException], total: int, place: Place) -> ParallelFailed:
    for error in errors:
        if isinstance(error, CommandFailed):
            for server, result in error.results.failed.items():
                now.invocation.bad.setdefault(server, failed(result))
    return ParallelFailed(errors, total, place)


def _words(error: BaseException) -> str:
    if isinstance(error, CommandFailed):
        return ", ".join(f"{server}: {one.ending}: {one.command}" for server, one in error.results.failed.items())
    if isinstance(error, CapifyError):
        return error.message.splitlines()[0]
    return f"{type(error).__name__}: {error}"
