"""The words that surround a stretch of a recipe: `cd`, `env`, `as_user`, `transaction`; and `on_rollback`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TypeVar

from capify.engine.scene import Scene, in_scene, scene, wrapped
from capify.errors import Inconsistent, RecipeError, RolledBack
from capify.events import Undoing
from capify.places import here
from capify.shell import VARIABLE, Word
from capify.wording import counted

B = TypeVar("B", bound=Callable[[], object])


def cd(directory: Word) -> AbstractContextManager[None]:
    """Run the commands of a `with` block in this folder of the servers; a relative one starts from the outer `cd`."""
    path = str(directory)

    def change_to(outer: str) -> str:
        return path if path.startswith("/") or not outer else f"{outer.rstrip('/')}/{path}"

    return wrapped(lambda wrapping: replace(wrapping, directory=change_to(wrapping.directory)))


def env(**variables: object) -> AbstractContextManager[None]:
    """Give the commands of a `with` block these environment variables."""
    texts = {name: str(value) for name, value in variables.items()}
    for name in texts:
        if not VARIABLE.fullmatch(name):
            raise RecipeError(f"`{name}` is not a name that an environment variable can have", place=here())
    return wrapped(lambda wrapping: replace(wrapping, variables={**wrapping.variables, **texts}))


def as_user(user: str) -> AbstractContextManager[None]:
    """Run the commands of a `with` block as this user, by `sudo -n`."""
    return wrapped(lambda wrapping: replace(wrapping, user=user))


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


def _abandon(now: Scene, error: BaseException) -> None:
    undone = now.invocation.transactions.abandon(lambda task: now.invocation.emit(Undoing(task)))
    if undone.failures:
        raise Inconsistent(f"it failed, and not all of it could be undone: {undone.words}") from error
    if undone.number and isinstance(error, Exception) and not now.invocation.dry:
        raise RolledBack(f"rolled back {counted(undone.number, 'step')}") from error
