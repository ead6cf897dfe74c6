"""Whether an expression speaks of what there is: its keys, and every single value. Pure.

Rule: a name that means no server is refused, wherever it stands. Behind a `!` a misspelt one would select everything.
"""

from collections.abc import Sequence

from capify.errors import UsageError
from capify.machines import Server
from capify.plan.expressions import IDENTITY, Expression, Term, Value, spellings
from capify.plan.notation import wrong
from capify.wording import suggestion, ticked

MOST = 12  # names that a hint lists


def refuse_unknown(wanted: Expression, servers: Sequence[Server], *, text: str, source: str) -> None:
    """Raise `UsageError`, with the nearest name, for a key or a value that no server has."""
    for term in wanted.terms():
        if term.key not in IDENTITY and not any(term.key in server.properties for server in servers):
            why, hint = f"no server has a property `{term.key}`", _nearest_key(term, servers)
            raise wrong(text, source, at=term.at, why=why, hint=hint)
        for value in term.values:
            if not any(term.means(value, server) for server in servers):
                why, hint = _why(term.key, value), _nearest_value(term.key, value, servers)
                if source not in {"--on", "on="}:  # a mere list of names: there is nothing to point to
                    raise UsageError(why, hint=hint)
                raise wrong(text, source, at=value.at, why=why, hint=hint)


def _why(key: str, value: Value) -> str:
    if value.is_pattern:
        return f"no server's {key} matches `{value.text}`"
    match key:
        case "host":
            return f"no server `{value.text}` is declared"
        case "role":
            return f"no server has the role `{value.text}`"
    return f"no server has {key} `{value.text}`"


def _nearest_key(term: Term, servers: Sequence[Server]) -> str:
    """Suggest a key; or, for a word alone, what a role or host of that name is written like."""
    keys = [*IDENTITY, *{name for server in servers for name in server.properties}]
    if not term.values:
        for key in ("role", "host"):
            if any(Term(key, (Value(term.key),)).accepts(server) for server in servers):
                return f"did you mean `{key}={term.key}`?"
    return suggestion(term.key, keys) or f"keys are {ticked(sorted(keys)[:MOST])}"


def _nearest_value(key: str, value: Value, servers: Sequence[Server]) -> str:
    known = list(dict.fromkeys(text for server in servers for text in spellings(server, key)))
    near = "" if value.is_pattern else suggestion(value.text, known)
    if near or not known:
        return near or ("" if servers else "no server is declared")
    known = known if key == "host" else sorted(known)
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    names = ", ".join(f"`{name}`" for name in known[:MOST]) + more if more else ticked(known)
    return f"there are {names}"
