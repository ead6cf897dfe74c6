"""The ways of a notification: a webhook, and a command on the operator's machine. Each sends one message.

Rule: sending never raises; it returns a complaint, which names no address, because the address is a secret.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from capify.reporters.notify_messages import Message, for_command, for_slack, variables
from capify.reporters.text import harmless

MOST = 300  # characters of a command's complaint


class Channel(Protocol):
    """A way to send a message to the value of a setting. `timeout` is in seconds; an empty complaint is success."""

    setting: str

    def send(self, target: object, message: Message, *, timeout: float) -> str:
        """Send it, and wait for the end; returns a complaint."""

    def stop(self) -> None:
        """Give up what is under way. From another thread, and more than once if need be."""


class Webhook:
    """A chat service that takes Slack's JSON by HTTP POST. Proxies are those of the environment; TLS is verified."""

    setting = "notify_webhook"

    def __init__(self) -> None:
        self._give_up: list[Callable[[], None]] = []

    def send(self, target: object, message: Message, *, timeout: float) -> str:
        """Post it. Any answer but 2xx is a complaint, also a redirection, which is not followed."""
        from capify.reporters.notify_http import post  # what speaks HTTP is loaded when there is something to send

        return post(str(target), for_slack(message), timeout=timeout, give_up=self._give_up)

    def stop(self) -> None:
        """Break the connection, so that a service that answers drop by drop holds no thread."""
        for give_up in self._give_up:
            with suppress(OSError):
                give_up()


class Command:
    """A command: list words, or shell text. It reads JSON on its standard input; what it says on success is dropped."""

    setting = "notify_command"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changing = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def send(self, target: object, message: Message, *, timeout: float) -> str:
        """Run it in the folder of the capfile. A status other than 0 is a complaint, with its last line."""
        import tempfile

        words = ["/bin/sh", "-c", target] if isinstance(target, str) else list(map(str, _listed(target)))
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write(for_command(message))
            given.seek(0)
            try:
                child = self._started(words, message, given=given, said=said)
            except OSError as error:
                return f"it cannot be started: {error.strerror}"
            if child is None:
                return "it was stopped before it began"
            try:
                status = child.wait(timeout)
            except subprocess.TimeoutExpired:
                self.stop()
                child.wait()
                return f"it was stopped, because it still ran after {timeout:g} s"
            said.seek(0)
            return "" if status == 0 else _complaint(status, said.read().decode("utf-8", "replace"))

    def stop(self) -> None:
        """Kill it, with all that it started and that did not leave its group; or see to it that it never begins."""
        with self._changing:
            self._stopped = True
            if self._child is not None and self._child.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGKILL)

    def _started(
        self, words: Sequence[str], message: Message, *, given: IO[bytes], said: IO[bytes]
    ) -> subprocess.Popen[bytes] | None:
        with self._changing:
            if not self._stopped:
                self._child = subprocess.Popen(
                    words, stdin=given, stdout=subprocess.DEVNULL, stderr=said, cwd=self._folder,
                    env={**os.environ, **variables(message)}, start_new_session=True,
                )  # fmt: skip
            return self._child


def _listed(target: object) -> Sequence[object]:
    return target if isinstance(target, list | tuple) else [target]


def _complaint(status: int, said: str) -> str:
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    ended = f"exit {status}" if status >= 0 else f"signal {-status}"
    return f"{ended}: {harmless(last)[:MOST]}" if last else ended
