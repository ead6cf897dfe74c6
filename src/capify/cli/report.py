"""`cap report`: one HTML file that tells a recorded invocation.

Rule: no file is replaced but an earlier report; only its owner can read what is written.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.recorded import events_in, recording_of
from capify.errors import UsageError
from capify.reporters.json_lines import Recorded
from capify.reporters.report_page import GENERATOR, page_of

SUFFIX: Final = ".html"
_START: Final = 1000  # characters in which a report says that it is one


def show(asked: Asked) -> Answer:
    """Answer `cap report [INVOCATION] [FILE.html]`: writes the file, and says which. Raises `UsageError`.

    The default is `capify-<id>.html` here. Of several invocations in one recording, the last one is told.
    """
    asked.refuse_words("report", 2)
    targets = [word for word in asked.words if word.endswith(SUFFIX)]
    others = [word for word in asked.words if not word.endswith(SUFFIX)]
    if len(targets) > 1 or len(others) > 1:
        text = f"`report` takes one invocation and one file, and there are {len(asked.words)}"
        raise UsageError(text, hint="`cap report [INVOCATION] [FILE.html]`")
    path = recording_of(asked, others[0] if others else None)
    told: dict[str, list[Recorded]] = {}
    for recorded in events_in(path):
        told.setdefault(recorded.invocation, []).append(recorded)
    if not told:
        raise UsageError(f"`{path}` holds no events")
    number, events = list(told.items())[-1]
    target = Path(targets[0]) if targets else Path(f"capify-{_plain(number)}{SUFFIX}")
    _write(target, page_of(events))
    return Answer((str(target),))


def _write(target: Path, page: str) -> None:
    """Put the page in its place at once, or not at all."""
    try:
        if target.exists() and not _is_report(target):
            raise UsageError(f"`{target}` exists, and is no report of Capify", hint="name another file")
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(page)
            Path(name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise UsageError(f"cannot write `{target}`: {error.strerror}") from error


def _is_report(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return f'content="{GENERATOR}"' in file.read(_START)


def _plain(number: str) -> str:
    """Make a part of a file's name of what a recording says is its id."""
    return "".join(letter for letter in number if letter.isalnum())[:40] or "invocation"
