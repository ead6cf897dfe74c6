"""Transactions: what was done, and how to undo it.

Rule 1: undo acts only on what this invocation registered as its own doing, latest first.
Rule 2: an undo that fails does not stop the others; it makes the end inconsistent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from capify.errors import CapifyError, Interrupted

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

    def abandon(self, announce: Callable[[str], None]) -> "Undone":
        """Close it by undoing all that was registered, latest first; only the outermost does so."""
        self.depth -= 1
        if self.open:
            return Undone()
        failures: list[tuple[str, Exception]] = []
        undone = len(self.undos)
        while self.undos:
            task, undo = self.undos.pop()
            announce(task)
            try:
                undo()
            except Exception as error:  # noqa: BLE001 - whatever fails here must not stop the other undos
                failures.append((task, error))
            except KeyboardInterrupt:  # the second Ctrl-C: what is left stays, and is named
                failures.append((task, Interrupted("interrupted")))
                failures += [(left, Interrupted("not begun")) for left, _ in reversed(self.undos)]
                self.undos.clear()
        return Undone(undone, tuple(failures))


@dataclass(frozen=True, slots=True)
class Undone:
    """How undoing went."""

    number: int = 0
    failures: tuple[tuple[str, Exception], ...] = ()

    @property
    def words(self) -> str:
        """What failed, in words."""
        return "; ".join(f"undoing `{task}`: {_message(error)}" for task, error in self.failures)


def _message(error: Exception) -> str:
    return error.message if isinstance(error, CapifyError) else f"{type(error).__name__}: {error}"
