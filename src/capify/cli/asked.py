"""What a command of `cap` itself works with."""

from collections.abc import Callable
from dataclasses import dataclass

from capify.cli.answers import Answer
from capify.cli.arguments import Arguments
from capify.errors import UsageError
from capify.recipe.book import Book
from capify.recipe.request import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command works with; `words` are those behind its name, `width` the terminal's, `None` without one."""

    arguments: Arguments
    request: Request
    words: tuple[str, ...] = ()
    read: Book | None = None
    width: int | None = None

    @property
    def book(self) -> Book:
        """What the recipes declare. Raises `UsageError` where there are no recipes."""
        if self.read is None:
            raise UsageError("there are no recipes here", hint="`capify .` writes some")
        return self.read

    def refuse_words(self, command: str, most: int = 0) -> None:
        """Refuse more words than a command takes. Raises `UsageError`."""
        if len(self.words) > most:
            raise UsageError(f"`{command}` does not know what to do with `{self.words[most]}`", hint="leave it out")


Command = Callable[[Asked], Answer]
