"""The client's side of the courier's protocol: bytes in, messages and bytes out. It performs no I/O and knows no time.

To the server, in lines of words; ids are decimal and ascending:

    M mark session grace              first: a courier for many commands (grace in tenths of a second)
    O mark session grace id lines raw first: one command only; what follows its text is its input (raw: 0 none, 1 all)
    R id chain size input             run: then the text (`size` lines, or `B` and bytes), then `input` bytes for it
    K id group                        stop it: TERM, grace, KILL, until nothing of it is left
    A id / F id                       adopt, forget a command that runs in a channel of its own
    P seconds                         renew the lease (0: none)
    Q                                 that was all

From the server, on stdout and stderr: output, and frames (marker, words, line end): H hello, b begun, e ended,
k stopped, P pong, D the executor died.

Rule: what the server says is checked for form and for sense; what makes none is ignored, never an error.
Rule: a result is complete when its `e` came on both streams; each is in order by itself, not with the other.
"""

import secrets
from collections import deque
from dataclasses import dataclass, field

from capify.courier.frames import Framer
from capify.courier.messages import Begun, Ended, ExecutorDied, Hello, Message, Output, Pong, Stopped
from capify.courier.script import RECORD, exec_request
from capify.events import Stream

LONG_TEXT = 16 * 1024  # bytes of text from which it is counted in bytes: a shell reads lines byte by byte


class Session:
    """One courier, or (made by `single`) one channel that runs a single command."""

    def __init__(self, *, grace: float, shell: str = "/bin/sh") -> None:
        self.tag = secrets.token_hex(8)
        self._mark = secrets.token_hex(16)
        self._nonce = secrets.token_hex(8)
        self._grace = max(1, round(grace * 10))
        self._shell = shell
        self._framers = {name: Framer(f"{RECORD}{self._nonce}".encode()) for name in ("out", "err")}
        self._greeted: set[str] = set()
        self._out: list[bytes] = []
        self._last = 0
        self._commands: dict[int, _Command] = {}
        self._order: dict[str, deque[int]] = {"out": deque(), "err": deque()}
        self._first = f"M {self._mark} {self.tag} {self._grace}\n".encode()

    def single(self, number: int, text: str, *, takes_input: bool) -> "Session":
        """Make the session of a channel of its own, for a command whose number was adopted from here."""
        session = Session(grace=1, shell=self._shell)
        session.tag = self.tag
        session._expect(number)
        body = _body(text)
        words = f"{session._mark} {self.tag} {self._grace} {number} {_lines(body)} {int(takes_input)}"
        session._first = f"O {words}\n".encode() + body
        return session

    @property
    def request(self) -> str:
        """The command that starts it on the server."""
        return exec_request(self._nonce, self._shell)

    def outgoing(self) -> bytes:
        """Take what must be sent now."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def run(self, text: str, *, chain: int = 0, stdin: bytes = b"") -> int:
        """Queue a command and return its number. When one fails, the rest of its chain is skipped."""
        self._last += 1
        self._expect(self._last)
        body = _body(text)
        size = f"B{len(body)}" if len(body) > LONG_TEXT else _lines(body)
        self._send(f"R {self._last} {chain or self._last} {size} {len(stdin)}", body + stdin)
        return self._last

    def stop(self, number: int) -> None:
        """Have a command stopped; one that has not begun, and so has no group yet, when it begins."""
        command = self._commands.get(number)
        if command is None or command.stopping:
            return
        command.stopping = True
        if command.group is not None:
            self._send(f"K {number} {command.group}")

    def adopt(self) -> int:
        """Number a command that will run in a channel of its own; it dies with this courier, if it is still running."""
        self._last += 1
        self._send(f"A {self._last}")
        return self._last

    def stop_adopted(self, number: int, group: int) -> None:
        """Have an adopted command stopped; its group is 0 if it is not known."""
        self._send(f"K {number} {group}")

    def forget(self, number: int) -> None:
        """Say that an adopted command has ended: what it left running shall live."""
        self._send(f"F {number}")

    def ping(self, lease: float) -> None:
        """Renew the lease: without another ping, all ends in this many seconds."""
        self._send(f"P {round(lease)}")

    def quit(self) -> None:
        """Say that the end of the stream will not be an accident."""
        self._send("Q")

    def receive(self, stream: Stream, data: bytes) -> list[Message]:
        """Take bytes of a stream; return what they tell."""
        messages: list[Message] = []
        for piece in self._framers[stream].feed(data):
            if isinstance(piece, bytes):
                messages.append(self._output(stream, piece))
            else:
                messages += self._frame(stream, piece)
        return messages

    def finished(self, stream: Stream) -> list[Message]:
        """Take the end of a stream; return what was still held back."""
        rest = self._framers[stream].rest()
        return [self._output(stream, rest)] if rest else []

    def _expect(self, number: int) -> None:
        self._commands[number] = _Command()
        for order in self._order.values():
            order.append(number)

    def _send(self, words: str, data: bytes = b"") -> None:
        self._out.append(f"{words}\n".encode() + data)

    def _output(self, stream: Stream, data: bytes) -> Output:
        order = self._order[stream]
        return Output(order[0] if order and stream in self._greeted else None, stream, data)

    def _frame(self, stream: Stream, words: tuple[str, ...]) -> list[Message]:
        match stream, words:
            case _, ("H", *facts) if stream not in self._greeted:
                return self._hello(stream, facts)
            case "out", ("b", number, group) if _counts(number, group):
                return self._begun(int(number), int(group))
            case _, ("e", number, status) if _counts(number) and (_counts(status) or status == "skip"):
                return self._ended(stream, int(number), status)
            case "out", ("k", number, left) if _counts(number, left):
                return [Stopped(int(number), int(left))]
            case "out", ("P",):
                return [Pong()]
            case "out", ("D", _):
                return [ExecutorDied()]
        return []

    def _hello(self, stream: Stream, facts: list[str]) -> list[Message]:
        self._greeted.add(stream)
        self._framers[stream].expect(f"{RECORD}{self._mark}".encode())
        if stream == "err":
            return []
        # The marker goes out only now. Before the hello, what reads our input may be a start-up file.
        self._out.insert(0, self._first)
        lacks = next((fact.removeprefix("lacks=") for fact in facts if fact.startswith("lacks=")), "")
        return [Hello(tuple(lacks.split(",")) if lacks else ())]

    def _begun(self, number: int, group: int) -> list[Message]:
        command = self._commands.get(number)
        if command is None or command.group is not None:
            return []
        command.group = group
        if command.stopping:
            self._send(f"K {number} {group}")
        return [Begun(number, group)]

    def _ended(self, stream: Stream, number: int, status: str) -> list[Message]:
        order = self._order[stream]
        if not order or order[0] != number:
            return []
        order.popleft()
        command = self._commands[number]
        command.ended.add(stream)
        if len(command.ended) < len(self._order):
            return []
        del self._commands[number]
        return [Ended(number, None if status == "skip" else _meant(int(status)))]


@dataclass(slots=True)
class _Command:
    group: int | None = None
    stopping: bool = False
    ended: set[str] = field(default_factory=set)


def _body(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\n"


def _lines(body: bytes) -> str:
    return str(body.count(b"\n"))


def _counts(*words: str) -> bool:
    return all(word.isascii() and word.isdigit() and len(word) < 12 for word in words)


def _meant(status: int) -> int:
    """Read the status as most shells would give it: ksh93 says 256 + n for signal n, yash 384 + n."""
    return 128 + status % 128 if status > 255 else status
