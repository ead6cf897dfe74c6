"""Following a document: its files are written, its commands typed, and what they show is compared with what it says.

What a document may hold is written down in CONTRIBUTING.md, under "Documents that are run".
"""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from capify.testing.sameness import Names

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RECORD = "RECORD_DOCS"

FENCE = re.compile(r"```(\w*)$")
FILE = re.compile(r"(?:#|<!--) (at the end of )?([\w./-]+\.\w+)(?: -->)?$")
EXIT = re.compile(r"  # exit status (\d+)$")
TYPES = re.compile(r"  # types (.+)$")
QUESTION = re.compile(rb"[:?\]] $")
OURS = re.compile(r"(?<=\bcapify/)([\w/]+\.py):\d+")  # where Capify itself does something: the line is no promise


@dataclass(slots=True)
class Block:
    """A fenced block: its language, its lines, and the number of its first line in the document, from 0."""

    language: str
    first: int
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command of a document with what it should show, from line `first` on; `answers` are typed at its questions."""

    command: str
    status: int
    first: int
    shown: Sequence[str]
    answers: Sequence[str] = ()


def blocks(text: str) -> Iterator[Block]:
    """Find the fenced blocks of a document."""
    block: Block | None = None
    for number, line in enumerate(text.splitlines()):
        fence = FENCE.fullmatch(line)
        if block is None and fence:
            block = Block(fence[1], number + 1)
        elif block is not None and line == "```":
            yield block
            block = None
        elif block is not None:
            block.lines.append(line)
    assert block is None, f"the block at line {block.first if block else 0} has no end"


def commands(block: Block) -> Iterator[Typed]:
    """Take a console block apart."""
    starts = [at for at, line in enumerate(block.lines) if line.startswith("$ ")]
    assert starts[:1] == [0], f"the block at line {block.first} does not begin with `$ `"
    for at, after in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        line = block.lines[at][2:]
        status = EXIT.search(line)
        command = line[: status.start()] if status else line
        types = TYPES.search(command)
        command, answers = (command[: types.start()], types[1].split(", ")) if types else (command, [])
        shown = block.lines[at + 1 : after]
        yield Typed(command, int(status[1]) if status else 0, block.first + at + 1, shown, answers)


class Reader:
    """Somebody who follows a document, from a folder and with an environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {
            **environment,
            "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
            "NO_COLOR": "1",
            # The same commits whenever they are made, so that a document recorded anew shows what is new.
            **{f"GIT_{who}_DATE": "2026-01-01T12:00:00Z" for who in ("AUTHOR", "COMMITTER")},
        }
        self._said, self._shown = Names(), Names()
        self._place = folder.with_name("place")  # where the shell of the last command was in the end

    def follow(self, document: Path) -> list[str]:
        """Do what a document says; returns what it says wrongly. With RECORD_DOCS in the environment, corrects it."""
        text = document.read_text()
        lines: list[str] = text.splitlines()
        wrong: list[str] = []
        corrections: list[tuple[Typed, list[str]]] = []
        agreeing: list[tuple[Typed, list[str]]] = []
        for block in blocks(text):
            if block.language != "console":
                self._write(block)
                continue
            for typed in commands(block):
                shown, status = self.type(typed.command, typed.answers)
                if status != typed.status:
                    wrong.append(f"{document.name}:{typed.first}: `{typed.command}` ended with {status}: {shown}")
                elif not self._agree(typed.shown, shown):
                    corrections.append((typed, shown))
                elif not any("…" in line for line in typed.shown):
                    agreeing.append((typed, shown))
        if os.environ.get(RECORD) and corrections:
            # What agrees too: a commit must have one name all through a document.
            everything = sorted([*corrections, *agreeing], key=lambda entry: entry[0].first)
            for typed, shown in reversed(everything):
                lines[typed.first : typed.first + len(typed.shown)] = shown
            document.write_text("\n".join(lines) + "\n")
            return wrong
        return wrong + [
            "\n    ".join([f"{document.name}:{typed.first}: `{typed.command}` shows", *shown, "and not", *typed.shown])
            for typed, shown in corrections
        ]

    def type(self, command: str, answers: Sequence[str] = ()) -> tuple[list[str], int]:
        """Type a command at a terminal, 100 columns wide; returns the lines that it shows, and its exit status.

        Each question that it asks gets the next answer; without any, nobody is there to be asked.
        """
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "cols", "100", "-onlcr"], stdin=theirs, check=True)
        with os.fdopen(theirs, "wb") as terminal:
            ended = self._start(command, terminal, asked=bool(answers))
        said, left = b"", list(answers)
        try:
            while part := os.read(ours, 65536):
                said += part
                if left and QUESTION.search(said):
                    os.write(ours, f"{left.pop(0)}\n".encode())
        except OSError:  # what a terminal says when nobody is left at its other side
            pass
        os.close(ours)
        status = ended.wait()
        self.folder = Path(self._place.read_text().strip())
        return said.decode().replace(self.environment["HOME"], "~").splitlines(), status

    def _start(self, command: str, terminal: IO[bytes], *, asked: bool) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            ["sh", "-c", f"{command}\nstatus=$?; pwd > '{self._place}'; exit $status"],
            cwd=self.folder, env=self.environment, stdin=terminal if asked else subprocess.DEVNULL,
            stdout=terminal, stderr=terminal, start_new_session=True,
        )  # fmt: skip

    def _write(self, block: Block) -> None:
        """Write the file that a block is, if it is one."""
        found = FILE.fullmatch(block.lines[0]) if block.lines else None
        if found is None:
            return
        file = self.folder / found[2]
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join(block.lines[1:]).strip("\n") + "\n"
        file.write_text(file.read_text().rstrip() + "\n\n\n" + text if found[1] else text)

    def _agree(self, said: Sequence[str], shown: Sequence[str]) -> bool:
        """Tell whether a document's lines are what is shown; both are looked at, so that names keep their numbers."""
        expected, actual = (
            names.plain([OURS.sub(r"\1", line) for line in lines])
            for names, lines in ((self._said, said), (self._shown, shown))
        )
        pattern = "".join(
            r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in expected
        )
        return re.fullmatch(pattern, "".join(f"{line}\n" for line in actual)) is not None
