"""Recipes in YAML and TOML that cannot be read: in which line, and what is probably wrong with it. Pure.

Rule: the line is the one to mend. Parsers often notice a slip only where the next thing begins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from capify.recipe.typos import meant


@dataclass(frozen=True, slots=True)
class Slip:
    """What cannot be read: the number of the line (from 1), the parser's own words, what to try."""

    line: int
    problem: str
    hint: str


def yaml_slip(text: str, error: Any) -> Slip:
    """Understand an error of PyYAML, which may have marks of where it began (`context_mark`) and was noticed."""
    problem = str(getattr(error, "problem", None) or error).partition("\n")[0]
    context = str(getattr(error, "context", None) or "")
    noticed, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    mark = noticed or began
    at = mark.line if mark is not None else text.count("\n", 0, getattr(error, "position", 0))
    if began is not None and re.search("quoted scalar|simple key|flow (?:sequence|mapping)", context):
        at = began.line  # the quote, bracket or line that never ended
    lines = text.splitlines() or [""]
    at = min(at, len(lines) - 1)
    if "mapping values" in problem and at and _is_no_pair(lines[at - 1]):
        at -= 1  # it was read together with the line behind it
    return Slip(at + 1, problem, _with_line(lines[at], _yaml_advice(problem, context, lines[at])))


def toml_slip(text: str, error: ValueError) -> Slip:
    """Understand an error of `tomllib`."""
    lines = text.splitlines() or [""]
    problem, _, where = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", where)
    if found is None:  # the end of the file: something before it did not end
        begun = [(at, opened[1]) for at, line in enumerate(lines, 1) if (opened := _OPENED.search(line))]
        number, sign = begun[-1] if begun else (len(lines), "")
        return Slip(number, _lower(problem), _with_line(lines[number - 1], f"close the `{sign}`" if sign else ""))
    number = min(int(found[1]), len(lines))
    return Slip(number, _lower(problem), _with_line(lines[number - 1], _toml_advice(problem, lines[number - 1])))


def glued(text: str) -> str:
    """Give the hint for YAML that is a mere text, because a colon has no space behind it; empty where it is not so."""
    found = _GLUED.match(text.lstrip("\n"))
    return f"write `{found[1]}: {found[2]}`, with a space behind the colon" if found else ""


_GLUED: Final = re.compile(r"\s*([\w-]+):([^\s/].*)")
_OPENED: Final = re.compile(r"=\s*([\[{]|'{3}|\"{3}|['\"])")
_SPECIAL: Final = "*&!%@`|>"


def _with_line(line: str, advice: str) -> str:
    shown = line.strip().replace("\t", " ")
    return "\n".join(part for part in (shown, advice) if part)


def _is_no_pair(line: str) -> bool:
    return bool(line.strip()) and not re.search(r":(?:\s|$)", line)


def _yaml_advice(problem: str, context: str, line: str) -> str:
    key, _, value = line.partition(":")
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return "indent by spaces: YAML takes no tabs"
    if glued(line):
        return glued(line)
    if value.strip()[:1] in set(_SPECIAL) and ("scanning" in context or "cannot start" in problem):
        quoted = value.strip().replace('"', "'")
        return f'what begins with `{quoted[0]}` stands in quotes: `{key.strip()}: "{quoted}"`'
    if _is_no_pair(line) and "mapping values" in problem:
        return "write `name: value`, with a colon and a space"
    if "mapping values" in problem and ": " in value.strip():
        return f'a value with `: ` in it stands in quotes: `{key.strip()}: "{value.strip()}"`'
    return next((advice for sign, advice in _YAML.items() if sign in f"{context} {problem}"), "")


_YAML: Final[Mapping[str, str]] = {
    "stands twice": "keep one of them",
    "mapping values": "lines that belong together begin in the same column",
    "simple key": "write `name: value`, with a colon and a space",
    "expected ':'": "write `name: value`, with a colon and a space",
    "quoted scalar": "close the quote",
    "flow sequence": "close the `[` by a `]`, and what is in it: a `{` by a `}`",
    "flow mapping": "close the `{` by a `}`, and what is in it: a `[` by a `]`",
    "block mapping": "lines that belong together begin in the same column; `- ` begins an entry of a list",
    "block collection": "lines that belong together begin in the same column; `- ` begins an entry of a list",
    "undefined alias": "what begins with `*` stands in quotes",
    "constructor for the tag": "what begins with `!` stands in quotes",
    "single document": "a recipe is one document: take the second `---` out",
}


def _toml_advice(problem: str, line: str) -> str:
    colon = re.match(r"\s*([\w-]+)\s*:\s*(.+)", line)
    key, equals, value = (part.strip() for part in line.partition("="))
    if colon and not equals:
        return f"TOML has `=` where YAML has `:`: `{colon[1]} = {_quoted(colon[2])}`"
    if equals and value and problem.startswith(("Invalid value", "Invalid date", "Expected newline")):
        truth = _TRUTH.get(value.lower()) or meant(value.lower(), ("true", "false"))
        if truth:
            return f"write `{key} = {truth}`"
        if value[0] in "[{":
            return "text stands in quotes in there, too"
        if "=" in value:
            return "write one setting a line"
        return f"text stands in quotes: `{key} = {_quoted(value)}`"
    return next((advice for sign, advice in _TOML.items() if sign in problem), "")


def _quoted(value: str) -> str:
    plain = re.fullmatch(r"true|false|-?\d+(?:\.\d+)?|[\[{\"'].*", value)
    return value if plain else '"' + value.strip("\"'").replace('"', "'") + '"'


_TRUTH: Final[Mapping[str, str]] = {
    "true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false",
}  # fmt: skip
_TOML: Final[Mapping[str, str]] = {
    "Invalid value": "write a value: text in quotes, a number, `true`, `false` or a `[…]`",
    "Expected '='": 'write `name = value`; text stands in quotes: `name = "text"`',
    "Expected newline": "write one setting a line",
    "Expected ']": "close the bracket: `[servers]`, or `[[servers]]` for each of a list",
    "Invalid statement": "write `name = value`, or begin a table: `[[servers]]`",
    "Illegal character": "close the quote in the same line",
    "Unterminated string": "close the quote in the same line",
    "Unclosed array": "close the `[` by a `]`",
    "Unclosed inline table": "close the `{` by a `}` in the same line",
    "Unescaped": "text with a backslash stands in single quotes",
    "Cannot overwrite": "this name stands twice: keep one of them",
    "twice": "this name stands twice: keep one of them",
}


def _lower(problem: str) -> str:
    return problem[:1].lower() + problem[1:]
