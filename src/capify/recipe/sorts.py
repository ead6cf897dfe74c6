"""Sorts of values that known settings take: what each may look like, and how a word of the command line becomes one.

Rule: what ends in a command line, a path or a program's arguments has an alphabet, so no value can become an option.
A vocabulary module: one public name for each sort.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from capify.machines import USER
from capify.recipe.sizes import are_sizes

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
ENVIRONMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of value: `wrong` says what is the matter with one (or nothing), `read` takes it from text.

    `words` are all that may be typed, where they are few, besides what packages bring to the `group` of plugins.
    """

    name: str
    wrong: Callable[[Any], str]
    read: Callable[[str], Any]
    words: tuple[str, ...] = ()
    group: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """All that may be typed here, where it is few: with what installed packages bring."""
        return (*self.words, *(word for word in _brought(self.group) if word not in self.words))


def read_freely(text: str) -> Any:
    """Take a value from text as Capistrano does: numbers, true, false, nil, quoted text, else the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]+\.[0-9]+", text):
        return float(text)
    return _unquoted(text)


def choice(*words: str) -> Sort:
    """Make the sort of one of these words."""
    listed = _either(words)
    return Sort(listed, lambda value: "" if value in words else f"must be {listed}", _unquoted, words)


def choices(*words: str) -> Sort:
    """Make the sort of a list of some of these words."""
    listed = ", ".join(f"`{word}`" for word in words)
    return Sort(
        f"list of {listed}", _every(lambda value: "" if value in words else f"must be a list of {listed}"), _read_names
    )
def pluggable(group: str, *words: str) -> Sort:
    """Make the sort of one of these words, or of the name of an installed plugin of this group."""

    def wrong(value: Any) -> str:
        if value in words:
            return ""
        brought = _brought(group)
        return "" if isinstance(value, str) and value in brought else f"must be {_either((*words, *brought))}"

    return Sort(f"{_either(words)} or a plugin's name", wrong, _unquoted, words, group)


def plugins(group: str) -> Sort:
    """Make the sort of lists of names of installed plugins of this group."""

    def wrong(value: Any) -> str:
        brought = _brought(group) if value else ()
        text = f"must name installed plugins ({f'there is {_either(brought)}' if brought else 'there are none'})"
        return _every(lambda name: "" if isinstance(name, str) and name in brought else text)(value)

    return Sort("list of plugins' names", wrong, _read_names, (), group)


def _brought(group: str) -> tuple[str, ...]:
    if not group:
        return ()
    from capify.recipe.plugged import names  # finding packages takes its time

    return names(group)


def _either(words: Iterable[str]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


def _read_flag(text: str) -> Any:
    return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(text.lower(), text)


def _read_names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _read_mapping(text: str) -> Any:
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    return {name: value for name, _, value in pairs} if all(equals for _, equals, _ in pairs) else text


def _text(value: Any) -> str:
    if not isinstance(value, str | PurePath):
        return "must be text"
    if not str(value).strip():
        return "must not be empty"
    return "must not contain control characters or line ends" if CONTROL.search(str(value)) else ""


def _word(value: Any) -> str:
    return _text(value) or ("must not begin with `-`" if str(value).startswith("-") else "")


def _name(value: Any) -> str:
    return _word(value) or ("must not contain `/`" if "/" in str(value) or value in {".", ".."} else "")


def _absolute(value: Any) -> str:
    wrong = _text(value)
    if wrong:
        return wrong
    if not str(value).startswith("/"):
        return "must be an absolute path"
    if not str(value).strip("/") or {".", ".."} & set(str(value).split("/")):
        return "must be a folder below `/`, without `.` or `..`"
    return ""


def _inside(value: Any) -> str:
    wrong = _word(value)
    if wrong:
        return wrong
    parts = str(value).split("/")
    return "must be a relative path without `..`" if parts[0] == "" or ".." in parts else ""


def _every(wrong: Callable[[Any], str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, list | tuple):
            return "must be a list"
        return next((f"{wrong(item)}, unlike {item!r}" for item in value if wrong(item)), "")

    return check


def _insides(value: Any) -> str:
    wrong = _every(_inside)(value)
    if wrong:
        return wrong
    paths = [str(path).strip("/") for path in value]
    overlaps = [(outer, path) for path in paths for outer in paths if path.startswith(f"{outer}/")]
    return "" if not overlaps else f"must not contain `{overlaps[0][1]}` beside `{overlaps[0][0]}`, which holds it"


def _mapping(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "must be a mapping"
    odd = [name for name in value if not (isinstance(name, str) and ENVIRONMENT.fullmatch(name))]
    return f"must have names of environment variables, unlike {odd[0]!r}" if odd else ""


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _count(value: Any) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if whole else "must be a whole number, 0 or more"


def _some(value: Any) -> str:
    return _count(value) or ("must be 1 or more" if value < 1 else "")


def _seconds(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if number and 0 <= value < float("inf") else "must be a number of seconds, 0 or more"


def _bound(value: Any) -> str:
    return _seconds(value) or ("must be more than 0 seconds" if value == 0 else "")


def _web_address(value: Any) -> str:
    fits = isinstance(value, str) and re.fullmatch(r"https?://[^\s/@?#\\]+([/?][!-~]*)?", value)
    return "" if fits else "must be an address that begins with `https://` or `http://`, without a user in it"


def _command(value: Any) -> str:
    words = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(word, str | PurePath) for word in words):
        return "must be text, or a list of words"
    if any("\0" in str(word) for word in words):
        return "must not contain a zero byte"
    return "" if words and str(words[0]).strip() else "must not be empty"


def _mode(value: Any) -> str:
    octal = isinstance(value, str) and re.fullmatch(r"0?[0-7]{3}", value)
    return "" if octal else 'must be octal digits as text, such as "0640"'


def _waves(value: Any) -> str:
    fits = isinstance(value, list | tuple) and are_sizes(value)
    return "" if fits else 'must be a list of numbers of servers, or shares such as "25%"'


def _read_waves(text: str) -> list[Any]:
    return [read_freely(size) for size in _read_names(text)]


def _required(value: Any) -> str:
    sizes = list(value.values()) if isinstance(value, Mapping) else [value]
    fits = are_sizes(sizes) and all(isinstance(name, str) for name in (value if isinstance(value, Mapping) else ()))
    return "" if fits else 'must be a number of servers, a share such as "80%", or one of these for each role'


def _branch(value: Any) -> str:
    wrong = _word(value)
    if wrong:
        return wrong
    odd = re.search(r"[ ~^:?*\[\\]|\.\.|@\{|//|/$|^/|\.lock$|\.$", str(value))
    return f"must be a name that git takes, without `{odd[0]}`" if odd else ""


def _revision(value: Any) -> str:
    return _word(value) or ("must not contain spaces or `:`" if re.search(r"[ :\\]", str(value)) else "")


def _user(value: Any) -> str:
    return _text(value) or ("" if USER.fullmatch(str(value)) else "must be a user name")


def _umask(value: Any) -> str:
    octal = isinstance(value, str) and re.fullmatch(r"0?[0-7]{3}", value)
    return "" if octal else 'must be octal digits as text, such as "022"'


_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "nil": None, "none": None}

TEXT = Sort("text", _text, _unquoted)
WORD = Sort("text", _word, _unquoted)
NAME = Sort("name", _name, _unquoted)
ABSOLUTE = Sort("absolute path", _absolute, _unquoted)
INSIDE = Sort("relative path", _inside, _unquoted)
INSIDES = Sort("list of relative paths", _insides, _read_names)
NAMES = Sort("list of names", _every(_word), _read_names)
MAPPING = Sort("mapping", _mapping, _read_mapping)
FLAG = Sort("true or false", _flag, _read_flag, ("true", "false"))
COUNT = Sort("whole number", _count, read_freely)
SOME = Sort("whole number", _some, read_freely)
SECONDS = Sort("seconds", _seconds, read_freely)
BRANCH = Sort("branch", _branch, _unquoted)
REVISION = Sort("revision", _revision, _unquoted)
USER_NAME = Sort("user", _user, _unquoted)
BOUND = Sort("seconds", _bound, read_freely)
WEB_ADDRESS = Sort("web address", _web_address, _unquoted)
COMMAND = Sort("text or list of words", _command, _unquoted)
MODE = Sort("octal digits", _mode, _unquoted)
WAVES = Sort("list of sizes", _waves, _read_waves)
REQUIRED = Sort("size, or size by role", _required, read_freely)
UMASK = Sort("octal digits", _umask, _unquoted)
