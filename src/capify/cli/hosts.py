"""`cap hosts [TASK …]`: which servers a command line selects, and what leaves the others out. Offline.

Rule: the servers on standard output are exactly those that an invocation of the same words would use.
Rule: where an invocation would be refused, so is this; but who is left out by what is told first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.cli.listing import stage_remark
from capify.cli.planning import filters_in, plan_words
from capify.cli.purposes import plain_server, purpose
from capify.errors import UsageError
from capify.machines import Server
from capify.plan.planner import Plan, Step
from capify.plan.selection import Filters, describe, inventory
from capify.recipe.book import opened
from capify.reporters.columns import aligned
from capify.reporters.text import harmless, labels
from capify.wording import listed


@dataclass(frozen=True, slots=True)
class Seen:
    """A server, and what leaves it out; nothing does if it is selected."""

    server: Server
    left_out_by: tuple[str, ...] = ()


def show(asked: Asked) -> Answer:
    """Answer `cap hosts [TASK …] [--json]`; exit status 2 when no server is left.

    Raises `UsageError` for a name that is none, and what an invocation of these tasks would raise before connecting.
    """
    book, filters = asked.book, filters_in(asked.arguments)
    with opened(book):
        known = inventory(book.servers(), filters, lambda: book.settings.get("user", None))
    filters.refuse_unknown(known)
    seen = [Seen(server, tuple(map(str, filters.leaving_out(server)))) for server in known]
    empty = bool(filters.given) and all(one.left_out_by for one in seen)
    if asked.words and not empty:
        seen = _tasked(seen, plan_words(book, asked.words, asked.arguments))
    status = UsageError.status if empty else 0
    if asked.arguments.json:
        return Answer(as_json(_plain(book.stage, filters, seen)), status=status)
    complaint = f"cap: no server is left by {filters}" if empty else "" if seen else "no server is declared"
    return _told(seen, [*([complaint] if complaint else []), *stage_remark(book)], status)


def _tasked(seen: Sequence[Seen], planned: Plan) -> list[Seen]:
    """Leave out what no step of a plan works on."""
    why = listed([_wish(step) for step in planned.steps])
    return [one if one.left_out_by or one.server in planned.servers else Seen(one.server, (why,)) for one in seen]


def _wish(step: Step) -> str:
    """Name a task, and what it selects where that is not the business of other tasks."""
    options, name = step.task.options, f"task `{step.task.name}`"
    if step.task.is_sequence or options.local:
        return name
    alone = "one of the " if options.once else "the primary of the " if options.primary else ""
    return f"{name} ({alone}{describe(step.task).replace('any server', 'servers')})"


def _told(seen: Sequence[Seen], remarks: Sequence[str], status: int) -> Answer:
    names = labels(one.server for one in seen)
    chosen = [(names[one.server], purpose(one.server)) for one in seen if not one.left_out_by]
    others = [
        (names[one.server], purpose(one.server), f"by {listed(one.left_out_by)}") for one in seen if one.left_out_by
    ]
    left_out = ["left out:", *aligned(others, margin="  ")] if others else []
    return Answer(tuple(aligned(chosen)), (*left_out, *map(harmless, remarks)), status)


def _plain(stage: str | None, filters: Filters, seen: Sequence[Seen]) -> dict[str, object]:
    """Give what is selected as plain data for JSON."""
    return {
        "stage": stage,
        "filters": [{"source": one.source, "text": one.text} for one in filters.given],
        "servers": [plain_server(one.server) for one in seen if not one.left_out_by],
        "left_out": [
            {**plain_server(one.server), "by": list(one.left_out_by)} for one in seen if one.left_out_by
        ],
    }
