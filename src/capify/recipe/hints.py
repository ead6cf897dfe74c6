"""Hints for faults of Python in a recipe: the word that was meant, and where it comes from. Pure.

Rule: this storey does not import the words of recipes; it asks the package as it is loaded.
"""

import inspect
import re
import sys

from capify.wording import near, suggestion

_KEYWORD = re.compile(r"(?:\w+\.)*(\w+)\(\) got an unexpected keyword argument '(\w+)'")


def words() -> tuple[str, ...]:
    """Give the words of recipes."""
    return tuple(getattr(sys.modules["capify"], "__all__", ()))


def hint_for(error: BaseException) -> str:
    """Say what was probably meant, or nothing: of a name that nothing has, or an argument that a word does not take."""
    if isinstance(error, NameError) and error.name:
        return _name(error, error.name)
    found = _KEYWORD.match(str(error)) if isinstance(error, TypeError) else None
    if found is None or found[1] not in words():
        return ""
    takes = inspect.signature(getattr(sys.modules["capify"], found[1])).parameters
    return suggestion(found[2], takes) or f"`{found[1]}` takes {', '.join(f'`{name}`' for name in takes)}"


def _name(error: NameError, name: str) -> str:
    if name in words():
        return f"import it: `from capify import {name}`"
    known = _known(error)
    found = near(name, {*words(), *known})
    if not found:
        return ""
    imported = "" if found[0] in known else f" import it: `from capify import {found[0]}`"
    return f"did you mean `{found[0]}`?{imported}"


def _known(error: NameError) -> set[str]:
    """The names that the line in fault could have used."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame if trace is not None else None
    return {one for one in {**frame.f_globals, **frame.f_locals} if not one.startswith("_")} if frame else set()
