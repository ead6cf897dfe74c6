"""Typed answers: which reply a program's prompt gets. Pure."""

from collections.abc import Sequence

from capify.events import Stream

MEMORY = 4096  # characters of the last output in which a prompt is looked for


class Answers:
    """Prompts and replies of one line; a prompt is what the output of either stream ends with."""

    def __init__(self, answers: Sequence[tuple[str, str]]) -> None:
        self._answers = [(prompt.rstrip().encode(), f"{reply}\n".encode()) for prompt, reply in answers]
        self._tails: dict[str, bytes] = {"out": b"", "err": b""}

    def hear(self, stream: Stream, data: bytes) -> bytes:
        """Take output; return what is to be typed now, if anything. Blanks behind a prompt do not matter."""
        tail = (self._tails[stream] + data)[-MEMORY:]
        self._tails[stream] = tail
        for prompt, reply in self._answers:
            if prompt and tail.rstrip().endswith(prompt):
                self._tails[stream] = b""
                return reply
        return b""
