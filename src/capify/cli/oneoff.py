"""One-off commands: `cap STAGE -- COMMAND …`, and Capistrano's `cap invoke COMMAND=… [SUDO=1]`.

Rule: what was typed is a task like any other: the same plan, permission, output and exit status.
"""

from collections.abc import Sequence
from typing import Final

from capify.cli.answers import Answer
from capify.cli.arguments import Arguments
from capify.cli.asked import Asked
from capify.cli.invoking import invoke_plan
from capify.cli.planning import plan_task
from capify.errors import UsageError
from capify.places import Place
from capify.recipe.book import Book
from capify.recipe.tasks import Task
from capify.shell import Spelling

TYPED: Final = Place("command line")
NAME: Final = "typed command"  # with a space in it, so that no task of a recipe has this name, nor hooks on it
NO: Final = {"", "0", "no", "false", "off"}


def run_typed(book: Book, words: Sequence[str], arguments: Arguments) -> int:
    """Run what stands behind `--` on the selected servers; returns the exit status.

    One word is shell text, as in `run("ls | wc -l")`; several are words, and each arrives as it was typed. Raises
    `UsageError` where a task stands before it.
    """
    if words:
        hint = "behind `--` stands a command for the servers; run the task by itself"
        raise UsageError(f"`{words[0]}` and a command behind `--` are two things", hint=hint)
    typed = arguments.command
    return _run(book, typed[0] if len(typed) == 1 else list(typed), arguments, said="-- …")


def invoke(asked: Asked) -> Answer:
    """Answer `cap invoke COMMAND="uname -a" [SUDO=1]`."""
    asked.refuse_words("invoke")
    variables = asked.arguments.environment
    command = variables.get("COMMAND", "").strip()
    if not command:
        raise UsageError("`invoke` needs a command", hint='`cap invoke COMMAND="uname -a"`, or `cap -- uname -a`')
    user = "root" if variables.get("SUDO", "").lower() not in NO else ""
    return Answer(status=_run(asked.book, command, asked.arguments, said="invoke COMMAND=…", user=user))


def _run(book: Book, command: Spelling, arguments: Arguments, *, said: str, user: str = "") -> int:
    def body() -> None:
        from capify.engine.scene import scene
        from capify.engine.sending import Order, send

        send(scene(), Order(command, TYPED, user=user))

    task = Task(NAME, TYPED, body)
    return invoke_plan(book, lambda: plan_task(book, task, arguments, typed=said), arguments)
