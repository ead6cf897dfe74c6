"""A plan as lines of text: which tasks, where, in which waves, with which hooks. Pure.

Rule: it shows the same plan that would be executed; what a body decides while running is said to be so.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from capify.machines import Server
from capify.plan.planner import Plan, Step
from capify.recipe.book import Book
from capify.recipe.hooks import MOMENTS
from capify.reporters.columns import aligned
from capify.reporters.text import harmless, labels, named
from capify.wording import counted

Waves: TypeAlias = Sequence[Sequence[Server]]

MOST = 4  # servers that a line names; of more, all of them are named in the first line alone


def plan_lines(book: Book, planned: Plan) -> list[str]:
    """Draw a plan: a first line as the invocation would have, the steps, what hangs on moments."""
    rows = [row for step in planned.steps for row in _rows(step, planned.servers, 0, ())]
    return [harmless(_first(book, planned)), "", *aligned(rows), *_moments(book)]


def _first(book: Book, planned: Plan) -> str:
    """Word the first line as the invocation would: stage, servers, user."""
    names = labels(planned.servers)
    users = {server.user for server in planned.servers if server.user}
    stage = f"{planned.stage}{' (the default stage)' if book.chosen == 'default' else ''}" if planned.stage else ""
    parts = [
        "plan", stage, named([names[server] for server in planned.servers], len(names)),
        f"as {users.pop()}" if len(users) == 1 else "",
    ]  # fmt: skip
    return " · ".join(part for part in parts if part)


def _rows(step: Step, servers: Sequence[Server], depth: int, around: Waves) -> Iterator[tuple[str, str, str]]:
    """Draw a step, and what belongs to it; `around` are the waves of the sequence that it is in, if that makes some."""
    for hook in step.before:
        yield from _rows(hook, servers, depth, around)
    name = f"{step.task.name}{_arguments(step)}"
    hook_of = f"  [{step.hook_of}]" if step.hook_of else ""
    yield f"{'  ' * depth}{name}{hook_of}", _where(step, servers, around), str(step.place or step.task.place)
    for inner in step.steps:
        yield from _rows(inner, servers, depth + 1, step.waves if len(step.waves) > 1 else around)
    for hook in step.after:
        yield from _rows(hook, servers, depth, around)


def _arguments(step: Step) -> str:
    return "".join(f" {name}={value}" for name, value in step.arguments.items())


def _where(step: Step, servers: Sequence[Server], around: Waves) -> str:
    if step.skipped:
        return f"skipped: {step.skipped}"
    said = "this machine" if step.task.options.local else _waves(step, servers, around) if step.waves else ""
    parts = (
        f"{said}, in each wave" if step.task.options.local and around else said,
        "in one transaction" if step.task.options.in_transaction else "",
        "decides while running" if step.decides else "",
    )
    return "; ".join(part for part in parts if part)


def _waves(step: Step, servers: Sequence[Server], around: Waves) -> str:
    if around:
        return _in_waves(step, servers, around)
    said = [_group(wave, servers) for wave in step.waves]
    return said[0] if len(said) == 1 else f"{counted(len(said), 'wave')}: {' | '.join(said)}"


def _in_waves(step: Step, servers: Sequence[Server], around: Waves) -> str:
    """Say in which of the waves around it a step runs; where they are not its own, it has them in each of those."""
    there = {number: [one for one in wave if one in step.servers] for number, wave in enumerate(around, 1)}
    every = all(len(there[number]) == len(wave) for number, wave in enumerate(around, 1))
    if not any(there.values()):
        return f"{_group(step.servers, servers)}, in each wave"
    some = " | ".join(f"wave {number}: {_group(wave, servers)}" for number, wave in there.items() if wave)
    return ("in each wave" if every else some) + (", in waves of its own" if len(step.waves) > 1 else "")


def _group(wave: Sequence[Server], servers: Sequence[Server]) -> str:
    if len(wave) > MOST and len(wave) == len(servers):
        return f"all {len(wave)} servers"
    known = labels(servers)
    return named([known[server] for server in wave], max(len(wave), 1))


def _moments(book: Book) -> list[str]:
    """Say what hangs on moments of the invocation; which tasks it surrounds is in its declaration."""
    hooks = [hook for moment in MOMENTS if moment != "load" for hook in book.moments if hook.moment == moment]
    rows = [(f"on {hook.moment}", hook.name, str(hook.place)) for hook in hooks]
    return ["", *aligned(rows)] if rows else []
