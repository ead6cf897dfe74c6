"""`cap demo`: the main job, shown on servers that are thrown away afterwards.

Real sshd processes on loopback addresses, a real git repository, and the real `cap`, as a user would type it; nothing
of the user's is read or changed, and no network is used.

Rule: what is said to be so was looked up on the servers; the exit status is 0 only if all of it was.
Rule: whatever ends the demonstration, its servers end with it.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.demo_acts import ACTS
from capify.cli.demo_ground import Ground
from capify.errors import UsageError
from capify.testing.hosts import check
from capify.testing.skeleton import STANDARD_PATH
from capify.wording import listed, ticked

_PACKAGES = {"sshd": "openssh-server", "ssh": "openssh-client", "ssh-keygen": "openssh-client", "git": "git"}
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def show(asked: Asked) -> Answer:
    """Answer `cap demo [FOLDER]`. With a folder, everything stays there, and the servers run until Enter is pressed.

    Raises `UsageError` for programs that are missing and folders that cannot be used, `TaskFailed` for what did not
    come true.
    """
    asked.refuse_words("demo", 1)
    _refuse_missing_programs()
    wished = asked.words[0] if asked.words else ""
    with _interruptible(), _folder(wished) as folder, Ground(folder, kept=bool(wished)) as ground, _quiet_end():
        for number, act in enumerate(ACTS, 1):
            act(ground, number)
        if ground.kept:
            _linger(ground)
    return Answer()


def _refuse_missing_programs() -> None:
    """Name every program that is missing, and how to get it. Raises `UsageError`."""
    path = f"{os.environ.get('PATH', os.defpath)}:{STANDARD_PATH}"
    missing = [name for name in _PACKAGES if shutil.which(name, path=path) is None]
    if missing:
        packages = " ".join(dict.fromkeys(_PACKAGES[name] for name in missing))
        verb = "is" if len(missing) == 1 else "are"
        hint = f"on Debian or Ubuntu, as root: apt-get install -y --no-install-recommends {packages}"
        raise UsageError(f"the demonstration needs {ticked(missing)}, which {verb} not installed", hint=hint)


@contextmanager
def _folder(wished: str) -> Iterator[Path]:
    """Give the folder that holds everything; one that nobody named is removed at the end."""
    # The servers' users read the repository, whatever this user's new files look like otherwise.
    before = os.umask(0o022)
    made = Path(wished) if wished else Path(tempfile.mkdtemp(prefix="capify-demo-"))
    try:
        _refuse_unusable(made)
        yield made.resolve()
    finally:
        os.umask(before)
        if not wished:
            shutil.rmtree(made)


def _refuse_unusable(folder: Path) -> None:
    try:
        check(folder.resolve(), ())
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"`{folder}` is not empty", hint="name a folder that does not exist yet")
    except ValueError as error:
        raise UsageError(str(error), hint="name another folder") from error
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be used: {error.strerror}", hint="name another folder") from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a cancelled job and a closed window end the demonstration as Ctrl-C does, with everything put away."""

    def interrupt(_number: int, _frame: object) -> None:
        _ignore_signals()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _quiet_end() -> Iterator[None]:
    """See to it that nothing disturbs the putting away, however it came to that."""
    try:
        yield
    finally:
        _ignore_signals()


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _linger(ground: Ground) -> None:
    """Let the servers run while somebody looks around."""
    if not sys.stdin.isatty():
        ground.say(f"The servers are ended now; their files stay in {ground.folder}.")
        return
    names = listed([*ground.hosts])
    lines = (f"cd {ground.project}", f"PATH={ground.folder}/bin:$PATH", "cap -T", "cap -n production deploy")
    ground.say(
        f"{names} run until you press Enter here; the files stay. In another terminal, go on with", "",
        *(f"    {line}" for line in lines),
    )  # fmt: skip
    sys.stdin.readline()
