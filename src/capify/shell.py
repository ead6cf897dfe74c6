"""Shell commands as values.

Rule 1: nothing here performs I/O or reads configuration.
Rule 2: every wrapper (umask, environment, folder, user) applies to every command, however it was spelled.
Rule 3: words of a list are quoted; text is the user's own shell and is passed as it stands.
"""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

Word: TypeAlias = str | os.PathLike[str] | int | float | object
Spelling: TypeAlias = str | Sequence[Word]

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLAIN = re.compile(r"[A-Za-z0-9_./-][A-Za-z0-9_@%+:,./ -]*")  # no `=` in the first word, no expansion, no operator
BUILTINS = frozenset({  # words that a shell does itself: no program to hand to sudo
    ".", "alias", "bg", "break", "case", "cd", "command", "continue", "do", "done", "elif", "else", "esac", "eval",
    "exec", "exit", "export", "fc", "fg", "fi", "for", "getopts", "hash", "if", "jobs", "read", "readonly", "return",
    "set", "shift", "source", "then", "times", "trap", "type", "ulimit", "umask", "unalias", "unset", "until", "wait",
    "while",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, and around it: in which folder, with which environment, as whom, with which umask."""

    text: str
    simple: bool = False  # one program with quoted words: needs no braces
    directory: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    user: str = ""
    umask: str = ""
    sudo: str = "sudo"

    def within(self, directory: str) -> "Command":
        """Run in this folder."""
        return replace(self, directory=directory)

    def with_variables(self, variables: Mapping[str, str]) -> "Command":
        """Run with these environment variables."""
        return replace(self, variables=tuple(variables.items()))

    def as_user(self, user: str) -> "Command":
        """Run by sudo as this user."""
        return replace(self, user=user)


def command(spelling: Spelling) -> Command:
    """Take shell text as it is; quote every word of a list. Raises `ValueError` for an empty command."""
    if isinstance(spelling, str):
        text = spelling.strip("\n")
        simple = False
    else:
        text = quote(spelling)
        simple = True
    if not text.strip():
        raise ValueError("the command is empty")
    if "\0" in text:
        raise ValueError("the command contains a NUL byte, which no shell can carry")
    return Command(text, simple)


def quote(words: "Word | Sequence[Word]") -> str:
    """Quote one word, or each of several, so that a POSIX shell reads it as it is."""
    if isinstance(words, Sequence) and not isinstance(words, str):
        return " ".join(shlex.quote(_text(word)) for word in words)
    return shlex.quote(_text(words))


def _text(word: Word) -> str:
    return os.fspath(word) if isinstance(word, os.PathLike) else str(word)


def render(command: Command) -> str:
    """Spell the command as the text that a POSIX shell will run."""
    if not command.user:
        return _surrounded(command)
    sudo = f"{command.sudo} -n -u {shlex.quote(command.user)} --"
    if _is_program(command):
        # A program by itself, so that a line in sudoers which allows just that program can match it.
        return f"{_umask(command)}{sudo} {command.text}"
    # sudo starts in its own environment, so all else goes inside it, as the other user.
    return f"{sudo} sh -c {shlex.quote(_surrounded(command))}"


def _is_program(command: Command) -> bool:
    """Whether nothing of it needs a shell: one program and plain words."""
    if command.directory or command.variables:
        return False
    return command.simple or (bool(PLAIN.fullmatch(command.text)) and command.text.split()[0] not in BUILTINS)


def _umask(command: Command) -> str:
    return f"umask {shlex.quote(command.umask)} && " if command.umask else ""


def _surrounded(command: Command) -> str:
    before = [
        *([f"cd -- {shlex.quote(command.directory)}"] if command.directory else []),
        *[f"export {_variable(name)}={shlex.quote(value)}" for name, value in command.variables],
    ]
    if not before and (command.simple or not command.umask):
        return f"{_umask(command)}{command.text}"
    # Braces, for in `cd x && a; b` the b would run in the wrong folder; the newline ends a comment or here-document.
    body = command.text if command.simple else f"{{ {command.text}\n}}"
    return _umask(command) + " && ".join([*before, body])


def _variable(name: str) -> str:
    if not VARIABLE.fullmatch(name):
        raise ValueError(f"`{name}` is not a name that an environment variable can have")
    return name


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What surrounds the commands of a stretch of a recipe: the sum of its `cd`, `env`, `as_user`."""

    directory: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    user: str = ""

    def around(self, command: Command) -> Command:
        """Wrap a command; what the command itself states wins."""
        return replace(
            command,
            directory=command.directory or self.directory,
            variables=tuple({**self.variables, **dict(command.variables)}.items()),
            user=command.user or self.user,
        )
