"""The words that send commands: `run`, `sudo`, `capture`, `test`, `exists`, `script`.

Rule: each works on all servers of the wave in parallel, and is one order to `sending`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, overload

from capify.blocks import Line
from capify.engine.preview import DecidedWhileRunning
from capify.engine.scene import Scene, scene
from capify.engine.sending import SKIPPED, Narrowing, Order, Spelled, send
from capify.errors import CommandFailed, RecipeError, ServersDisagree, TaskFailed
from capify.machines import Server, grouped
from capify.outcomes import LOST, Answers, Result, Results
from capify.places import Place, here, short
from capify.recipe.tasks import Where
from capify.shell import Word, quote

Target = Server | str | Iterable[Server | str]
NOT_RUN = 126  # a shell's statuses from here on say that the question itself could not be asked


def run(
    command: Spelled,
    *,
    on: Target | None = None,
    roles: str | Iterable[str] | None = None,
    where: Where | None = None,
    once: bool = False,
    check: bool = True,
    stdin: str | bytes | Path | None = None,
    env: Mapping[str, Word] | None = None,
    answers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    silence: float | None = None,
    user: str = "",
) -> Results:
    """Run a command on all servers of the wave, in parallel; returns every server's result.

    `command` is shell text, a list of words (quoted), or a function of the server that gives either. If a server fails,
    all finish this command, then `CommandFailed` carries every result; `check=False` returns instead. `on`, `roles`,
    `where`, `once` narrow. `answers` maps a prompt to its reply. `timeout` and `silence` are seconds, 0 is no bound
    (default: the settings `command_timeout` and `silence`).
    """
    place = here()
    line = Line("", "", stdin=_input(stdin, place), answers=tuple((answers or {}).items()))
    order = Order(
        command, place, Narrowing(on, roles, where, once), line,
        check=check, user=user, variables=tuple((env or {}).items()), timeout=timeout, silence=silence,
    )  # fmt: skip
    return send(scene(), order)


def sudo(command: Spelled, *, user: str = "root", **options: Any) -> Results:
    """Run a command as another user (root), by `sudo -n`; takes what `run` takes.

    It never waits for a password: where sudo wants one, it fails at once. Answers to Capistrano's `sudo`.
    """
    known = {"check", "stdin", "env", "answers", "timeout", "silence"}
    Narrowing.read({name: value for name, value in options.items() if name not in known}, here())
    return run(command, user=user, **options)


@overload
def capture(command: Spelled, *, once: bool = False, each: Literal[False] = False, **options: Any) -> str: ...
@overload
def capture(command: Spelled, *, each: Literal[True], **options: Any) -> dict[Server, str]: ...
def capture(command: Spelled, *, once: bool = False, each: bool = False, **options: Any) -> str | dict[Server, str]:
    """Ask every server of the wave, by a command that changes nothing; returns the one answer if all agree.

    The answer is its output without the final line end. Raises `ServersDisagree` with the groups, `CommandFailed`.
    `once=True` asks the first (primary first); `each=True` returns every server's answer.
    """
    place = here()
    results = _ask(command, place, once=once, **options)
    _refuse_truncated(results, place)
    answers = {server: result.text for server, result in results.items()}
    return answers if each else _agreed(answers, f"`{_name(results)}`", place)


def test(command: Spelled, *, once: bool = False, **options: Any) -> bool:
    """Ask every server whether a command succeeds; returns the one answer if all agree, else `ServersDisagree`."""
    place = here()
    results = _ask(command, place, once=once, check=False, **options)
    broken = results.where(lambda result: result.status >= NOT_RUN or bool(result.note))
    if broken:
        raise CommandFailed(results, place=place)
    said = {server: str(result.status == 0) for server, result in results.items()}
    return _agreed(said, f"`{_name(results)}`", place) == "True"


test.__test__ = False  # type: ignore[attr-defined]  # else pytest takes the word for a test where it is imported


def exists(path: Word, *, once: bool = False, **options: Any) -> bool:
    """Ask every server whether a file, folder or link is there; returns the one answer if all agree."""
    try:
        name = quote(path)
    except ValueError as error:
        raise RecipeError(str(error), place=here()) from None
    return test(f"test -e {name} || test -L {name}", once=once, **options)


def script(
    text: Spelled,
    *,
    reads: bool = False,
    changes: bool = True,
    stdin: str | bytes | Path | None = None,
    timeout: float | None = None,
    silence: float | None = None,
    shown: str = "",
    **narrowing: Any,
) -> dict[Server, Answers]:
    """Run a whole script on each server in one round trip; returns what each printed as `name<TAB>value` lines.

    For authors of deployments. `reads=True` promises that it changes nothing, so a dry run asks it too; any other is
    previewed, and what it would have answered is not known. `changes=False` says that what it writes is no change worth
    telling, such as a lock. `shown` names it in output. Raises `CommandFailed`.
    """
    place, now = here(), scene()
    given = _input(stdin, place)
    line = Line("", shown, reads=reads, quiet=True, stdin=given)
    narrowed = Narrowing.read(narrowing, place)
    order = Order(text, place, narrowed, line, timeout=timeout, silence=silence, changes=changes)
    try:
        results = send(now, order)
    except CommandFailed as error:
        error.results = complaints(error.results)
        raise
    return {server: Answers(result.stdout) for server, result in _answered(now, results, place).items()}


def complaints(results: Results) -> Results:
    """Leave the answers of a script that failed out, where it complained: those were for Capify, and not for people."""
    from dataclasses import replace

    mute = {one.server: replace(one, out=b"") for one in results.failed.values() if one.stderr.strip()}
    return Results({server: mute.get(server, result) for server, result in results.items()})


def _ask(command: Spelled, place: Place, *, once: bool, check: bool = True, **options: Any) -> Results:
    now = scene()
    env = tuple((options.pop("env", None) or {}).items())
    user = options.pop("user", "")
    bounds = {name: options.pop(name) for name in ("timeout", "silence") if name in options}
    narrowing, line = Narrowing.read({**options, "once": once}, place), Line("", "", reads=True, quiet=True)
    try:
        results = send(now, Order(command, place, narrowing, line, check=check, user=user, variables=env, **bounds))
    except CommandFailed as error:
        if _may_be_undecided(now):
            text = f"`{_name(error.results)}` can only be asked when what comes before it is done"
            raise DecidedWhileRunning(text) from error
        raise
    return _answered(now, results, place)


def _answered(now: Scene, results: Results, place: Place) -> Results:
    """Keep the answers that were given: not of servers that the task goes on without, nor of those never asked."""
    kept = results.where(lambda result: result.server not in now.dropped)
    if any(result.note == SKIPPED for result in kept.values()):
        raise TaskFailed(f"`{_name(results)}` was {SKIPPED}, and the recipe needs its answer", place=place)
    return kept


def _may_be_undecided(now: Scene) -> bool:
    """Tell whether a question that fails may depend on what a dry run only previewed."""
    return now.invocation.dry and bool(now.invocation.previewed)


def _agreed(answers: Mapping[Server, str], what: str, place: Place) -> str:
    groups = grouped(answers)
    if len(groups) > 1:
        raise ServersDisagree(what, groups, place=place)
    return next(iter(groups))


def _refuse_truncated(results: Results, place: Place) -> None:
    cut = {server: result for server, result in results.items() if result.truncated}
    if cut:
        said = {server: _with_note(result) for server, result in results.items()}
        raise CommandFailed(Results(said), place=place, hint="download the output as a file instead")


def _with_note(result: Result) -> Result:
    from dataclasses import replace

    return replace(result, status=LOST, note="its output is too long to capture") if result.truncated else result


def _name(results: Results) -> str:
    return next(iter(results.values())).command


def _input(given: str | bytes | Path | None, place: Place) -> bytes | Path | None:
    """Take what a command is to read: text, bytes, or a file; a relative one starts from the capfile, as everywhere."""
    if not isinstance(given, Path):
        return given.encode() if isinstance(given, str) else given
    file = scene().invocation.book.root / given
    if not file.is_file():
        hint = "a relative name starts from the folder of the capfile"
        raise RecipeError(f"there is no file `{short(str(file))}` to read from", place=place, hint=hint)
    return file
