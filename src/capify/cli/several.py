"""Several stages joined by commas: `cap staging,production deploy` is one invocation for each, in order.

Rule: never a mixture. Each runs in a process of its own, and none begins unless all the names are stages.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from capify.cli.arguments import with_stage
from capify.cli.exits import worst
from capify.errors import UsageError
from capify.recipe.loader import load
from capify.recipe.request import Request
from capify.recipe.stages import Stages
from capify.wording import ticked


def invoke_each(names: Sequence[str], argv: Sequence[str], request: Request) -> int:
    """Invoke `cap` for one stage after the other, until one fails; returns the worst exit status.

    Raises `UsageError` for a name that is no stage, before anything is done.
    """
    refuse_strangers(names, load(replace(request, words=(), reads_stage=False)).stages)
    statuses: list[int] = []
    for name in names:
        statuses.append(start(with_stage(argv, name))[0])
        if statuses[-1]:
            break
    left = names[len(statuses) :]
    if left:
        ended = names[len(statuses) - 1]
        sys.stderr.write(f"cap: stage `{ended}` ended with exit status {statuses[-1]}; not begun: {ticked(left)}\n")
    return worst(statuses)


def refuse_strangers(names: Sequence[str], stages: Stages) -> None:
    """Refuse names that are no stages', or twice there. Raises `UsageError`."""
    for at, name in enumerate(names):
        if name not in stages:
            raise UsageError(f"there is no stage `{name}`", hint=stages.hint(name))
        if name in names[:at]:
            raise UsageError(f"stage `{name}` is named twice")


def start(argv: Sequence[str], *, captured: bool = False) -> tuple[int, str]:
    """Run one invocation; returns its exit status, and its standard output if that is to be captured.

    Ctrl-C reaches it by itself, and its undoing is waited for.
    """
    words = [sys.executable, "-P", "-m", "capify", *argv]
    out = ""
    with subprocess.Popen(words, stdout=subprocess.PIPE if captured else None, encoding="utf-8") as process:
        while True:
            try:
                out += process.communicate()[0] or ""
                break
            except KeyboardInterrupt:
                continue
    return process.returncode if process.returncode >= 0 else 128 - process.returncode, out
