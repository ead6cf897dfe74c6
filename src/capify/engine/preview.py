"""Dry runs: what cannot be known without doing it.

Rule: a result that was never had is never made up. Looking at it ends the preview of that task.
"""

from collections.abc import Callable, Iterator

from capify.errors import TaskFailed
from capify.machines import Server
from capify.outcomes import Result, Results


class DecidedWhileRunning(TaskFailed):
    """A dry run cannot go on in this task: what comes next depends on something that was not done."""


class PreviewedResults(Results):
    """Results of a command that a dry run only showed."""

    def __getitem__(self, server: Server | str) -> Result:
        raise self._unknown()

    def __iter__(self) -> Iterator[Server]:
        raise self._unknown()

    @property
    def ok(self) -> bool:
        """Nobody knows."""
        raise self._unknown()

    @property
    def failed(self) -> Results:
        """Nobody knows."""
        raise self._unknown()

    def where(self, wanted: Callable[[Result], bool]) -> Results:  # noqa: ARG002 - the shape it overrides
        """Nobody knows."""
        raise self._unknown()

    def __repr__(self) -> str:
        return "PreviewedResults()"

    def _unknown(self) -> DecidedWhileRunning:
        command = next(iter(self._results.values())).command
        return DecidedWhileRunning(f"it depends on what `{command}` gives")
