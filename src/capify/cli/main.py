"""The table of contents of `cap`: words → a value → recipes → a plan → what came of it → an exit status."""

import os
from collections.abc import Sequence

from capify import __version__
from capify.cli.answers import Answer
from capify.cli.arguments import Arguments, parse
from capify.cli.exits import BROKEN_PIPE
from capify.cli.voice import blame, complain, silence, tell, warn, width
from capify.errors import CapifyError, Interrupted, UsageError


def main(argv: Sequence[str]) -> int:
    """Answer one command line; returns the exit status. Never raises."""
    if argv[:1] == [":complete"]:
        from capify.cli.completion_entry import complete

        return complete(argv[1:])
    debug = "--debug" in argv
    try:
        return _answer(argv)
    except CapifyError as error:
        return complain(error, debug=debug)
    except KeyboardInterrupt:
        return complain(Interrupted("interrupted"))
    except BrokenPipeError:
        silence()
        return BROKEN_PIPE
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what nobody foresaw is told in full
        return blame(error, debug=debug)


def _answer(argv: Sequence[str]) -> int:
    arguments = parse(argv, os.environ)
    if arguments.version and not arguments.help:
        return tell(Answer((f"Capify {__version__}",)))
    from capify.cli.help import page

    shown = page(arguments)
    if shown is not None:
        return tell(shown)
    os.environ.update(arguments.pairs)  # recipes and the programs they start see `NAME=value` as environment
    if arguments.tasks or arguments.explain is not None:
        return _list(arguments)
    if arguments.all or "," in arguments.first:
        return _each_stage(arguments, argv)
    return _perform(arguments)


def _list(arguments: Arguments) -> int:
    from capify.cli import listing
    from capify.cli.commands import refuse_switches
    from capify.cli.requests import book_to_explain, book_to_list

    refuse_switches(arguments)
    if arguments.command:
        raise UsageError("a command behind `--` has no place in a list", hint="leave out what stands behind `--`")
    if arguments.explain is not None:
        book = book_to_explain(arguments)
        warn(book.warnings)
        return tell(listing.explain(book, arguments.explain, width=width()))
    book, patterns = book_to_list(arguments)
    every = arguments.verbose > 0
    if arguments.tool:
        return tell(listing.names(book, patterns, every=every))
    warn(book.warnings)
    return tell(listing.tasks(book, patterns, every=every, width=width()))


def _each_stage(arguments: Arguments, argv: Sequence[str]) -> int:
    from capify.cli.requests import request_of
    from capify.cli.several import invoke_each
    from capify.cli.status import asks_each, show_each

    if asks_each(arguments):
        return tell(show_each(arguments, argv))
    return invoke_each(arguments.first.split(","), argv, request_of(arguments, ()))


def _perform(arguments: Arguments) -> int:
    """Answer a command of `cap` itself, or invoke tasks."""
    from capify.cli.asked import Asked
    from capify.cli.commands import entry, refuse_switches
    from capify.cli.requests import book_for, request_of

    book = book_for(arguments)
    words = arguments.words if book is None or book.chosen != "named" else arguments.behind(book.stage or "")
    if arguments.command:
        from capify.cli.oneoff import run_typed

        refuse_switches(arguments)
        assert book is not None, "a command for servers needs recipes"
        return run_typed(book, words, arguments)
    command = entry(words[0], book) if words else None
    if command is not None:
        refuse_switches(arguments, command.switches)
        if book is not None and not command.acts:
            warn(book.warnings)
        return tell(command.load()(Asked(arguments, request_of(arguments, ()), words[1:], book, width())))
    refuse_switches(arguments)
    assert book is not None, "what is no command needs recipes"
    from capify.cli.invoking import invoke_tasks

    return invoke_tasks(book, words, arguments)
