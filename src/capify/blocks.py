"""What goes to a server: plain data, so that it could as well go to another process first.

Rule: a block is for one server. A remote runs its lines in order and stops at the first that fails.
"""

from dataclasses import dataclass
from pathlib import Path

KEEP = 64 * 1024 * 1024  # bytes of one command's output that its result keeps; the rest is shown, and dropped


@dataclass(frozen=True, slots=True)
class Line:
    """One rendered command.

    `shown` is what people see of it. `reads` promises that it changes nothing. `stdin` is given to it whole, from
    memory or from a file of the operator's; without one it reads end-of-file. `into` receives its output, unshown.
    `silence` and `timeout` are seconds without output, and in all (0: no bound). `answers` maps a prompt (text that
    its output ends with) to what is typed then. `quiet` output is collected and not shown.
    """

    text: str
    shown: str
    reads: bool = False
    stdin: bytes | Path | None = None
    into: Path | None = None
    silence: float = 0
    timeout: float = 0
    answers: tuple[tuple[str, str], ...] = ()
    quiet: bool = False
    keep: int = KEEP


@dataclass(frozen=True, slots=True)
class Block:
    """Commands for one server, to be run one after the other, until one fails."""

    lines: tuple[Line, ...]

    @property
    def reads(self) -> bool:
        """Whether nothing in it changes anything."""
        return all(line.reads for line in self.lines)
