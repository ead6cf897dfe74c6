"""The words that run commands on the operator's own machine: `run_locally`, `capture_locally`."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capify.engine.preview import DecidedWhileRunning
from capify.engine.scene import Scene, scene
from capify.errors import RecipeError, TaskFailed
from capify.events import CommandEnded, CommandPreviewed, CommandStarted
from capify.machines import LOCAL, Server
from capify.outcomes import Result
from capify.places import Place, here
from capify.shell import Spelling, Word, render
from capify.shell import command as spelled


class LocalFailed(TaskFailed):
    """A command failed on the operator's machine; `result` has what it gave."""

    def __init__(self, result: Result, place: Place) -> None:
        self.result = result
        super().__init__(f"local command failed, {result.ending}: {result.command}", place=place)


def run_locally(
    command: Spelling,
    *,
    check: bool = True,
    cwd: str | Path | None = None,
    env: Mapping[str, Word] | None = None,
    timeout: float = 0,
) -> Result:
    """Run a command on the operator's machine, in the folder of the capfile; its output is shown as it comes.

    Raises `TaskFailed`, unless `check=False`. `timeout` is in seconds. A dry run shows it only.
    """
    place, now = here(), scene()
    shown = _spelled(command, env, place)
    if now.invocation.dry:
        now.invocation.previewed = True
        now.invocation.emit(CommandPreviewed(shown, ()))
        return _Previewed(Server(LOCAL), shown, 0, note="previewed")
    now.invocation.emit(CommandStarted(shown, ()))
    return _judged(_ran(now, shown, cwd, env, place=place, timeout=timeout), place, check=check)


def capture_locally(
    command: Spelling,
    *,
    check: bool = True,
    cwd: str | Path | None = None,
    env: Mapping[str, Word] | None = None,
    timeout: float = 0,
) -> str:
    """Ask the operator's machine, by a command that changes nothing; returns its output without the final line end."""
    place, now = here(), scene()
    shown = _spelled(command, env, place)
    result = _judged(_ran(now, shown, cwd, env, place=place, timeout=timeout, quiet=True), place, check=check)
    if result.truncated:
        hint = "let it write a file instead"
        raise TaskFailed(f"the output is too long to capture: {shown}", place=place, hint=hint)
    return result.text


class _Previewed(Result):
    """What a local command would have given: nobody knows."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name == "command":
            return super().__getattribute__(name)
        raise DecidedWhileRunning(f"it depends on what `{self.command}` gives")


def _spelled(command: Spelling, env: Mapping[str, Word] | None, place: Place) -> str:
    try:
        render(spelled(command).with_variables(env or {}))  # else the names and values would not be checked
        return render(spelled(command))
    except ValueError as error:
        raise RecipeError(str(error), place=place) from None


def _ran(
    now: Scene,
    shown: str,
    cwd: str | Path | None,
    env: Mapping[str, Word] | None,
    *,
    place: Place,
    timeout: float,
    quiet: bool = False,
) -> Result:
    from capify.engine.processes import Program, execute

    folder = now.invocation.book.root / Path(cwd or "").expanduser()
    if not folder.is_dir():
        raise TaskFailed(f"there is no folder `{folder}` to run a local command in", place=place)
    began = time.monotonic()
    variables = {name: str(value) for name, value in (env or {}).items()}
    program = Program(shown, folder, variables, timeout, quiet)
    perform = now.invocation.programs or execute
    result = now.invocation.loop.call(perform(program, now.invocation.emit))
    ended = time.monotonic() - began
    now.invocation.emit(CommandEnded(None, shown, result.status, result.note, ended, quiet))
    return result


def _judged(result: Result, place: Place, *, check: bool) -> Result:
    if check and not result.ok:
        raise LocalFailed(result, place)
    return result
