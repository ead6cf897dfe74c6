"""Transactions: what was done, and how to undo it.

Rule 1: undo acts only on what this invocation registered as its own doing, latest first.
Rule 2: an undo that fails does not stop the others; it makes the end inconsistent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from capify.errors import CapifyError, Interrupted, Overtaken

Undo = Callable[[], object]


@dataclass(slots=True)
class Transactions:
    """The open transaction, if any: undos with the name of the task that registered each."""

    depth: int = 0
    undos: list[tuple[str, Undo]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether a transaction is open."""
        return self.depth > 0

    def begin(self) -> None:
        """Open one; within another, it joins that."""
        self.depth += 1

    def register(self, task: str, undo: Undo) -> None:
        """Remember how to undo; outside a transaction there is nothing to undo to."""
        if self.open:
            self.undos.append((task, undo))

    def commit(self) -> None:
        """Close it; when it was the outermost, nothing is undone any more."""
        self.depth -= 1
        if not self.open:
            self.undos.clear()

    def abandon(self, announce: Callable[[str], None], *, let_go: bool = False) -> "Undone":
        """Close it by undoing all that was registered, latest first; only the outermost does so.

        Where everything is `let_go`, before or by a Ctrl-C meanwhile, what is left stays undone, and is named.
        """
        self.depth -= 1
        if self.open:
            return Undone()
        waiting, failures = self.undos[::-1], list[tuple[str, BaseException]]()
        self.undos.clear()
        number = len(waiting)
        try:
            while waiting and not let_go:
                failures += _attempt(*waiting[0], announce)
                del waiting[0]
        except KeyboardInterrupt:
            failures += [(task, Interrupted("interrupted")) for task, _ in waiting[:1]]
            del waiting[:1]
        failures += [(task, Interrupted("not begun")) for task, _ in waiting]
        return Undone(number, tuple(failures))


@dataclass(frozen=True, slots=True)
class Undone:
    """How undoing went."""

    number: int = 0
    failures: tuple[tuple[str, BaseException], ...] = ()

    @property
    def overtaken(self) -> Overtaken | None:
        """Why there was nothing to undo, if that is all that is wrong: it is somebody else's by now."""
        errors = [error for _, error in self.failures]
        theirs = [error for error in errors if isinstance(error, Overtaken)]
        return theirs[0] if theirs and len(theirs) == len(errors) else None

    @property
    def words(self) -> str:
        """What failed, in words."""
        return "; ".join(f"undoing `{task}`: {_message(error)}" for task, error in self.failures)


def _attempt(task: str, undo: Undo, announce: Callable[[str], None]) -> list[tuple[str, BaseException]]:
    """Undo one thing; whatever fails here must not stop the other undos."""
    try:
        announce(task)
        undo()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is told, with the others
        return [(task, error)]
    return []


def _message(error: BaseException) -> str:
    return error.message if isinstance(error, CapifyError) else f"{type(error).__name__}: {error}"
