"""The manual page `cap(1)`, drawn from the tables; `docs/cap.1` is what `cap help --man` prints. Pure: lines of roff.

Rule: what a table says is escaped here, once, so that no line of it can be taken for a request of roff.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from capify import __version__
from capify.cli.commands import COMMANDS
from capify.cli.help import EXAMPLES, USAGE, VARIABLES, WORDS
from capify.cli.options import GROUPS, OPTIONS, Option
from capify.reporters.text import STATUSES

ABOUT: Final = """\
cap runs tasks on servers over SSH, and deploys an application to any of its stages. What a project is made of
(settings, servers, tasks) is said in recipes: `capfile.py` in the folder where you are, or in one above it, and what
it loads. The file of a stage is read only when that stage is chosen.
Before anything connects, every word is understood, and the first line names the stage, the servers and the user."""
FILES: Final = (
    ("capfile.py", "the recipe to begin with"),
    ("config/deploy/STAGE.py", "a stage; also .yml and .toml"),
    ("~/.config/capify/capfile.py", "your own recipe, read first in every project"),
    ("/etc/capify/capfile.py", "the machine's, read before that"),
    ("~/.local/state/capify/", "a log of every invocation; what was typed at prompts"),
)
SEE: Final = "capify(1) writes a project's first recipes. ssh(1), ssh_config(5): connections are made as these say."


def manual() -> list[str]:
    """Draw the page."""
    return [
        f'.TH CAP 1 "" "Capify {__version__}" "User Commands"',
        *_section("Name", [r"cap \- run tasks on servers, and deploy to stages"]),
        *_section("Synopsis", [_bold_first(USAGE), ".br", _bold_first("cap [OPTIONS] [STAGE] -- COMMAND …")]),
        *_section("Description", _paragraphs(ABOUT)), *_section("Words", _paragraphs(WORDS)),
        *_section("Options", _options()),
        *_section("Commands", ["A task of the project with the same name wins; :NAME always means these."]),
        *_entries((command.usage, command.doc) for command in COMMANDS.values()),
        *_section("Environment", _entries(VARIABLES)), *_section("Files", _entries(FILES)),
        *_section("Exit status", _entries((str(status), words) for status, words in STATUSES.items())),
        *_section("Examples", _entries(EXAMPLES)), *_section("See also", [_text(SEE)]),
    ]  # fmt: skip


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [f".SH {title.upper()}", *lines]


def _paragraphs(text: str) -> Iterator[str]:
    """Begin a new paragraph behind a line that ends a sentence."""
    ended = False
    for line in text.split("\n"):
        if ended:
            yield ".PP"
        yield _text(line)
        ended = line.endswith(".")


def _options() -> Iterator[str]:
    for group in GROUPS:
        yield f".SS {group}"
        yield from _entries((_spelled(option), option.doc) for option in OPTIONS if option.group == group)


def _spelled(option: Option) -> str:
    return option.spelled.strip()


def _entries(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, doc in rows:
        yield from (".TP", f".B {_plain(term)}", _text(doc))


def _text(text: str) -> str:
    """Write running text; what stands in backticks becomes bold."""
    return re.sub(r"`([^`]+)`", r"\\fB\1\\fR", _plain(text))


def _bold_first(text: str) -> str:
    word, _, rest = text.partition(" ")
    return rf"\fB{_plain(word)}\fR {_plain(rest)}"


def _plain(text: str) -> str:
    """Write text so that roff takes nothing in it for its own."""
    safe = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...").replace("~", r"\(ti")
    return rf"\&{safe}" if safe.startswith((".", "'")) else safe
