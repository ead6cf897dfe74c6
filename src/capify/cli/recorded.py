"""Recorded invocations: which file a word means, and the events in it.

Rule: a recording that does not fit is refused with its line, never shown in part as if it were whole.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from capify.cli.asked import Asked
from capify.errors import UsageError
from capify.recipe.loader import load
from capify.reporters.json_lines import Recorded, events_of
from capify.reporters.log import EVENTS, log_path, state_folder
from capify.wording import suggestion, ticked


def recording_of(asked: Asked, word: str | None) -> Path:
    """Find the recording that a word means: a file, its log, an id or its beginning; without a word the newest.

    Raises `UsageError` where there is none, or several.
    """
    if word is None:
        return _newest(asked)
    path = Path(word).expanduser()
    if word == "-" or path.suffix in {EVENTS, ".log"} or path.is_file() or "/" in word:
        beside = path.with_suffix(EVENTS)
        return beside if path.suffix == ".log" and beside.exists() else path
    everywhere = sorted(state_folder(asked.arguments.environment).glob(f"*/*{EVENTS}"), key=_age)
    ids = {found.stem.rpartition("-")[2]: found for found in everywhere}
    meant = [one for one in ids if one == word] or [one for one in ids if one.startswith(word)]
    if len(meant) == 1:
        return ids[meant[0]]
    if meant:
        raise UsageError(f"`{word}` begins several invocations: {ticked(meant[-5:])}", hint="write more of it")
    newest = f"the newest is `{next(reversed(ids))}`" if ids else "a file with events is named with its path"
    raise UsageError(f"there is no recorded invocation `{word}`", hint=suggestion(word, ids) or newest)


def events_in(path: Path) -> Iterator[Recorded]:
    """Read the events of a file, `-` being standard input. Raises `UsageError` for what cannot be read or is none."""
    try:
        if str(path) == "-":
            yield from events_of(sys.stdin)
            return
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            yield from events_of(file)
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error
    except ValueError as error:
        hint = f"events are in the file beside it that ends in `{EVENTS}`" if path.suffix == ".log" else ""
        raise UsageError(f"`{path}` is no recording of events: {error}", hint=hint) from error


def _newest(asked: Asked) -> Path:
    folder = _folder(asked)
    found = sorted(folder.glob(f"*{EVENTS}"), key=_age)
    if not found:
        hint = f"it is looked for in {folder}; `cap STAGE …` looks where that stage keeps its logs, or name a file"
        raise UsageError("no invocation of this project is recorded", hint=hint)
    return found[-1]


def _age(path: Path) -> tuple[str, int]:
    """Order recordings by the second in which they began; those of one second by when they were last written."""
    return path.name.partition("-")[0], path.stat().st_mtime_ns


def _folder(asked: Asked) -> Path:
    """Where the invocations of this project are recorded. Raises `CapifyError` where its recipes cannot be read."""
    book = asked.read or load(replace(asked.request, words=(), reads_stage=False))
    project = str(book.settings.get("application", None) or book.root.name)
    return log_path(project, "-", at=0, environment=asked.arguments.environment).parent
