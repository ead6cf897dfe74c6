"""Questions that ssh has for the operator: passwords, passphrases. They come through a private socket.

Rule: one question at a time reaches the terminal, and the same passphrase is not asked for once per server.
"""

import asyncio
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from capify.errors import CapifyError
from capify.ports import Terminal
from capify.transports import askpass

REUSABLE = "Enter passphrase for"  # the questions whose answer is the same for every server


class Questions:
    """Answers askpass programs, from a terminal. The folder must be nobody else's."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self._terminal = terminal
        self._folder = folder
        self._server: asyncio.Server | None = None
        self._asking = asyncio.Lock()
        self._answers: dict[str, str] = {}
        self._told: set[tuple[str, str]] = set()

    async def environment(self) -> Mapping[str, str]:
        """Start to listen, and give what makes ssh ask here. Needs OpenSSH 8.4; an older one refuses instead."""
        program, socket = self._folder / "askpass", self._folder / "questions"
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._serve, socket)
            command = shlex.join([sys.executable, "-I", "-S", askpass.__file__])
            program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            program.chmod(0o700)
        return {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force", "CAPIFY_ASKPASS": str(socket)}

    async def close(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header, _, question = (await reader.read()).decode("utf-8", "backslashreplace").partition("\n")
        asker, _, kind = header.partition(" ")
        try:
            if kind != "none":  # a notice ("touch your key") that wants no answer
                async with self._asking:
                    answer = await self._answer(asker, question)
                writer.write(f"{answer}\n".encode())
                await writer.drain()
        except (CapifyError, ConnectionError):
            pass  # no answer is a refusal
        finally:
            writer.close()

    async def _answer(self, asker: str, question: str) -> str:
        known = self._answers.get(question)
        # Who asks again was told a wrong answer.
        if known is not None and (asker, question) not in self._told:
            self._told.add((asker, question))
            return known
        answer = await asyncio.to_thread(self._terminal.ask, question.strip(), secret=True)
        if question.startswith(REUSABLE):
            self._answers[question] = answer
            self._told.add((asker, question))
        return answer
