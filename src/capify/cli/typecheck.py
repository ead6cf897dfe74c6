"""Recipes under mypy, if there is one. It runs as a program of its own, and not with the application's configuration.

Rule: two recipes may have the same name in two folders; what one run of mypy cannot take goes into the next.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from capify.cli.findings import Finding
from capify.places import Place

OPTIONS = (
    "--no-error-summary", "--no-pretty", "--hide-error-context", "--no-color-output", "--show-absolute-path",
    "--check-untyped-defs", "--follow-imports=silent",
    "--config-file=",  # the application's own may be strict; recipes are scripts
    "--disable-error-code=no-redef",  # tasks of two namespaces may share a name
    "--disable-error-code=import-untyped", "--disable-error-code=import-not-found",  # loading has imported them
)  # fmt: skip
ERROR = re.compile(r"(?P<file>.+?):(?P<line>\d+): error: (?P<text>.*)")


def mypy() -> list[str]:
    """How mypy is started: this Python's own, or the one on the PATH; empty where there is none."""
    if find_spec("mypy") is not None:
        return [sys.executable, "-m", "mypy"]
    found = shutil.which("mypy")
    return [found, f"--python-executable={sys.executable}"] if found else []


def type_errors(files: Iterable[Path], root: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Check recipes; nothing where there is no mypy."""
    program = mypy()
    for batch in _batches(files) if program else ():
        done = subprocess.run(
            [*program, *OPTIONS, f"--cache-dir={_cache(environment)}", *map(str, batch)],
            cwd=root, capture_output=True, text=True, check=False,
            env={**os.environ, "MYPYPATH": os.pathsep.join(filter(None, [str(root), environment.get("MYPYPATH")]))},
        )  # fmt: skip
        found = [ERROR.fullmatch(line) for line in done.stdout.splitlines()]
        yield from (Finding(Place(one["file"], int(one["line"])), one["text"]) for one in found if one)
        if done.returncode and not any(found):
            said = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
            yield Finding(Place(str(batch[0])), f"mypy could not check it: {said[-1]}")


def _batches(files: Iterable[Path]) -> list[list[Path]]:
    """Put files of the same name into different batches."""
    batches: list[list[Path]] = []
    for file in files:
        free = (batch for batch in batches if file.stem not in {one.stem for one in batch})
        chosen = next(free, None)
        if chosen is None:
            batches.append([file])
        else:
            chosen.append(file)
    return batches


def _cache(environment: Mapping[str, str]) -> Path:
    """Where mypy remembers: not in the project."""
    home = environment.get("XDG_CACHE_HOME") or f"{environment.get('HOME', '/tmp')}/.cache"  # noqa: S108 - of no home
    return Path(home) / "capify" / "mypy"
