"""Places in recipes: which file and line declared something.

Rule: a place is where the *user* wrote it; frames of Capify itself are never a place.
"""

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PACKAGE = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, or a source that has no lines (`-s`, an environment variable)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Show the file as short as it can be understood: relative to the working folder."""
        return f"{short(self.file)}:{self.line}" if self.line else short(self.file)


def short(file: str) -> str:
    """Show a path relative to the working folder, when it lies below it."""
    path = Path(file)
    with contextlib.suppress(OSError, ValueError):  # the working folder is gone, or elsewhere
        return str(path.relative_to(Path.cwd())) if path.is_absolute() else file
    if file.startswith(f"{PACKAGE}/"):
        return "capify" + file[len(PACKAGE):]
    return file


def here() -> Place:
    """Find the innermost line outside Capify's machinery: the line that a user would look at."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to ask who calls
    while frame is not None and _is_machinery(frame.f_code.co_filename):
        frame = frame.f_back
    return Place("?") if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)


def called() -> str:
    """Name the function of Capify's that the innermost line outside its machinery called: a word."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as above
    name = ""
    while frame is not None and _is_machinery(frame.f_code.co_filename):
        name = frame.f_code.co_name if frame.f_code.co_filename.startswith(PACKAGE) else name
        frame = frame.f_back
    return name


def _is_machinery(file: str) -> bool:
    """Tell Capify's own modules (not the standard deployment: it is a recipe) and the interpreter's."""
    if file.startswith("<") or file == contextlib.__file__:  # which enters the `with` blocks of words
        return True
    if not file.startswith(f"{PACKAGE}/"):
        return False
    return not file.startswith(PACKAGE + "/standard")
