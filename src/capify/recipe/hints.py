"""Faults of Python in a recipe, in words of recipes: a name that nothing has, a call that no word takes. Pure.

Rule: this storey does not import the words of recipes; it asks the package as it is loaded.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from capify.errors import CapifyError
from capify.places import PACKAGE
from capify.wording import near, suggestion, ticked

_CALL = re.compile(
    r"(?:[\w.<>]+\.)?(?P<name>\w+)\(\) (?:got an unexpected keyword argument '(?P<strange>\w+)'"
    r"|missing \d+ required (?:positional|keyword-only) arguments?: (?P<missing>.+)|(?P<other>takes .+|got .+))"
)
_IMPORT = re.compile(r"import name '([^']*)'")


def words() -> tuple[str, ...]:
    """Give the words of recipes."""
    return tuple(getattr(sys.modules["capify"], "__all__", ()))


def told(error: BaseException) -> tuple[str, str]:
    """Say what is wrong, and what was probably meant; two empty texts for what is no misuse of Capify's words."""
    match error:
        case CapifyError() | UnboundLocalError():
            return "", ""
        case NameError() if error.name:
            return f"`{error.name}` is not defined", _name(error, error.name)
        case ImportError(name="capify") if found := _IMPORT.search(str(error)):
            return _no_word(found[1])
        case AttributeError() if error.obj is sys.modules["capify"]:
            return _no_word(error.name or "")
        case AttributeError() if error.name and type(error.obj).__module__.startswith("capify."):
            has = [name for name in dir(error.obj) if not name.startswith("_")]
            text = f"`{type(error.obj).__name__}` has no `{error.name}`"
            return text, suggestion(error.name, has) or f"it has {ticked(has)}"
        case TypeError():
            return _call(error)
    return "", ""


def keywords(word: str) -> list[str]:
    """Give the names of what a word takes; one that takes what `run` takes has those, too."""
    takes = _parameters(getattr(sys.modules["capify"], word, None))
    kinds = {one.kind: one.name for one in takes}
    more = keywords("run")[1:] if kinds.get(inspect.Parameter.VAR_KEYWORD) == "options" else []  # not its command
    return list(dict.fromkeys([*_named(takes), *more]))


def _no_word(name: str) -> tuple[str, str]:
    return f"capify has no word `{name}`", suggestion(name, words())


def _call(error: TypeError) -> tuple[str, str]:
    """Word a call that does not fit the function: a word's, or a method's of what words give."""
    found, frame = _CALL.match(str(error)), _innermost(error)
    if found is None or frame is None:
        return "", ""
    name, owner = found["name"], str(error).partition("(")[0].rpartition(".")[0]
    function = _method(owner, name) if owner else _word(frame, name)
    if function is None:
        return "", ""
    takes = _parameters(function)
    usage = f"it is `{name}({', '.join(map(_shown, takes))})`"
    if found["strange"]:
        return f"`{name}` takes no argument `{found['strange']}`", suggestion(found["strange"], _named(takes)) or usage
    if found["missing"]:
        return f"`{name}` needs {found['missing'].replace(chr(39), '`')}", usage
    return f"`{name}` {found['other']}", usage


def _word(frame: FrameType, name: str) -> Callable[..., Any] | None:
    """Find the word of that name, unless the recipe means something of its own by it."""
    word = vars(sys.modules["capify"]).get(name) if name in words() else None
    return word if frame.f_locals.get(name, frame.f_globals.get(name, word)) is word else None


def _method(owner: str, name: str) -> Callable[..., Any] | None:
    """Find a method of one of Capify's classes, among those that are loaded."""
    modules = (module for called, module in list(sys.modules.items()) if called.startswith("capify."))
    kinds = (vars(module).get(owner) for module in modules)
    return next((getattr(kind, name, None) for kind in kinds if isinstance(kind, type)), None)


def _parameters(function: Callable[..., Any] | None) -> list[inspect.Parameter]:
    found = inspect.signature(function).parameters.values() if function is not None else ()
    return [one for one in found if one.name != "self"]


def _named(parameters: Iterable[inspect.Parameter]) -> list[str]:
    several = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return [one.name for one in parameters if one.kind not in several]


def _shown(parameter: inspect.Parameter) -> str:
    match parameter.kind:
        case inspect.Parameter.VAR_POSITIONAL:
            return f"{parameter.name}, …"
        case inspect.Parameter.VAR_KEYWORD:
            return f"{parameter.name}=…"
    return parameter.name if parameter.default is parameter.empty else f"{parameter.name}=…"


def _name(error: NameError, name: str) -> str:
    if name in words():
        return f"import it: `from capify import {name}`"
    frame = _innermost(error)
    scope = {**frame.f_globals, **frame.f_locals} if frame else {}
    known = {one for one in scope if not one.startswith("_")}  # what the line in fault could have used
    found = near(name, {*words(), *known})
    if not found:
        return ""
    imported = "" if found[0] in known else f" import it: `from capify import {found[0]}`"
    return f"did you mean `{found[0]}`?{imported}"


def _innermost(error: BaseException) -> FrameType | None:
    """The frame of the line in fault; none where that is Capify's own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame if trace is not None else None
    ours = frame is not None and frame.f_code.co_filename.startswith(f"{PACKAGE}/")
    return None if ours else frame
