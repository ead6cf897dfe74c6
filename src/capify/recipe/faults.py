"""Faults of recipes, translated: whatever a recipe raises becomes one message with file, line and the one thing to try.

Rule: the original stays the cause, for `--debug`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from capify.errors import CapifyError, RecipeError
from capify.places import Place
from capify.recipe.hints import told
from capify.recipe.importing import lies_in


@contextmanager
def translated(path: Path, root: Path) -> Iterator[None]:
    """Turn what reading one recipe raises into a `RecipeError`; what lies in the project's folder counts as recipe."""

    def own(file: str) -> bool:
        return file == str(path) or lies_in(root, file)

    try:
        yield
    except CapifyError as error:
        if error.place is None:
            error.place = _innermost(error, own, Place(str(path)))
        raise
    except SystemExit as error:
        text = f"a recipe ended Python by `sys.exit({error})` before any task began"
        raise RecipeError(text, place=_innermost(error, own, Place(str(path)))) from error
    except Exception as error:
        raise _wording(error, _innermost(error, own, Place(str(path)))) from error


def _wording(error: Exception, place: Place) -> RecipeError:
    message, hint = told(error)
    if message:
        return RecipeError(message, place=place, hint=hint)
    match error:
        case SyntaxError():
            at = Place(error.filename or place.file, error.lineno or 0)
            return RecipeError(f"syntax error: {error.msg}", place=at, hint=(error.text or "").strip())
        case ModuleNotFoundError():
            hint = "it is looked for beside the capfile, then among the installed packages"
            return RecipeError(f"there is no module `{error.name}`", place=place, hint=hint)
        case UnicodeDecodeError():
            return RecipeError(f"the file is not UTF-8 text: {error.reason}", place=place)
        case OSError() if error.filename:
            return RecipeError(f"{error.strerror}: `{error.filename}`", place=place)
    return RecipeError(f"{type(error).__name__}: {error}", place=place)


def _innermost(error: BaseException, own: Callable[[str], bool], otherwise: Place) -> Place:
    """The innermost line of the traceback that lies in a recipe."""
    trace, place = error.__traceback__, otherwise
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if own(file):
            place = Place(file, trace.tb_lineno)
        trace = trace.tb_next
    return place
