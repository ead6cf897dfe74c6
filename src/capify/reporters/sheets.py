"""Sheets: text streams that are written in whole lines, and may be taken away at any moment.

Rule: writing never raises. A stream that is gone is remembered in `lost`, and left alone from then on.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

_FALLBACKS = {"·": "-", "…": "..."}  # our own signs, for streams that cannot carry them


class Sheet:
    """A stream that takes lines, each as `inert` gives it; `lost` says why it no longer does."""

    def __init__(self, stream: TextIO, inert: Callable[[str], str] = str) -> None:
        self._stream = stream
        self._inert = inert
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self.lost: Exception | None = None

    @property
    def terminal(self) -> bool:
        """Whether somebody is looking at it."""
        with suppress(ValueError, OSError):
            return self._stream.isatty()
        return False

    def line(self, text: str) -> None:
        """Write a line, at once, so that two sheets on one terminal stay in order."""
        if self.lost is None:
            try:
                self._unblock()
                self._stream.write(self._spelled(self._inert(text)) + "\n")
                self._stream.flush()
            except (OSError, ValueError) as error:
                self.lost = error
                self._let_go()

    def _spelled(self, text: str) -> str:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            for sign, fallback in _FALLBACKS.items():
                text = text.replace(sign, fallback)
            return text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        return text

    def _unblock(self) -> None:
        """Make the stream wait for its reader: programs that share our terminal (ssh is one) switch that off."""
        with suppress(OSError, ValueError, AttributeError):
            number = self._stream.fileno()
            if not os.get_blocking(number):
                os.set_blocking(number, True)

    def _let_go(self) -> None:
        """Point a broken stream at nothing, or the interpreter complains of what is left in it when it ends."""
        with suppress(OSError, ValueError, AttributeError):
            number = self._stream.fileno()
            nothing = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            os.dup2(nothing, number)
            os.close(nothing)
