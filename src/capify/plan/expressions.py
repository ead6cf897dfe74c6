"""Expressions that select servers: `role=web & zone=eu & !host=a1`, as values. They print as they are read.

Rule: an expression looks at one server at a time, so what it selects is always a part of what it is given.
Rule: `key!=value` is `!(key=value)`, also of a server that does not have the property.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from capify.machines import SSH, Server

BARE = re.compile(r"[\w.:@/+%*?\[\]-]+")  # what a value may be without quotes
IDENTITY = ("role", "host", "user", "port")  # keys that every server has; any other is a property


@dataclass(frozen=True, slots=True)
class Value:
    """One alternative: text in which `*` and `?` stand for any text, unless it is `quoted`. `at` is where it stands."""

    text: str
    quoted: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.quoted or not BARE.fullmatch(self.text):
            return '"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return self.text

    @property
    def is_pattern(self) -> bool:
        """Whether it may mean several."""
        return not self.quoted and ("*" in self.text or "?" in self.text)

    def fits(self, text: str) -> bool:
        """Whether it means this text."""
        if not self.is_pattern:
            return text == self.text
        return _matches(self.text, text)


@dataclass(frozen=True, slots=True)
class Term:
    """A key and its alternatives: `zone=eu,us`; a property alone: `primary`. `at` is where it stands."""

    key: str
    values: tuple[Value, ...] = ()
    differs: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if not self.values:
            return self.key
        return f"{self.key}{'!=' if self.differs else '='}{','.join(map(str, self.values))}"

    def accepts(self, server: Server) -> bool:
        """Whether it is so of a server."""
        if not self.values:
            return bool(server.properties.get(self.key))
        found = any(self.means(value, server) for value in self.values)
        return found is not self.differs

    def means(self, value: Value, server: Server) -> bool:
        """Whether one of its alternatives is so of a server."""
        if self.key == "host":
            called = not value.is_pattern and server.is_called(value.text)
            return called or any(value.fits(text) for text in _addresses(server, value.text))
        return any(value.fits(text) for text in spellings(server, self.key))

    def terms(self) -> Iterator["Term"]:
        """Itself."""
        yield self


@dataclass(frozen=True, slots=True)
class Not:
    """What another expression does not accept."""

    inner: "Expression"

    def __str__(self) -> str:
        return f"!{_inside(self.inner)}"

    def accepts(self, server: Server) -> bool:
        """Whether it is so of a server."""
        return not self.inner.accepts(server)

    def terms(self) -> Iterator[Term]:
        """Every term in it, in order."""
        yield from self.inner.terms()


@dataclass(frozen=True, slots=True)
class Both:
    """What all of its parts accept (`&`), of which there are at least two."""

    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        return " & ".join(map(_inside, self.parts))

    def accepts(self, server: Server) -> bool:
        """Whether it is so of a server."""
        return all(part.accepts(server) for part in self.parts)

    def terms(self) -> Iterator[Term]:
        """Every term in it, in order."""
        for part in self.parts:
            yield from part.terms()


@dataclass(frozen=True, slots=True)
class Either:
    """What one of its parts accepts (`|`), of which there are at least two."""

    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        return " | ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)

    def accepts(self, server: Server) -> bool:
        """Whether it is so of a server."""
        return any(part.accepts(server) for part in self.parts)

    def terms(self) -> Iterator[Term]:
        """Every term in it, in order."""
        for part in self.parts:
            yield from part.terms()


Expression: TypeAlias = Term | Not | Both | Either


def spellings(server: Server, key: str) -> tuple[str, ...]:
    """Every text that a server has for a key: its roles, its name as a host, the values of a property."""
    match key:
        case "role":
            return tuple(sorted(server.roles))
        case "host":
            return (server.name,)
        case "user":
            return (server.user,) if server.user else ()
        case "port":
            return (str(server.port or SSH),)
    value = server.properties.get(key)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_text(one) for one in value)
    return () if value is None else (_text(value),)


def _addresses(server: Server, asked: str) -> tuple[str, ...]:
    """Ways to write a host, as exact as what is asked for: `d*` is no `deploy@web1`, and `*2` no `web1:2222`."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    ways = (server.host, f"{host}:{server.port or SSH}") if ":" in asked else (server.host,)
    return tuple(f"{server.user or ''}@{way}" for way in ways) if "@" in asked else ways


def _matches(pattern: str, text: str) -> bool:
    """Match `*` and `?`. A regular expression could take for ever; this looks back to the last `*` alone."""
    at, position, star, retry = 0, 0, -1, 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, retry, at = at, position, at + 1
        elif at < len(pattern) and pattern[at] in {"?", text[position]}:
            at, position = at + 1, position + 1
        elif star >= 0:
            retry += 1
            at, position = star + 1, retry
        else:
            return False
    return not pattern[at:].strip("*")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inside(part: Expression) -> str:
    """Spell a part of an expression that binds more than itself."""
    return f"({part})" if isinstance(part, Both | Either) else str(part)
