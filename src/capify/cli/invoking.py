"""From arguments to an invocation: the plan, the permission, the manner; app.py does the rest."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TextIO, cast

from capify.cli.arguments import Arguments
from capify.cli.events import events_stream
from capify.cli.planning import plan_words
from capify.cli.voice import warn
from capify.errors import CapifyError, UsageError
from capify.plan.planner import Plan
from capify.recipe.book import Book
from capify.recipe.protection import admit
from capify.recipe.typos import meant
from capify.reporters.colour import wanted


def invoke_tasks(book: Book, words: Sequence[str], arguments: Arguments) -> int:
    """Plan, ask for permission, run; returns the exit status. Raises `CapifyError` before anything has connected."""
    return invoke_plan(book, lambda: plan_words(book, words, arguments), arguments)


def invoke_plan(book: Book, make: Callable[[], Plan], arguments: Arguments) -> int:
    """Do so for whatever plan this makes; returns and raises the same."""
    try:
        planned = make()
    except CapifyError:
        warn(book.warnings)  # what was probably not meant may be the cause
        raise
    with _progress(arguments) as err, events_stream(arguments) as events:
        from capify.app import Manner, invoke
        from capify.reporters.ci import system_of
        from capify.reporters.console import Console

        manner = Manner(
            words=tuple(arguments.words), dry=arguments.dry, asks=arguments.asks, verbosity=arguments.verbosity,
            colour=wanted(err, arguments.environment, cast("Literal['auto', 'always', 'never']", arguments.color)),
            no_input=arguments.no_input, debug=arguments.debug, out=sys.stdout, err=err, events=events,
            progress=cast("Literal['auto', 'live', 'plain']", arguments.progress),
            ci=system_of(arguments.environment) if err is sys.stderr else None,
            environment=arguments.environment, skips_unreachable=arguments.skip_unreachable,
        )  # fmt: skip
        admit(book, arguments.confirm, Console(err.flush, no_input=manner.no_input, environment=manner.environment))
        if arguments.password and not arguments.quiet:
            err.write("note: `-p` is not needed: ssh asks for a password when a server wants one\n")
        return invoke(book, planned, manner).status


@contextmanager
def _progress(arguments: Arguments) -> Iterator[TextIO]:
    """Open where the progress goes: `-l stdout`, `-l stderr` or a file, which it is appended to."""
    destination = arguments.log_to or "stderr"
    if destination.lower() in {"stderr", "stdout", "-"}:
        yield sys.stderr if destination.lower() == "stderr" else sys.stdout
        return
    right = meant(destination.lower(), ("stderr", "stdout"))
    if right and not Path(destination).exists():
        hint = f"did you mean `{right}`? A file of that name is `./{destination}`"
        raise UsageError(f"`-l {destination}`: there is no such stream, nor such a file yet", hint=hint)
    try:
        file = open(destination, "a", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115, PTH123 - closed below
    except OSError as error:
        hint = "`-l` takes `stdout`, `stderr` or a file"
        raise UsageError(f"cannot write to `{destination}`: {error.strerror}", hint=hint) from error
    with file:
        yield file
