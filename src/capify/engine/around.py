"""The words that surround a stretch of a recipe: `cd`, `env`, `as_user`, `only`, `transaction`; and `on_rollback`."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TypeVar

from capify.engine.scene import Scene, in_scene, playing, scene, wrapped
from capify.errors import Inconsistent, RecipeError, RolledBack, TaskFailed
from capify.events import Undoing
from capify.machines import Server
from capify.places import here
from capify.shell import Word, quote, user_name, variable
from capify.wording import counted

B = TypeVar("B", bound=Callable[[], object])


def cd(directory: Word) -> AbstractContextManager[None]:
    """Run the commands of a `with` block in this folder of the servers; a relative one starts from the outer `cd`."""
    _checked(lambda: quote(directory))
    path = str(directory)

    def change_to(outer: str) -> str:
        return path if path.startswith("/") or not outer else f"{outer.rstrip('/')}/{path}"

    return wrapped(lambda wrapping: replace(wrapping, directory=change_to(wrapping.directory)))


def env(**variables: object) -> AbstractContextManager[None]:
    """Give the commands of a `with` block these environment variables."""
    _checked(lambda: [(variable(name), quote(value)) for name, value in variables.items()])
    return wrapped(lambda wrapping: replace(wrapping, variables={**wrapping.variables, **variables}))


def as_user(user: str) -> AbstractContextManager[None]:
    """Run the commands of a `with` block as this user, by `sudo -n`."""
    _checked(lambda: user_name(user))
    return wrapped(lambda wrapping: replace(wrapping, user=user))


@contextmanager
def only(servers: Iterable[Server]) -> Iterator[None]:
    """Leave all others of the wave's servers out, for the words and the tasks that a `with` block calls.

    Raises `TaskFailed` where none is left.
    """
    now, wanted = scene(), set(servers)
    left = tuple(server for server in now.wave if server in wanted)
    if not left:
        raise TaskFailed("no server is left for what is to be done", place=here())
    with playing(replace(now, wave=left)):
        yield


@contextmanager
def transaction() -> Iterator[None]:
    """Undo, when the block fails, what its tasks registered with `on_rollback`, latest first.

    Raises `RolledBack` (exit 6) when all was undone, `Inconsistent` (exit 7) when an undo failed; the failure itself is
    its cause. A transaction within another joins it. Answers to Capistrano's `transaction`.
    """
    now = scene()
    now.invocation.transactions.begin()
    try:
        yield
    except BaseException as error:
        _abandon(now, error)
        raise
    now.invocation.transactions.commit()


def on_rollback(undo: B) -> B:
    """Register how to undo what this task is about to do, if the transaction around it fails; also as a decorator.

    It acts on the servers of the task that registers it. Outside a transaction it is not called.
    """
    now = scene()
    now.invocation.transactions.register(now.task.name, in_scene(now, undo))
    return undo


def irreversible(text: str) -> None:
    """State that what this task does is not taken back by a rollback: `irreversible("the migrations ran on db1")`.

    Where a transaction is undone later, the last screen says it, so that nobody believes that all is as before. In a
    dry run nothing was done, so nothing is stated.
    """
    now = scene()
    if not str(text).strip():
        raise RecipeError("`irreversible` needs a text: what is not taken back?", place=here())
    if not now.invocation.dry:
        now.invocation.irreversible.append(" ".join(str(text).split()))


def _checked(check: Callable[[], object]) -> None:
    """Turn what is wrong with an argument of a word into an error that says where it was written."""
    try:
        check()
    except ValueError as error:
        raise RecipeError(str(error), place=here()) from None


def _abandon(now: Scene, error: BaseException) -> None:
    invocation = now.invocation
    invocation.undoing = True
    invocation.crew.revive()
    try:
        undone = invocation.transactions.abandon(lambda task: invocation.emit(Undoing(task)), let_go=invocation.let_go)
    finally:
        invocation.undoing = False
    if undone.overtaken is not None:
        raise undone.overtaken from error
    if undone.failures:
        raise Inconsistent(f"it failed, and not all of it could be undone: {undone.words}") from error
    if not undone.number or invocation.dry:
        return
    invocation.undone = True
    if isinstance(error, Exception | SystemExit):
        raise RolledBack(f"rolled back {counted(undone.number, 'step')}") from error
