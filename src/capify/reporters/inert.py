"""Inert: what a CI system would take from a line of its log for a command of its own is broken, visibly. Pure.

Where each of them looks:

- GitHub Actions: `::name …::` at the beginning of a line, whatever space is before it; and `##[name …]` anywhere.
- Azure Pipelines: `##vso[…]` and `##[…]` anywhere.
- TeamCity: `##teamcity[…]` anywhere.
- GitLab and Buildkite: escapes, which `harmless` shows as text; and Buildkite `---` where a line begins, as none does.

Rule: it is applied to whole lines, whoever their text is from. Marks of our own are written past it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

_HASHES: Final = r"#(?=#(?:vso|teamcity)?\[)"
_COLONS: Final = r"^(?:[^\S\n]|\x1b\[[\d;]*m)*(?=::)"
_COMMANDS: Final[Mapping[str, str]] = {
    "GITHUB_ACTIONS": f"{_HASHES}|{_COLONS}", "TF_BUILD": _HASHES, "TEAMCITY_VERSION": _HASHES,
}  # fmt: skip
_NO: Final = frozenset({"", "0", "false", "no"})


def runs_in(environment: Mapping[str, str], variable: str) -> bool:
    """Tell whether a CI system runs us, by the environment variable that it sets."""
    return environment.get(variable, "").lower() not in _NO


def inert_in(environment: Mapping[str, str]) -> Callable[[str], str]:
    r"""Give what breaks a CI system's commands by a backslash (`#\#[error]`); without one, it changes nothing."""
    found = [pattern for variable, pattern in _COMMANDS.items() if runs_in(environment, variable)]
    if not found:
        return str
    command = re.compile("|".join(found), re.IGNORECASE | re.MULTILINE)
    return lambda line: command.sub(lambda match: match[0] + "\\", line)
