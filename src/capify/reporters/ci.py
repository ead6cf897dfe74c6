"""Groups: what a task said can be folded away in the log of a CI system.

Rule: marks stand in the progress alone, never in data; what the reporter within shows stays as it is.
Rule: groups are flat, because not every system can nest them: a task's body is one, with the tasks that it calls.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TextIO

from capify.events import Event, InvocationEnded, InvocationStarted, TaskEnded, TaskStarted
from capify.reporters.colour import ERASE
from capify.reporters.inert import runs_in
from capify.reporters.plain import Plain
from capify.reporters.sheets import Sheet
from capify.reporters.text import harmless


class System(StrEnum):
    """A CI system whose log has groups, by the environment variable that tells that it runs us."""

    GITHUB = "GITHUB_ACTIONS"
    GITLAB = "GITLAB_CI"
    AZURE = "TF_BUILD"
    BUILDKITE = "BUILDKITE"


LAST: Final = "+++ how it ended"  # where nothing ends a group, what must be seen is a group that is not folded


def system_of(environment: Mapping[str, str]) -> System | None:
    """Tell which CI system runs us, if it is one whose log has groups."""
    return next((one for one in System if runs_in(environment, one)), None)


class Groups:
    """Reporter that puts marks around what another one shows of a task, in the stream that it shows it in."""

    def __init__(self, inner: Plain, err: TextIO, system: System) -> None:
        self._inner = inner
        self._err = Sheet(err)
        self._system = system
        self._open: TaskStarted | None = None
        self._count = 0

    def handle(self, event: Event, at: float) -> None:
        """Show one event; a task's body begins and ends a group."""
        if isinstance(event, TaskStarted) and not event.sequence and self._open is None:
            self._open = event
            self._count += 1
            self._inner.catch_up()  # the sequences around it stand before its mark
            self._mark(opening_mark(self._system, _title(event), section=self._section, at=at))
        if isinstance(event, InvocationStarted | InvocationEnded):
            self._finish(at)  # the last screen is never folded away
            self._mark(LAST if self._count and self._system is System.BUILDKITE else "")
        self._inner.handle(event, at)
        if isinstance(event, TaskEnded) and self._open and (self._open.task, self._open.depth) == (
            event.task, event.depth,
        ):  # fmt: skip
            self._finish(at)

    def close(self) -> None:
        """Close the reporter within."""
        self._inner.close()

    @property
    def _section(self) -> str:
        assert self._open is not None
        return f"capify_{self._count}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', self._open.task)}"

    def _finish(self, at: float) -> None:
        if self._open is not None:
            self._mark(closing_mark(self._system, section=self._section, at=at))
            self._open = None

    def _mark(self, line: str) -> None:
        if line:
            self._err.line(line)


def opening_mark(system: System, title: str, *, section: str, at: float) -> str:
    """Write the line that begins a group."""
    match system:
        case System.GITHUB:
            return f"::group::{title.replace('%', '%25')}"
        case System.GITLAB:
            return f"{ERASE}section_start:{int(at)}:{section}\r{ERASE}{title}"
        case System.AZURE:
            return f"##[group]{title}"
        case System.BUILDKITE:
            return f"--- {title}"


def closing_mark(system: System, *, section: str, at: float) -> str:
    """Write the line that ends a group."""
    match system:
        case System.GITHUB:
            return "::endgroup::"
        case System.GITLAB:
            return f"{ERASE}section_end:{int(at)}:{section}\r{ERASE}"
        case System.AZURE:
            return "##[endgroup]"
        case System.BUILDKITE:  # its groups end where the next one begins
            return ""


def _title(event: TaskStarted) -> str:
    """Name a group after its task; the reporter within says the rest."""
    wave = f", wave {event.wave} of {event.waves}" if event.waves > 1 else ""
    return harmless(event.task + wave)
