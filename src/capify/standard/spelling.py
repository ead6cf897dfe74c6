"""Shell text from the files of `shell/`, with values quoted into it.

Rule: the text of scripts is in those files, where it can be read as shell; only quoted values are added here.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from capify.shell import quote
from capify.standard.layout import Layout


def script(layout: Layout, *parts: str, values: Mapping[str, str] | None = None, words: Iterable[str] = ()) -> str:
    """Spell a script for a server: these parts of `shell/`, with values as variables and words as `"$@"`."""
    return text(*parts, values={"deploy_to": layout.deploy_to, "group": "", "token": "", **(values or {})}, words=words)


def text(*parts: str, values: Mapping[str, str], words: Iterable[str] = ()) -> str:
    """Spell a script as one command with a shell of its own, so that no surroundings can switch `set -e` off."""
    lines = [f"{name}={quote(value)}" for name, value in values.items()]
    lines += [f"set -- {quote(tuple(words))}".rstrip(), _part("begin"), *map(_part, parts)]
    return "sh -c " + quote("\n".join(lines))


@cache
def _part(name: str) -> str:
    lines = Path(__file__).with_name("shell").joinpath(f"{name}.sh").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
