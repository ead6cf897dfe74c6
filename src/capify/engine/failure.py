"""From an error to the last screen: what failed where, what the servers said, what was done, what to do next. Pure."""

import os
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence

from capify.engine.local import LocalFailed
from capify.errors import (
    TAIL,
    CapifyError,
    CommandFailed,
    ConnectFailed,
    Inconsistent,
    Interrupted,
    Refused,
    RolledBack,
)
from capify.events import Failure
from capify.machines import Server
from capify.outcomes import Outcome, Result, Verdict
from capify.places import PACKAGE, Place
from capify.recipe.hints import told
from capify.wording import brief

STAYS = "what was run stays as it is; nothing was undone"
_SHELL = {  # what shells mean by these statuses
    126: "the program is there, and may not be run: look at its mode, and at the first line of a script",
    127: 'no such program was found: write its whole path, or say where it is: `config.default_env = {"PATH": "…"}`',
}
_FORESEEN = (CapifyError, KeyboardInterrupt)


def status_of(error: BaseException) -> int:
    """The exit status that an error means."""
    return error.status if isinstance(error, CapifyError) else 1


def failure_of(
    error: BaseException,
    *,
    task: str = "",
    changed: bool = False,
    undone: bool = False,
    lasting: Sequence[str] = (),
    set_at: Callable[[str], Place | None] = lambda _: None,
) -> Failure:
    """Gather what the last screen says.

    `lasting` is what was done that no undo takes back; `set_at` tells where a setting that is at fault was set.
    """
    root = root_of(error)
    results = root.results.failed if isinstance(root, CommandFailed) else {}
    local = root.result if isinstance(root, LocalFailed) else None
    commands = dict.fromkeys(result.command for result in results.values())
    return Failure(
        message=_message(error),
        task=task,
        place=_at_fault(root, set_at),
        command=" / ".join(commands) or (local.command if local else ""),
        tails=_tails(results) | ({local.server: _tail(local)} if local else {}),
        endings={server: result.ending for server, result in results.items()},
        changed=_changed(error, changed=changed, undone=undone) + _lasting(error, lasting, undone=undone),
        advice=next((one.hint for one in _chain(error) if isinstance(one, CapifyError) and one.hint), _advice(root)),
        traceback="" if _is_foreseen(root) else "".join(traceback.format_exception(root)),
        ours=_is_our_fault(root),
    )


def failed(result: Result) -> Outcome:
    """The outcome of a server on which a command failed."""
    return Outcome(result.server, Verdict.FAILED, f"{result.ending}: {brief(result.command)}")


def root_of(error: BaseException) -> BaseException:
    """What really went wrong, below `RolledBack` and its like."""
    while isinstance(error, RolledBack | Inconsistent | Interrupted) and error.__cause__ is not None:
        error = error.__cause__
    return error


def place_of(error: BaseException) -> Place | None:
    """Where a recipe stood: as the error says, else the innermost line of its traceback outside Capify."""
    if isinstance(error, CapifyError) and error.place is not None:
        return error.place
    theirs = [place for place in _places(error) if not place.file.startswith(f"{PACKAGE}/") or _is_standard(place)]
    return theirs[-1] if theirs else None


def _advice(error: BaseException) -> str:
    """Say what to try where the error itself does not."""
    failing = error.results.failed.values() if isinstance(error, CommandFailed) else ()
    statuses = {result.status for result in failing}
    return _SHELL.get(statuses.pop(), "") if len(statuses) == 1 else told(error)[1]


def _is_foreseen(error: BaseException) -> bool:
    """Tell what needs no traceback: it is an error of Capify's own, and no translation of one of Python's."""
    return isinstance(error, _FORESEEN) and (error.__cause__ is None or not told(error.__cause__)[0])


def _at_fault(error: BaseException, set_at: Callable[[str], Place | None]) -> Place | None:
    """Where to look: at the setting at fault, else where a recipe stood; a refusal of ours is no line's fault."""
    if isinstance(error, CapifyError) and error.setting:
        return set_at(error.setting)
    place = place_of(error)
    return None if isinstance(error, Refused) and place is not None and _is_standard(place) else place


def _is_our_fault(error: BaseException) -> bool:
    """Tell an error that Capify's own code raised and nobody foresaw."""
    places = _places(error)
    return not isinstance(error, _FORESEEN) and bool(places) and places[-1].file.startswith(f"{PACKAGE}/")


def _places(error: BaseException) -> list[Place]:
    """The lines of a traceback that are Capify's or a recipe's: not Python's own, nor an installed package's."""
    lines = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    python = re.escape(os.path.dirname(os.__file__))  # noqa: PTH120 - compared as text
    foreign = re.compile(rf"<|{python}/|.*/(?:site|dist)-packages/")
    return [Place(*line) for line in lines if line[0].startswith(f"{PACKAGE}/") or not foreign.match(line[0])]


def _is_standard(place: Place) -> bool:
    return place.file.startswith(f"{PACKAGE}/standard/")


def _message(error: BaseException) -> str:
    root = root_of(error)
    first = _words(root)
    return first if root is error or isinstance(error, Interrupted) else f"{first}; {_words(error)}"


def _words(error: BaseException) -> str:
    if isinstance(error, CommandFailed | ConnectFailed):
        return error.message.splitlines()[0]
    if isinstance(error, LocalFailed):
        return f"local command failed, {error.result.ending}"  # which one has a line of its own
    if isinstance(error, CapifyError):
        return error.message
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return told(error)[0] or (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # a recipe may raise an error from itself
        seen.add(id(error))
        yield error
        error = error.__cause__


def _tails(results: Mapping[Server, Result]) -> dict[Server, tuple[str, ...]]:
    return {server: _tail(result) for server, result in results.items()}


def _tail(result: Result) -> tuple[str, ...]:
    """The last lines that a failed command said: its complaints, and as much of its output as there is room for."""
    complaints = result.stderr.splitlines()[-TAIL:]
    room = TAIL - len(complaints)
    output = result.stdout.splitlines()[-room:] if room else []
    return (*output, *complaints)


def _lasting(error: BaseException, lasting: Sequence[str], *, undone: bool) -> str:
    """Say what is left of something that was undone."""
    if not lasting or not (undone or isinstance(error, RolledBack | Inconsistent)):
        return ""
    first = "; nor is this ever undone" if isinstance(error, Inconsistent) else ", but not"
    return f"{first}: {'; '.join(dict.fromkeys(lasting))}"


def _changed(error: BaseException, *, changed: bool, undone: bool) -> str:
    if isinstance(error, Inconsistent):
        return "not everything could be undone: the servers may differ now"
    if isinstance(error, RolledBack) or undone:
        return "what had been done was undone"
    if not changed:
        return "nothing was changed on any server"
    return STAYS
