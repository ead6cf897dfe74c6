"""`cap STAGE shell`: Capistrano's prompt. What is typed is a command, and runs on all selected servers at once.

Rule: it keeps Capistrano's words: `on HOST,… [COMMAND]`, `with ROLE,… [COMMAND]`, `!TASK …`, `exit`.
"""

from collections.abc import Callable
from typing import Final

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.oneoff import TYPED
from capify.cli.prompting import attempt, history, interactive, prompt, read, write
from capify.cli.voice import complain
from capify.errors import CapifyError, UsageError
from capify.recipe.book import Book
from capify.recipe.handles import perform
from capify.reporters.log import state_folder

HELP: Final = """\
COMMAND                 run it on all servers
on HOST,… COMMAND       run it on these servers; without a command: from now on, and `on all` ends that
with ROLE,… COMMAND     run it on the servers with one of these roles; the same
!TASK [name=value …]    run tasks
exit                    leave; Ctrl-D too"""


def show(asked: Asked) -> Answer:
    """Answer `cap shell`. Without a terminal, standard input gives the lines, and the first that fails ends it."""
    line = _Lines(asked.book)

    def session() -> None:
        with history(state_folder(asked.arguments.environment) / "history" / "shell"):
            while _turn(line):
                pass

    return Answer(status=prompt(asked, "shell", session))


class _Lines:
    """What lines mean, and which servers they go to."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._on: tuple[str, ...] | None = None
        self._roles: tuple[str, ...] | None = None

    @property
    def question(self) -> str:
        scope = f" on {','.join(self._on)}" if self._on else f" with {','.join(self._roles)}" if self._roles else ""
        return f"cap{scope}> "

    def run(self, text: str) -> None:
        """Do what a line says. Raises what `run` and tasks raise."""
        word, _, rest = text.partition(" ")
        if word in {"on", "with"} and rest.strip():
            names, _, command = rest.strip().partition(" ")
            self._narrowed(word, tuple(part for part in names.split(",") if part), command.strip())
        elif word == "help":
            write(HELP)
        elif word.startswith("!"):
            self._tasks(text[1:].split())
        else:
            _send(text, self._on, self._roles)

    def _narrowed(self, word: str, names: tuple[str, ...], command: str) -> None:
        everywhere = names == ("all",)
        on = names if word == "on" and not everywhere else None
        roles = names if word == "with" and not everywhere else None
        if command:
            _send(command, on, roles)
        else:
            self._on, self._roles = on, roles

    def _tasks(self, words: list[str]) -> None:
        from capify.plan.calls import calls

        if not words:
            raise UsageError("`!` is followed by a task", hint="`!deploy:restart`")
        for call in calls(self._book, words):
            perform(call.task.name, (), call.arguments)


def _turn(lines: _Lines) -> bool:
    """Read a line and do it; false at the end."""
    try:
        text = read(lines.question).strip()
    except EOFError:
        if interactive():
            write("")
        return False
    except KeyboardInterrupt:
        write("")
        return True
    if text in {"exit", "quit"}:
        return False
    if text:
        _done(lambda: lines.run(text))
    return True


def _done(work: Callable[[], None]) -> None:
    error = attempt(work)
    if error is None:
        return
    if not interactive() or not isinstance(error, CapifyError | KeyboardInterrupt):
        raise error
    if isinstance(error, CapifyError):
        complain(error)


def _send(command: str, on: tuple[str, ...] | None, roles: tuple[str, ...] | None) -> None:
    from capify.engine.scene import scene
    from capify.engine.sending import Narrowing, Order, send

    send(scene(), Order(command, TYPED, Narrowing(on=on, roles=roles)))
