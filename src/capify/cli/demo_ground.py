"""Where the demonstration takes place: throw-away servers, a repository, and a user who types.

Rule: a line that is shown as typed is what runs, word for word.
Rule: what is live is read from the servers' disks, not from what `cap` says; a look is no connection.
"""

import os
import shlex
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from capify.errors import Interrupted, TaskFailed
from capify.reporters.colour import Style, ansi, plain, wanted
from capify.testing import Fleet, Repository
from capify.testing.isolation import Isolation, possible

STAGING: Final = "staging.example.com"
WIDTH: Final = 78

_PROGRAMS: Final = {
    "cap": "-m capify",
    "capify": "-c 'from capify.cli.entry import capify; capify()'",
}


class Ground:
    """A fleet with one server for staging and two for production, and a repository whose work tree is the project.

    Where hosts cannot have roots of their own, production has one server, and every server a folder of its own.
    """

    def __init__(self, folder: Path, *, kept: bool = False) -> None:
        self.folder, self.kept = folder, kept
        own_roots = possible() is not Isolation.NONE
        self.production = ("web1.example.com", "web2.example.com") if own_roots else ("web1.example.com",)
        self.hosts = (STAGING, *self.production)
        self.fleet = Fleet(folder, self.hosts)
        self._paint = ansi if wanted(sys.stdout, os.environ) else plain
        self.commits: list[str] = []
        self.releases: list[str] = []

    def __enter__(self) -> Self:
        self.fleet.start()
        try:
            self.repository = Repository.create(self.folder / "application", branch="main")
            self._write_programs()
        except BaseException:
            self.fleet.close()
            raise
        self.project = self.repository.path
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.fleet.close()

    # Telling.

    def line(self, text: str = "") -> None:
        """Write a line, an empty one if it is not given."""
        sys.stdout.write(f"{text}\n")

    def title(self, number: int, text: str) -> None:
        """Begin an act."""
        line = f"-- {number}. {text} "
        self.line(f"\n{self._paint(Style.TASK, f'{line:-<{WIDTH}}')}\n")

    def say(self, *texts: str) -> None:
        """Say something: each text a paragraph, or a line that stands as it is where it is indented."""
        for text in texts:
            self.line(text if text.startswith(" ") else textwrap.fill(text, WIDTH, break_on_hyphens=False))
        self.line()

    def text_of(self, path: str) -> None:
        """Show a file of the project."""
        self.line(f"{path}:\n")
        self.line(textwrap.indent((self.project / path).read_text().rstrip(), "    ") + "\n")

    # Doing.

    def types(self, line: str) -> None:
        """Type a line into a shell in the project. Raises `TaskFailed` if it fails."""
        self.line(self._paint(Style.TASK, f"$ {line}"))
        sys.stdout.flush()
        status = self._run(line)
        self.line()
        if status in {130, -signal.SIGINT}:
            raise Interrupted("interrupted")
        if status:
            raise TaskFailed(f"`{line}` ended with exit status {status}", hint="this is a fault in Capify: report it")

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file of the project, as its author would."""
        (self.project / path).parent.mkdir(parents=True, exist_ok=True)
        (self.project / path).write_text(text)
        (self.project / path).chmod(mode)

    def edit(self, path: str, changes: dict[str, str]) -> None:
        """Change parts of a file of the project; each is there exactly once."""
        text = (self.project / path).read_text()
        for old, new in changes.items():
            assert text.count(old) == 1, f"`{path}` has not exactly one `{old}`"
            text = text.replace(old, new)
        self.write(path, text)

    def deploy_to(self, host: str) -> str:
        """Name the folder of a server that is deployed to."""
        return f"{self.fleet.home(host)}/greeter"

    # Looking.

    def live(self, host: str) -> tuple[str, str]:
        """Look up what a server's `current` is: the release's name, and the commit that its REVISION names."""
        current = self.fleet.path(host, f"{self.deploy_to(host)}/current")
        release = Path(os.readlink(current)).name  # noqa: PTH115 - the text of the link, not where it leads
        revision = self.fleet.path(host, f"{self.deploy_to(host)}/releases/{release}/REVISION")
        return release, revision.read_text().strip()

    def greetings(self, host: str) -> list[str]:
        """Read the log that all releases of a server share."""
        return self.fleet.path(host, f"{self.deploy_to(host)}/shared/log/greeter.log").read_text().splitlines()

    def state(self, host: str, release: str) -> str:
        """Look up what a server's record says of a release."""
        record = self.fleet.path(host, f"{self.deploy_to(host)}/.capify/releases/{release}").read_text()
        return next(line.partition(" ")[2] for line in record.splitlines() if line.startswith("state "))

    def trees(self, hosts: Sequence[str]) -> list[list[str]]:
        """List every file of the deployments on these servers, with its owner, mode and digest."""
        return [self.fleet.tree(host, self.deploy_to(host)) for host in hosts]

    def connections(self, *hosts: str) -> int:
        """Count the connections that these servers accepted so far."""
        return sum(self.fleet.accepts(host) for host in hosts)

    def verify(self, claim: str, *, true: bool) -> None:
        """Tell what was looked up. Raises `TaskFailed` if it is not so."""
        if not true:
            raise TaskFailed(f"this should be so, and is not: {claim}", hint="this is a fault in Capify: report it")
        told = textwrap.fill(claim, WIDTH, initial_indent="  checked: ", subsequent_indent="           ")
        self.line("\n".join(self._paint(Style.GOOD, line) for line in told.split("\n")))

    def _write_programs(self) -> None:
        """Make `cap` and `capify` of this very Capify, wherever it is installed."""
        programs = self.folder / "bin"
        programs.mkdir()
        for name, words in _PROGRAMS.items():
            # `-P`: the project's folder is not where Python looks for modules.
            (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P {words} "$@"\n')
            (programs / name).chmod(0o755)

    def _run(self, line: str) -> int:
        environment = self.fleet.environment()
        environment["GIT_PAGER"] = "cat"  # some pagers wait for a key even where everything fits
        environment["PATH"] = f"{self.folder / 'bin'}:{environment.get('PATH', os.defpath)}"
        del environment["CAPIFY_SSH_CONFIG"]  # the recipe says it
        kept = {name: os.environ[name] for name in ("NO_COLOR", "CI") if name in os.environ}
        with subprocess.Popen(
            ["sh", "-c", line], cwd=self.project, env={**environment, **kept}, stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                return process.wait()
            except KeyboardInterrupt:
                # In a session of its own it hears of Ctrl-C from here alone, and once: twice would mean "do not undo".
                with suppress(ProcessLookupError):  # it may have ended in this moment
                    os.killpg(process.pid, signal.SIGINT)
                process.wait()
                raise
