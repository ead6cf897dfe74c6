"""Acting on every server, and saying what people can do where a script failed.

Rule: a dry run shows what would be done, and nothing depends on what it would have answered.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from capify import Answers, Server, dry_run, script
from capify.errors import CommandFailed, Overtaken, TaskFailed

_TAKEN = "capify: the lock on "
_CURES = {
    "No space left on device": "make room there (`deploy:cleanup` removes old releases), and try again",
    "Read-only file system": "the server's disk takes no writes: see its system log, and mount it again",
}


def act(
    spelled: str | Callable[[Server], str], shown: str, *, stdin: Path | None = None, timeout: float | None = None
) -> dict[Server, Answers]:
    """Run a script that changes something; a dry run shows it, and there is no answer then.

    Given a `timeout` in seconds, it may be silent for as long: git says nothing while it fetches.
    """
    if not dry_run():
        with answering():
            return script(spelled, shown=shown, stdin=stdin, timeout=timeout, silence=timeout)
    with suppress(TaskFailed):  # what it would have answered is not known, and nothing here depends on it
        script(spelled, shown=shown)
    return {}


@contextmanager
def answering() -> Iterator[None]:
    """Say what to do where a script failed for want of what only people can give."""
    try:
        yield
    except CommandFailed as error:
        said = "\n".join(result.stderr for result in error.results.failed.values())
        taken = [line for line in said.splitlines() if _TAKEN in line]
        if taken and all(_TAKEN in result.stderr for result in error.results.failed.values()):
            where = next(iter(error.results.failed))
            text = f"{where}: {taken[0].removeprefix('capify: ')}; nothing is changed there any more"
            raise Overtaken(text, place=error.place, hint="`deploy:status` says what is live") from error
        for symptom, cure in _CURES.items():
            if symptom in said:
                error.hint = error.hint or cure
        raise
