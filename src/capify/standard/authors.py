"""Who writes on servers, and how that is noted there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: the token of the lock, a word that only this invocation knows; and what others may read about it."""

    token: str
    who: str = ""
    invocation: str = ""
    servers: tuple[str, ...] = ()  # all that take part

    @property
    def values(self) -> dict[str, str]:
        """The variables of a script."""
        return {
            "token": self.token,
            "who": one_line(self.who),
            "invocation": one_line(self.invocation),
            "servers": " ".join(self.servers),
        }


def one_line(text: str) -> str:
    """Make text one line of what can be printed."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
