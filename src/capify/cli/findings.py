"""What `cap check` finds: one thing to mend, at one line. A value."""

from dataclasses import dataclass

from capify.errors import CapifyError
from capify.places import Place


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a recipe that is wrong, or probably not meant; `hint` is the one thing to try."""

    place: Place
    text: str
    hint: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """How it is shown: with file and line, the hint below."""
        first, *more = f"{self.place}: {self.text}".splitlines()
        return (first, *(f"  {line.strip()}" for line in [*more, *self.hint.splitlines()]))


def of_error(error: CapifyError, otherwise: Place) -> Finding:
    """Make a finding of what loading a recipe raised."""
    return Finding(error.place or otherwise, error.message, error.hint)
