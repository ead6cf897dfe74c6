"""From the words of a command line to its plan, with a hint where one is a command of `cap` itself."""

from collections.abc import Sequence
from dataclasses import replace

from capify.cli.arguments import Arguments
from capify.cli.commands import COMMANDS
from capify.errors import UsageError
from capify.machines import Server
from capify.plan.line import plan_line, plan_typed
from capify.plan.planner import Plan
from capify.plan.selection import VARIABLES, Filters, available, filters_of
from capify.recipe.book import Book, opened
from capify.recipe.tasks import Task
from capify.recipe.typos import meant


def plan_words(book: Book, words: Sequence[str], arguments: Arguments) -> Plan:
    """Understand every word, and plan what they mean. Raises `UsageError` or `RecipeError` where that is impossible."""
    for word in words[1:]:
        if word.removeprefix(":") in COMMANDS and word not in book.tasks:
            raise UsageError(f"`{word}` is a command of `cap`, and stands alone", hint="`cap -h` shows its use")
    return plan_line(book, words, filters_in(arguments))


def plan_task(book: Book, task: Task, arguments: Arguments, *, typed: str, lazy: bool = False) -> Plan:
    """Plan a task that no recipe declares; a `lazy` one connects when the first command is sent. Raises the same."""
    planned = plan_typed(book, task, filters_in(arguments), typed=typed)
    return replace(planned, lazy=lazy)


def selected(book: Book, arguments: Arguments) -> tuple[Server, ...]:
    """Select servers as an invocation with these arguments would; nothing connects. Raises `UsageError`."""
    with opened(book):
        return available(book.servers(), filters_in(arguments), lambda: book.settings.get("user", None))


def filters_in(arguments: Arguments) -> Filters:
    """Read all that a command line narrows by. Raises `UsageError` for what is no expression, or nearly a variable."""
    for name in arguments.pairs:
        _refuse_near_variable(name)
    return filters_of(
        arguments.environment, on=arguments.on, hosts=arguments.hosts, roles=arguments.roles,
        allows_unknown=arguments.allow_unknown_hosts,
    )  # fmt: skip


def _refuse_near_variable(name: str) -> None:
    """Refuse what was probably to narrow, and would not: the command would reach servers that nobody meant."""
    right = f"{name}S" if name in {"HOST", "ROLE"} else meant(name.lower(), map(str.lower, VARIABLES))
    if right:
        hint = f"did you mean `{right.upper()}=`? A variable of your own called `{name}` stands before `cap`"
        raise UsageError(f"`{name}=` selects no servers", hint=hint)
