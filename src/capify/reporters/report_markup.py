"""HTML by construction: whatever is not markup already is made harmless and escaped.

Rule: the only place where text becomes HTML; no other module of the report writes a `<`.
"""

from collections.abc import Iterable
from html import escape

from capify.reporters.text import harmless


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(plain: str) -> Markup:
    """Escape a text; its lines stay lines."""
    if isinstance(plain, Markup):
        return plain
    return Markup(escape("\n".join(harmless(line) for line in plain.split("\n"))))


def tag(name: str, /, *children: str, **attributes: str | bool) -> Markup:
    """Build an element; `class_` is the attribute `class`, `True` an attribute without a value, `False` none."""
    given = [
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    ]
    start = f"<{name}{''.join(given)}>"
    if name in {"meta", "br"}:
        return Markup(start)
    return Markup(f"{start}{together(children)}</{name}>")


def together(parts: Iterable[str]) -> Markup:
    """Put parts after each other; those that are no markup are escaped."""
    return Markup("".join(text(part) for part in parts))
