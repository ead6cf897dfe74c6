"""From the words of a command line, without its stage, to their plan."""

from collections.abc import Callable, Sequence

from capify.errors import UsageError
from capify.plan.calls import Call, calls
from capify.plan.planner import NoServers, Plan, plan
from capify.plan.selection import Filters
from capify.recipe.book import Book, opened
from capify.recipe.tasks import Task
from capify.wording import ticked


def plan_line(book: Book, words: Sequence[str], filters: Filters) -> Plan:
    """Understand every word, and plan what they mean. Raises `UsageError` or `RecipeError` where that is impossible."""
    if not words:
        stage = f"{book.stage} " if book.chosen == "named" else ""
        raise UsageError("there is no task to run", hint=f"`cap {stage}-T` lists the tasks")
    return _planned(book, words[0], lambda: calls(book, words), filters)


def plan_typed(book: Book, task: Task, filters: Filters, *, typed: str) -> Plan:
    """Plan a task that no recipe declares: a command that was `typed`, or a prompt for commands. Raises as above."""
    return _planned(book, typed, lambda: (Call(task),), filters)


def _planned(book: Book, typed: str, called: Callable[[], Sequence[Call]], filters: Filters) -> Plan:
    try:
        with opened(book):
            return plan(book, called(), filters)
    except NoServers as error:
        if book.stage is None and book.stages:
            names = book.stages.names
            unnamed = "no stage is named; " if error.there else ""
            error.hint = f"{unnamed}stages are {ticked(names)}: `cap {names[0]} {typed}`"
            if not error.there:
                error.message = "no stage is named, and no server is declared for all of them"
        raise
