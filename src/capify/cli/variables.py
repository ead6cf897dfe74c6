"""`cap vars`: what settings are, and with `--why` where each was said and what that replaced.

Rule: it asks nothing, runs nothing, fetches nothing; what would have to is "decided while running".
"""

from typing import Any

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.cli.listing import stage_remark
from capify.errors import UsageError
from capify.recipe.book import Book, opened
from capify.recipe.guard import watch_interpreter
from capify.recipe.layers import Assignment, Kind
from capify.recipe.provenance import SECRET, Explained, explain, private
from capify.reporters.columns import aligned
from capify.reporters.text import harmless
from capify.wording import suggestion


def show(asked: Asked) -> Answer:
    """Answer `cap vars [NAME …] [--why] [--json]`. Raises `UsageError` for a name that nobody set."""
    book = asked.book
    names = [_known(book, word) for word in asked.words] or book.settings.names()
    watch_interpreter()
    with opened(book):
        found = [explain(book.settings, name) for name in names]
    if asked.arguments.json:
        return Answer(as_json({one.name: _plain(one) for one in found}))
    if asked.arguments.why:
        return Answer(tuple(line for one in found for line in _why(book, one)), tuple(stage_remark(book)))
    rows = [(one.name, _value(one), _source(one.decided)) for one in found]
    return Answer(tuple(aligned(rows)), tuple(stage_remark(book)))


def _known(book: Book, name: str) -> str:
    if name in book.settings:
        return name
    if name in book.stages:
        raise UsageError(f"`{name}` is a stage, and here the name of a setting", hint=f"write `cap {name} vars`")
    hint = suggestion(name, book.settings.names()) or "`cap vars` shows all that are set"
    raise UsageError(f"setting `{name}` is not set", hint=hint)


def _value(one: Explained) -> str:
    return f"({one.hidden})" if one.hidden else _spelled(one.value)


def _spelled(value: Any) -> str:
    return repr(value)


def _source(said: Assignment) -> str:
    late = " (late)" if said.kind is Kind.LATE else " (added to)" if said.kind is Kind.ADDED else ""
    return f"{said.place}{late}"


def _why(book: Book, one: Explained) -> list[str]:
    """Tell one setting's story: what it is, who said so, what that replaced, what it was made of."""
    late = ", late" if one.late else ""
    rows = [
        ("set at", f"{_set_at(one.decided)}{late}"),
        *(("replaced", f"{_set_at(said)}: {_said(said)}") for said in reversed(one.replaced)),
        *(("made of", _ingredient(book, name)) for name in one.made_of),
    ]
    doc = [f"    # {one.doc}"] if one.doc else []
    return [harmless(f"{one.name} = {_value(one)}"), *doc, *aligned(rows, margin="    ")]


def _set_at(said: Assignment) -> str:
    layer = said.layer.title
    return layer if str(said.place) in {layer, "-S", "-s"} else f"{said.place} ({layer})"


def _said(said: Assignment) -> str:
    if private(said.name):
        return SECRET
    match said.kind:
        case Kind.PLAIN:
            return _spelled(said.value)
        case Kind.ADDED:
            return f"adds {_spelled(said.value)}"
        case Kind.LATE:
            return "a late value"
        case Kind.HIDDEN:
            return "deleted"


def _ingredient(book: Book, name: str) -> str:
    said = book.settings.effective(name)
    if said is None:
        return name
    value = _said(said) if said.kind is Kind.PLAIN else ""
    return f"{name}{f' = {value}' if value else ''}  ({said.place})"


def _plain(one: Explained) -> dict[str, object]:
    """Give a setting as plain data for JSON."""
    return {
        "value": one.value,
        "hidden": one.hidden or None,
        "late": one.late,
        "place": str(one.decided.place),
        "layer": one.decided.layer.name.lower(),
        "made_of": list(one.made_of),
        "replaced": [
            {
                "place": str(said.place),
                "layer": said.layer.name.lower(),
                "kind": said.kind.value,
                "value": said.value if said.kind in {Kind.PLAIN, Kind.ADDED} and not private(one.name) else None,
            }
            for said in reversed(one.replaced)
        ],
    }
