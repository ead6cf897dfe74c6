"""Shell commands as values.

Rule 1: nothing here performs I/O or reads configuration.
Rule 2: every wrapper (umask, environment, folder, user) applies to every command, however it was spelled.
Rule 3: words of a list are quoted; text is the user's own shell and is passed as it stands.
"""

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from capify.machines import USER

Word: TypeAlias = str | os.PathLike[str] | int | float | object
Spelling: TypeAlias = str | Sequence[Word]

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
USER_NUMBER = re.compile(r"#[0-9]+")
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
    variables: tuple[tuple[str, Word], ...] = ()
    user: str = ""
    umask: str = ""
    sudo: str = "sudo"

    def with_variables(self, variables: Mapping[str, Word]) -> "Command":
        """Run with these environment variables."""
        return replace(self, variables=tuple(variables.items()))

    def as_user(self, user: str) -> "Command":
        """Run by sudo as this user."""
        return replace(self, user=user)


def command(spelling: Spelling) -> Command:
    """Take shell text as it is; quote every word of a list. Raises `ValueError` for what is no command."""
    text = _text(spelling.strip("\n")) if isinstance(spelling, str) else quote(spelling)
    if not text.strip():
        raise ValueError("the command is empty")
    return Command(text, simple=not isinstance(spelling, str))


def quote(words: "Word | Sequence[Word]") -> str:
    """Quote one word, or each of several, so that a POSIX shell reads it as it is.

    Raises `ValueError` for what is no word: `None`, bytes, a list within a list.
    """
    if isinstance(words, list | tuple):
        return " ".join(shlex.quote(_text(word)) for word in words)
    return shlex.quote(_text(words))


def _text(word: Word) -> str:
    """Spell a word. What `str()` would only describe was not meant to be sent."""
    if isinstance(word, os.PathLike):
        word = str(os.fspath(word))
    if word is None or (isinstance(word, Iterable) and not isinstance(word, str)):
        raise ValueError(f"`{word!r}` cannot be a word of a command: text, a number or a path can")
    text = str(word)
    if "\0" in text:
        raise ValueError("the command contains a NUL byte, which no shell can carry")
    return text


def render(command: Command) -> str:
    """Spell the command as the text that a POSIX shell will run. Raises `ValueError` where none can say it."""
    if not command.user:
        return _surrounded(command)
    sudo = f"{command.sudo} -n -u {shlex.quote(user_name(command.user))} --"
    if _is_program(command):
        # A program by itself, so that a line in sudoers which allows just that program can match it.
        return f"{_umask(command)}{sudo} {command.text}"
    # sudo starts in its own environment, so all else goes inside it, as the other user.
    return f"{sudo} sh -c {shlex.quote(_surrounded(command))}"


def user_name(user: object) -> str:
    """Check the name (or `#number`) of a user. Raises `ValueError`; an empty one would be nobody in particular."""
    if not isinstance(user, str) or not (USER.fullmatch(user) or USER_NUMBER.fullmatch(user)):
        raise ValueError(f"`{user}` is not a user name")
    return user


def _is_program(command: Command) -> bool:
    """Whether nothing of it needs a shell: one program and plain words."""
    if command.directory or command.variables:
        return False
    first = command.text.split()[0]
    return (command.simple or bool(PLAIN.fullmatch(command.text))) and first not in BUILTINS and "=" not in first


def _umask(command: Command) -> str:
    return f"umask {shlex.quote(command.umask)} && " if command.umask else ""


def _surrounded(command: Command) -> str:
    before = [
        *([f"cd -- {quote(command.directory)}"] if command.directory else []),
        *[f"export {variable(name)}={quote(value)}" for name, value in command.variables],
    ]
    if not before and (command.simple or not command.umask):
        return f"{_umask(command)}{command.text}"
    # Braces, for in `cd x && a; b` the b would run in the wrong folder; the newline ends a comment or here-document.
    body = command.text if command.simple else f"{{ {command.text}\n}}"
    return _umask(command) + " && ".join([*before, body])


def variable(name: str) -> str:
    """Check the name of an environment variable. Raises `ValueError`."""
    if not VARIABLE.fullmatch(name):
        raise ValueError(f"`{name}` cannot be the name of an environment variable: letters, digits and `_`")
    return name


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What surrounds the commands of a stretch of a recipe: the sum of its `cd`, `env`, `as_user`."""

    directory: str = ""
    variables: Mapping[str, Word] = field(default_factory=dict)
    user: str = ""

    def around(self, command: Command) -> Command:
        """Wrap a command; what the command itself states wins."""
        return replace(
            command,
            directory=command.directory or self.directory,
            variables=tuple({**self.variables, **dict(command.variables)}.items()),
            user=command.user or self.user,
        )
