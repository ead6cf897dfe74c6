"""From the words of a command line to its plan, with hints for those who typed them. The planner does the rest."""

from collections.abc import Mapping, Sequence

from capify.cli.commands import COMMANDS
from capify.errors import UsageError
from capify.plan.calls import calls
from capify.plan.planner import NoServers, Plan, plan
from capify.plan.selection import filters_of
from capify.recipe.book import Book, opened
from capify.wording import ticked


def plan_words(book: Book, words: Sequence[str], environment: Mapping[str, str]) -> Plan:
    """Understand every word, and plan what they mean. Raises `UsageError` or `RecipeError` where that is impossible."""
    if not words:
        stage = f"{book.stage} " if book.chosen == "named" else ""
        raise UsageError("there is no task to run", hint=f"`cap {stage}-T` lists the tasks")
    for word in words[1:]:
        if word.removeprefix(":") in COMMANDS and word not in book.tasks:
            raise UsageError(f"`{word}` is a command of `cap`, and stands alone", hint="`cap -h` shows its use")
    try:
        with opened(book):
            return plan(book, calls(book, words), filters_of(environment))
    except NoServers as error:
        if book.stage is None and book.stages:
            names = book.stages.names
            error.hint = f"no stage is named; stages are {ticked(names)}: `cap {names[0]} {words[0]}`"
        raise
