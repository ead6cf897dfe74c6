"""From arguments to recipes: which request each kind of command line makes of the loader."""

from pathlib import Path

from capify.cli.arguments import Arguments
from capify.cli.commands import COMMANDS, Entry
from capify.errors import CapifyError, UsageError
from capify.recipe.book import Book, canonical
from capify.recipe.discovery import shared_files
from capify.recipe.environment import set_from_outside
from capify.recipe.loader import load
from capify.recipe.request import Request


def request_of(arguments: Arguments, words: tuple[str, ...], *, reads_stage: bool = True) -> Request:
    """Ask the loader for recipes as these arguments say, for these words."""
    return Request(
        words=words,
        early=arguments.early,
        late=(*arguments.late, *_waits(arguments)),
        files=arguments.files,
        with_default=arguments.with_default,
        skip_user_file=arguments.skip_user_file,
        skip_system_file=arguments.skip_system_file,
        reads_stage=reads_stage,
        commands=frozenset(COMMANDS),
        environment=arguments.environment,
        cwd=_here(),
    )


def _waits(arguments: Arguments) -> tuple[tuple[str, str], ...]:
    """What `--wait` sets, for this invocation."""
    return () if arguments.wait is None else (("lock_wait", str(arguments.wait)),)


def book_to_list(arguments: Arguments) -> tuple[Book, tuple[str, ...]]:
    """Load what `-T` lists, with the patterns: its first word is the stage if it is one, all others are patterns.

    A pattern may look like a stage's name that is mistyped; so which stages there are is found out first.
    """
    words = arguments.bare
    if words:
        stages = load(request_of(arguments, (), reads_stage=False)).stages
        if words[0] not in stages:
            return load(request_of(arguments, ())), words
    return load(request_of(arguments, words[:1])), words[1:]


def book_to_explain(arguments: Arguments) -> Book:
    """Load what `-e TASK` explains; no word but the stage may stand beside it. Raises `UsageError`."""
    if len(arguments.words) > 1:
        text = f"`-e` explains one task, and there is `{arguments.words[1]}` too"
        raise UsageError(text, hint=f"write `cap [STAGE] -e {arguments.explain}`")
    book = load(request_of(arguments, arguments.words))
    if arguments.words and book.chosen != "named":
        raise UsageError(f"there is no stage `{arguments.first}`", hint=book.stages.hint(arguments.first))
    return book


def book_for(arguments: Arguments) -> Book | None:
    """Load what the words need. `None` for a command that needs no recipes, where there are none to be read.

    A command of `cap` needs less than a task of the same name; so the project's shared recipes are asked first
    whether there is such a task.
    """
    word = arguments.first
    command = COMMANDS.get(word.removeprefix(":"))
    if arguments.command or command is None or _reads_all(command, arguments):
        if _needs_no_recipes(arguments, command):
            return _bare(request_of(arguments, ()))
        return load(request_of(arguments, arguments.bare))
    if command.reads == "nothing" and word.startswith(":"):
        return None
    shared = _shared(arguments, command)
    if shared is None or word.startswith(":") or canonical(word) not in shared.tasks:
        return shared
    return load(request_of(arguments, arguments.bare))


def _needs_no_recipes(arguments: Arguments, command: Entry | None) -> bool:
    """Tell a command on hosts that the command line names, where there is no recipe: so Capistrano's `invoke` does."""
    acts = bool(arguments.command) or (command is not None and command.acts)
    if not acts or arguments.files or not (arguments.hosts or arguments.environment.get("HOSTS")):
        return False
    try:
        shared_files(request_of(arguments, ()))
    except UsageError:
        return True
    return False


def _bare(request: Request) -> Book:
    book = Book(request.cwd)
    set_from_outside(book, request)
    return book


def _reads_all(command: Entry, arguments: Arguments) -> bool:
    return command.reads == "stage" or (command.reads == "words" and len(arguments.bare) > 1)


def _shared(arguments: Arguments, command: Entry) -> Book | None:
    try:
        return load(request_of(arguments, arguments.bare, reads_stage=False))
    except CapifyError:
        if command.reads in {"nothing", "words"}:
            return None
        raise


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("the folder that you are in is gone", hint="go into the project's folder again") from None
