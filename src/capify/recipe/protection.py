"""Protected stages: reached by their name alone, and confirmed before anything connects."""

from capify.errors import Refused
from capify.ports import Terminal
from capify.recipe.book import Book


def admit(book: Book, confirmed: str | None, terminal: Terminal, *, spelled: str = "--confirm ") -> None:
    """Let an invocation go on to its stage, or not: asks for the name on a terminal. Raises `Refused`.

    `confirmed` is what `--confirm` says; the stage must be in it, whether that is protected or not. `spelled` is how it
    is said where there is no command line.
    """
    stage = book.stage
    if confirmed is not None and stage not in confirmed.split(","):
        chosen = f"the stage is `{stage}`" if stage else "there is no stage"
        raise Refused(f"`{spelled}{confirmed}` confirms another stage: {chosen}", hint="nothing was done")
    if stage is None or confirmed is not None or not _protected(book, stage):
        return
    if not terminal.interactive:
        raise Refused(f"stage `{stage}` is protected, and nobody is asked here", hint=f"give `{spelled}{stage}`")
    typed = terminal.ask(f"stage `{stage}` is protected; type its name to go on:").strip()
    if typed != stage:
        raise Refused(f"stage `{stage}` was not confirmed: `{typed}` was typed", hint="nothing was done")


def _protected(book: Book, stage: str) -> bool:
    """Whether the stage, or one that it inherits from, is protected."""
    family = (book.stages.known.get(name) for name in book.stages.lineage(stage))
    return any(one.protected for one in family if one is not None)
