"""`cap STAGE console`: Python at a prompt, inside an invocation; each line acts as a line of a task's body would."""

import code
import sys
import traceback
from types import CodeType
from typing import Any, Final

import capify
from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.console_names import Names
from capify.cli.prompting import attempt, history, interactive, prompt, read, write
from capify.cli.voice import complain
from capify.errors import CapifyError
from capify.outcomes import Results
from capify.recipe.book import Book
from capify.reporters.log import state_folder
from capify.reporters.text import harmless

FILE: Final = "console"  # what places of lines are called


def show(asked: Asked) -> Answer:
    """Answer `cap console`. Without a terminal, what standard input says is run as the body of one task."""
    book, environment = asked.book, asked.arguments.environment
    names = names_of(book)

    def session() -> None:
        if not interactive():
            exec(compile(sys.stdin.read(), "standard input", "exec"), names)  # noqa: S102 - to run it is the point
            return
        with history(state_folder(environment) / "history" / "console", Names(names).complete):
            _Prompt(names).interact(_banner(book), "")

    return Answer(status=prompt(asked, "console", session))


def names_of(book: Book) -> dict[str, Any]:
    """Gather what a line may speak of: every word of recipes, and the project's tasks and namespaces by their names."""
    from capify.recipe.handles import TaskHandle
    from capify.recipe.namespaces import Namespace

    found: dict[str, Any] = {"__name__": "__console__", "__builtins__": __builtins__}
    for name, task in book.tasks.items():
        head, colon, _ = name.partition(":")
        if colon:
            found[head] = Namespace(head)
        else:
            found.setdefault(name, TaskHandle(name, task.body))
    return found | {word: getattr(capify, word) for word in capify.__all__}


class _Prompt(code.InteractiveConsole):
    """Python's own prompt, for lines that act on servers."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names, FILE)

    def raw_input(self, prompt: str = "") -> str:
        return read(prompt)

    def runcode(self, code: CodeType) -> None:
        before, sys.displayhook = sys.displayhook, _display
        try:
            error = attempt(lambda: exec(code, self.locals))  # noqa: S102 - as above
        finally:
            sys.displayhook = before
        if error is not None:
            _tell(error)


def _banner(book: Book) -> str:
    stage = f"stage `{book.stage}`" if book.stage else "no stage"
    return f'Python, with {stage}, its `config`, tasks and words: `run("uptime")`. Ctrl-D leaves.'


def _display(value: object) -> None:
    """Show what a line is worth; results were shown as they came."""
    if value is not None and not isinstance(value, Results):
        write(harmless(repr(value)))


def _tell(error: BaseException) -> None:
    """Say what became of a line, as `cap` would; an error of the line itself as Python does."""
    if isinstance(error, CapifyError):
        complain(error)
    else:
        sys.stderr.writelines(f"{harmless(line)}\n" for line in _lines(error))


def _lines(error: BaseException) -> list[str]:
    if isinstance(error, KeyboardInterrupt):
        return ["interrupted"]
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != FILE:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).splitlines()
