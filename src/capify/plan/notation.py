"""From text to an expression that selects servers. Pure: which names exist is somebody else's question.

    expression = all ("|" all)*        all = one ("&" one)*        one = "!" one | "(" expression ")" | term
    term       = KEY | KEY ("=" | "!=") VALUE ("," VALUE)*         VALUE = bare text, or text in quotes

Rule: whatever is not understood is refused, with the place where it stands.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from capify.errors import UsageError
from capify.plan.expressions import BARE, IDENTITY, Both, Either, Expression, Not, Term, Value

DEEPEST = 50  # parentheses and `!` within each other
KEY = re.compile(r"[^\W\d][\w.-]*")
Kind: TypeAlias = Literal["sign", "word", "quoted", "end"]

_SIGN = r"(?P<sign>!=|[!&|(),=])"
_QUOTED = r"""(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_TOKEN = re.compile(rf"\s*(?:{_SIGN}|(?P<word>{BARE.pattern})|{_QUOTED})", re.DOTALL)
_MEANT = {
    "and": "`&` means and", "or": "`|` means or", "not": "`!` means not", "&": "one `&` is enough",
    "|": "one `|` is enough", "=": "one `=` is enough", "~": "write `key=part*`: `*` stands for any text",
}  # fmt: skip


def expression(text: str, source: str) -> Expression:
    """Read an expression; `source` is the option that it stands behind. Raises `UsageError` that shows where."""
    return _Reading(text, source, _tokens(text, source)).whole()


def wrong(text: str, source: str, *, at: int, why: str, hint: str = "") -> UsageError:
    """Say what is wrong with an expression, and point to where."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    message = f"{why}, in `{source}` at character {at + 1}\n  {shown}\n  {' ' * at}^"
    return UsageError(message, hint=hint)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Kind
    text: str
    at: int


def _tokens(text: str, source: str) -> list[_Token]:
    found, at, end = list[_Token](), 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            quote = text[at] in "\"'"
            why = "a quote is not closed" if quote else f"`{text[at]}` means nothing"
            hint = "" if quote else _MEANT.get(text[at], f"what is no plain name stands in quotes: `'{text[at]}'`")
            raise wrong(text, source, at=at, why=why, hint=hint)
        kind: Kind = "sign" if match["sign"] else "word" if match["word"] else "quoted"
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, _Token("end", "", end)]


class _Reading:
    """Reads tokens from left to right."""

    def __init__(self, text: str, source: str, tokens: list[_Token]) -> None:
        self._text, self._source, self._tokens = text, source, tokens
        self._deep = 0

    def whole(self) -> Expression:
        """Read all that there is."""
        if len(self._tokens) == 1:
            raise UsageError(f"`{self._source}` needs an expression, and got an empty one", hint="such as `role=web`")
        read = self._either()
        if self._next.kind != "end":
            raise self._unexpected()
        return read

    @property
    def _next(self) -> _Token:
        return self._tokens[0]

    def _takes(self, *signs: str) -> str:
        """Take the next token if it is one of these signs."""
        if self._next.kind == "sign" and self._next.text in signs:
            return self._tokens.pop(0).text
        return ""

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._takes("|"):
            parts.append(self._both())
        return Either(tuple(parts)) if len(parts) > 1 else parts[0]

    def _both(self) -> Expression:
        parts = [self._one()]
        while self._takes("&"):
            parts.append(self._one())
        return Both(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self) -> Expression:
        begin = self._next
        if not self._takes("!", "("):
            return self._term()
        self._deep += 1
        if self._deep > DEEPEST:
            raise self._wrong(begin, "this is too deep", f"at most {DEEPEST} `!` and `(` within each other")
        read: Expression
        if begin.text == "!":
            read = Not(self._one())
        else:
            read = self._either()
            if not self._takes(")"):
                raise self._unexpected(closes=begin)
        self._deep -= 1
        return read

    def _term(self) -> Term:
        if self._next.kind != "word" or not KEY.fullmatch(self._next.text):
            raise self._unexpected()
        key = self._tokens.pop(0)
        sign = self._takes("=", "!=")
        if not sign and key.text in IDENTITY:
            raise self._wrong(key, f"`{key.text}` needs a value", f"write `{key.text}=NAME`")
        if not sign:
            return Term(key.text, at=key.at)
        values = [self._value(key)]
        while self._takes(","):
            values.append(self._value(key))
        return Term(key.text, tuple(values), sign == "!=", key.at)

    def _value(self, key: _Token) -> Value:
        token = self._next
        if token.kind not in {"word", "quoted"}:
            hint = _MEANT["="] if token.text == "=" else "what is no plain name stands in quotes"
            raise self._wrong(token, f"`{key.text}` needs a value here", hint)
        self._tokens.pop(0)
        if token.kind == "word":
            return Value(token.text, at=token.at)
        return Value(re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL), quoted=True, at=token.at)

    def _unexpected(self, closes: _Token | None = None) -> UsageError:
        token = self._next
        if closes is not None and token.kind == "end":
            return self._wrong(closes, "this `(` is not closed", "write a `)` behind what belongs together")
        if token.kind == "end":
            return self._wrong(token, "something is missing here", "a condition such as `role=web`")
        joined = "conditions such as `role=web` are joined by `&` or `|`"
        doubled = token.kind == "word" or self._text[token.at - 1 : token.at] == token.text
        hint = _MEANT.get(token.text.lower(), joined) if doubled else joined
        return self._wrong(token, f"`{token.text}` was not expected here", hint)

    def _wrong(self, token: _Token, why: str, hint: str) -> UsageError:
        return wrong(self._text, self._source, at=token.at, why=why, hint=hint)
