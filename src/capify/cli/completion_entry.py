"""`cap :complete …`: what the completion scripts call. It answers with candidates, and with nothing else, ever.

Rule: recipes are read behind the guard: they ask, start and reach nothing; and what they print is lost.
Rule: a recipe that is broken, slow or absent means fewer candidates, not a complaint in the middle of a prompt.
"""

import gc
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from capify.cli.completion_values import Candidate
from capify.cli.completion_words import Typed, candidates
from capify.cli.requests import request_of
from capify.recipe.book import Book
from capify.recipe.guard import looking_only, watch_interpreter
from capify.recipe.loader import load

PATIENCE = 3.0  # seconds after which nobody waits for candidates any more
SPECIAL = re.compile(r"([^\w@%+=:,./~\[\]-])")  # what bash would not take as it is


def complete(argv: Sequence[str]) -> int:
    """Print candidates: for bash behind `bash LINE WORDBREAKS`, for others behind `SHELL WORD … CURRENT`."""
    gc.disable()  # a short life: looking for garbage would be a tenth of it
    with suppress(Exception), _alone() as out:
        shell, *rest = argv
        typed = _from_line(rest[0]) if shell == "bash" else Typed(tuple(rest[:-1]), rest[-1])
        found = dict.fromkeys(candidates(_book(typed), typed))
        lines = _for_bash(found, typed.current, rest[1]) if shell == "bash" else _with_docs(found)
        os.write(out, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    return 0


@contextmanager
def _alone() -> Iterator[int]:
    """Take the terminal away from whatever runs inside; gives where the answer goes. Ends the process when it hangs."""
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    out, nothing = os.dup(1), os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    yield out
    os.close(out)


def _book(typed: Typed) -> Book | None:
    """Load the stage that was typed, or the default one; as much of the recipes as can be read."""
    arguments = typed.arguments
    first = arguments.first.partition(",")[0]
    sys.dont_write_bytecode = True
    watch_interpreter()
    bare = replace(arguments, early=(), late=())  # a setting in the making must not spoil everything
    for given, words, reads_stage in ((arguments, (first,), True), (bare, (), True), (bare, (), False)):
        with suppress(BaseException), looking_only():
            return load(request_of(given, tuple(filter(None, words)), reads_stage=reads_stage))
    return None


def _from_line(line: str) -> Typed:
    """Take bash's line apart as bash does; a quote may still be open."""
    import shlex

    for closing in ("", "'", '"', "\\"):
        with suppress(ValueError):
            words = shlex.split(line + closing)
            break
    else:
        return Typed((), "")
    if line[-1:].isspace() and not closing:
        words.append("")
    return Typed(tuple(words[1:-1]), words[-1]) if len(words) > 1 else Typed((), "")


def _for_bash(found: Sequence[Candidate] | dict[Candidate, None], current: str, breaks: str) -> list[str]:
    """Leave out what stands before the last word break: bash replaces only what is behind it."""
    kept = max((current.rfind(sign) for sign in breaks if sign in ":=@"), default=-1) + 1
    return [SPECIAL.sub(r"\\\1", one.text[kept:]) for one in found]


def _with_docs(found: Sequence[Candidate] | dict[Candidate, None]) -> list[str]:
    return [f"{one.text}\t{' '.join(one.doc.split())}" for one in found]
