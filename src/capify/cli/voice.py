"""The voice of `cap` where no reporter speaks: answers to standard output, remarks and complaints to standard error."""

import io
import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from capify.cli.answers import Answer
from capify.errors import CapifyError, RecipeError
from capify.events import Warned
from capify.places import PACKAGE, Place
from capify.reporters.inert import inert_in
from capify.reporters.text import complaint, indented


def tell(answer: Answer) -> int:
    """Show an answer; returns its exit status."""
    _write(sys.stdout, answer.lines)
    _write(sys.stderr, answer.remarks)
    return answer.status


def warn(warnings: Iterable[Warned]) -> None:
    """Say what is probably not meant, as the reporter says it during an invocation."""
    for warned in warnings:
        places = [f"  at {place}" for place in warned.places]
        _write(sys.stderr, [*indented(warned.text, "warning: ", "  "), *places])


def complain(error: CapifyError, *, name: str = "cap", debug: bool = False) -> int:
    """Say what is wrong, where, and the one thing to try; returns its exit status."""
    if debug:
        _write(sys.stderr, "".join(traceback.format_exception(error)).splitlines())
    _write(sys.stderr, complaint(error, name=name))
    return error.status


def blame(error: Exception | SystemExit, *, debug: bool = False) -> int:
    """Tell an error that nobody foresaw: a recipe's with its line, or Capify's own in full. Returns the exit status."""
    place = _recipe_line(error)
    if place is not None:
        told = f"{type(error).__name__}: {error}"
        left = f"a recipe ended Python by `sys.exit({error})` before any task began"
        unforeseen = RecipeError(left if isinstance(error, SystemExit) else told, place=place)
        unforeseen.__cause__ = error
        return complain(unforeseen, debug=debug)
    _write(sys.stderr, "".join(traceback.format_exception(error)).splitlines())
    said = indented(f"{type(error).__name__}: {error}", "cap: ", "  ")
    _write(sys.stderr, [*said, "  this is a fault in Capify, not in a recipe: please report it"])
    return 1


def width() -> int | None:
    """How wide the terminal is that answers go to; `None` when they go elsewhere."""
    with suppress(OSError, ValueError, AttributeError):
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    return None


def silence() -> None:
    """Let nothing more be written to a reader that went away, not even when Python ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def prepare() -> None:
    """Let the standard streams take every text, whatever the terminal's encoding is, open or closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open till the end
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _recipe_line(error: BaseException) -> Place | None:
    """Find the innermost line of a traceback that is neither Capify's nor Python's nor an installed package's."""
    files = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    foreign = (PACKAGE, os.path.dirname(os.__file__), "<")  # noqa: PTH120 - compared as text
    own = [Place(*at) for at in files if not at[0].startswith(foreign) and "-packages/" not in at[0]]
    return own[-1] if own else None


def _write(stream: TextIO, lines: Iterable[str]) -> None:
    inert = inert_in(os.environ) if stream is sys.stderr else str
    try:
        stream.writelines(f"{inert(line)}\n" for line in lines)
        stream.flush()
    except OSError as error:
        if stream is sys.stderr:  # nobody is left to be told
            return
        if isinstance(error, BrokenPipeError):
            raise
        silence()
        raise CapifyError(f"cannot write the output: {error.strerror}") from error
