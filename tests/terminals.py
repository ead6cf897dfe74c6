"""A real terminal for tests: tmux on a socket of its own, in which a command runs and can be looked at."""

import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

GUARD = 60.0  # seconds until what does not appear is missed
_TIMES = re.compile(r" +\d[\d.:]*(?: m?s\b)?(?=  | ?$)| \d[\d.]* m?s\b")
_LOG = re.compile(r"^(  log +)\S.*\Z", re.MULTILINE | re.DOTALL)  # the last of all lines; may be broken


@dataclass(frozen=True, slots=True)
class Tmux:
    """A terminal. Its window stays when the command has ended, and shows its exit status last."""

    socket: Path

    @property
    def screen(self) -> str:
        """What the window shows now, and all that has scrolled out of it; without empty lines at the end."""
        return self.tmux("capture-pane", "-p", "-S", "-", "-t", "a").rstrip() + "\n"

    @property
    def whole(self) -> str:
        """The same with lines that the terminal broke put together again."""
        lines = self.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "a").rstrip().splitlines()
        return "".join(f"{line.rstrip()}\n" for line in lines)

    @property
    def colours(self) -> str:
        """The same with its colours, as escapes."""
        return self.tmux("capture-pane", "-p", "-e", "-S", "-", "-t", "a").rstrip() + "\n"

    def tmux(self, *words: str) -> str:
        """Give tmux an order."""
        command = ["tmux", "-S", str(self.socket), "-f", "/dev/null", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def types(self, *keys: str) -> None:
        """Press keys, by tmux's names of them; other words are typed."""
        self.tmux("send-keys", "-t", "a", *keys)

    def resized(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self.tmux("resize-window", "-t", "a", "-x", str(columns), "-y", str(rows))

    def shows(self, text: str) -> str:
        """Wait until this is on the screen; gives the screen."""
        return self.until(lambda screen: text in screen)

    def until(self, met: Callable[[str], object]) -> str:
        """Wait until the screen is so; gives the screen."""
        end = time.monotonic() + GUARD
        while not met(screen := self.screen):
            assert time.monotonic() < end, f"it did not appear:\n{screen}"
            time.sleep(0.05)
        return screen

    def ended(self, status: int) -> str:
        """Wait for the command's end; gives the last screen, without the exit status."""
        screen = self.shows("[exit ")
        assert f"[exit {status}]" in screen, screen
        return without_exit(screen)


def without_exit(screen: str) -> str:
    """Take away what says that the command has ended."""
    return screen.partition("[exit ")[0]


@contextmanager
def running(
    command: Sequence[str], *, size: tuple[int, int], folder: Path, environment: Mapping[str, str]
) -> Iterator[Tmux]:
    """Run a command in a terminal of this many columns and rows."""
    with tempfile.TemporaryDirectory(prefix="tmux-") as place:  # a socket's path must be short
        terminal = Tmux(Path(place) / "socket")
        variables = shlex.join(f"{name}={value}" for name, value in environment.items())
        work = f"cd {shlex.quote(str(folder))} && env {variables} {shlex.join(command)}"
        line = f"trap : INT; {work}; echo [exit $?]; sleep 1000"
        columns, rows = size
        locale = {**os.environ, "LC_ALL": "C.UTF-8"}
        start = ["tmux", "-S", str(terminal.socket), "-f", "/dev/null", "new-session", "-d", "-x", str(columns)]
        subprocess.run([*start, "-y", str(rows), "-s", "a", "sh", "-c", line], check=True, env=locale)
        try:
            yield terminal
        finally:
            terminal.tmux("kill-server")


def timeless(screen: str) -> str:
    """Take the times and the log's name out of a screen, so that it can be compared."""
    return _LOG.sub("\\1…\n", _TIMES.sub(" #", screen))
