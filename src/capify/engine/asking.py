"""The words that speak with the operator and the invocation: `ask`, `confirm`, `abort`, `invoke`, `dry_run`."""

from dataclasses import dataclass
from typing import Any, NoReturn

from capify.engine.scene import scene
from capify.errors import Aborted, RecipeError, Refused
from capify.events import LiveNow, Notice, OutputLine, Warned
from capify.machines import Server
from capify.places import here
from capify.recipe.definition import called_by_name, hook_target
from capify.recipe.handles import TaskHandle, perform
from capify.recipe.namespaces import Namespace


def ask(question: str, default: str | None = None, *, secret: bool = False) -> str:
    """Ask the operator; an empty answer means the default. Raises `Refused` where nobody can answer."""
    shown = f"{question} [{default}]" if default and not secret else question
    answer = scene().invocation.terminal.ask(f"{shown}: ", secret=secret)
    return default if not answer and default is not None else answer


def confirm(question: str) -> None:
    """Ask for a yes; anything else aborts the invocation."""
    place = here()
    if scene().invocation.terminal.ask(f"{question} [y/N]: ").strip().lower() not in {"y", "yes"}:
        raise Aborted(f"not confirmed: {question}", place=place)


def abort(message: str, exit: int = 1) -> NoReturn:  # noqa: A002 - the word that users know
    """End the invocation with a message and an exit status, from 1 to 255."""
    place = here()
    if not (isinstance(exit, int) and 0 < exit < 256):
        hint = "to end well, return from the task"
        raise RecipeError(f"`abort` takes an exit status from 1 to 255, not {exit!r}", place=place, hint=hint)
    raise Aborted(str(message), exit, place=place)


def invoke(name: str | TaskHandle[..., Any] | Namespace, *args: Any, **kwargs: Any) -> Any:
    """Run a task by name, with its hooks; answers to Capistrano's `find_and_execute_task`."""
    called, body = hook_target(name)
    if body is not None:
        hint = "call it, or mark it `@task`"
        raise RecipeError(f"{called_by_name(body)} is a function, not a task", place=here(), hint=hint)
    return perform(called, args, kwargs)


@dataclass(frozen=True, slots=True)
class Called:
    """How this invocation was called: its id, by which its log is found, and the words of the command line."""

    id: str
    words: tuple[str, ...] = ()


def invocation() -> Called:
    """Give this invocation's id and words, to be noted where others will read them."""
    now = scene().invocation
    return Called(now.id, now.words)


def wave() -> tuple[Server, ...]:
    """Give the servers that this task works on now; none for a local one."""
    return scene().servers


def dry_run() -> bool:
    """Whether this is a dry run (`-n`)."""
    return scene().invocation.dry


def live_now(server: Server, release: str, revision: str = "", *, published: bool = False) -> None:
    """State, for the end table, what is live on a server; and whether this invocation made it so.

    For authors of deployments. What was published is said after a later failure that does not take it back.
    """
    invocation = scene().invocation
    invocation.published.pop(server, None)
    if published:
        invocation.published[server] = release
    fact = LiveNow(server, release, revision)
    invocation.live[server] = fact
    invocation.emit(fact)


def excuse(server: Server, reason: str) -> None:
    """Go on without a server, from here to the end; the invocation ends with exit status 4, and says why.

    For authors of deployments: what was begun there must have been undone. Raises `Refused` for the last server.
    """
    invocation = scene().invocation
    if not any(one not in invocation.excused for one in scene().wave if one != server):
        raise Refused(f"there is no other server to go on with: {reason}", place=here())
    invocation.excused[server] = reason
    invocation.emit(Warned(f"`{server}` is left out from here: {reason}"))


def say(text: str, *, on: Server | None = None) -> None:
    """Tell the operator something, among the progress; `on` a server, as if that server had said it: as data."""
    emit = scene().invocation.emit
    for line in str(text).splitlines():
        emit(Notice(line) if on is None else OutputLine(on, "out", line))
