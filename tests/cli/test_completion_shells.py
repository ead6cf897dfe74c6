"""The completion scripts in real shells, on real terminals: TAB gives what it should."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from .conftest import Cap

READY = "READY"
Typing = Callable[[str, str, str], None]
SHELLS = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
PREPARE = {
    "bash": "PS1=; source {script}",
    "zsh": "PS1=; unsetopt PROMPT_CR PROMPT_SP; autoload -Uz compinit; compinit -u -D; source {script}",
    "fish": "function fish_prompt; end; source {script}",
}


@pytest.fixture
def typing(project: Path, cap: Cap) -> Iterator[Typing]:
    """Type a line with TABs in a shell, and see which words the `cap` there is called with."""
    begun: list[pexpect.spawn[str]] = []

    def type_in(shell: str, keys: str, wanted: str) -> None:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        begun.append(_shell(shell, project, cap("completion", shell).out))
        it = begun[-1]
        it.send(keys)
        it.send("\r")
        it.expect(re.escape(f"<{wanted}>"))

    yield type_in
    for one in begun:
        one.close(force=True)


def _shell(shell: str, project: Path, script: str) -> "pexpect.spawn[str]":
    """Start a shell whose `cap` completes as the real one, and else only says what it was called with."""
    programs = project / "bin"
    programs.mkdir(exist_ok=True)
    cap = programs / "cap"
    cap.write_text(
        f'#!/bin/sh\ncase $1 in :complete) exec {sys.executable} -m capify "$@" ;; esac\n'
        """printf '<'; printf '%s' "$1"; shift; for word; do printf ' %s' "$word"; done; echo '>'\n"""
    )
    cap.chmod(0o755)
    file = project / f"completion.{shell}"
    file.write_text(script)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FISH")}
    path = f"{programs}:{os.environ['PATH']}"
    own = {"HOME": str(project / "home"), "PATH": path, "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    (project / "home").mkdir(exist_ok=True)
    it: pexpect.spawn[str] = pexpect.spawn(
        shell, SHELLS[shell], cwd=str(project), env=clean | own, encoding="utf-8", timeout=60, dimensions=(40, 200)
    )
    it.sendline(PREPARE[shell].format(script=file))
    it.sendline("echo REA''DY")
    it.expect(READY)
    return it


CASES = [
    ("cap prod\t", "production"),
    ("cap production deploy:rest\t", "production deploy:restart"),
    ("cap production logs fol\tyes", "production logs follow=yes"),
    ("cap production logs follow=y\t", "production logs follow=yes"),
    ("cap production HOSTS=d\t", "production HOSTS=db1"),
    ("cap production HOSTS=web1,d\t", "production HOSTS=web1,db1"),
    ("cap production HOSTS=web2\t", "production HOSTS=web2:2222"),
    ("cap -s appl\tx", "-s application=x"),
    ("cap --dry\tproduction", "--dry-run production"),
    ("cap -f conf\t\t", "-f config/deploy"),
]


@pytest.mark.parametrize(("keys", "wanted"), CASES)
@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_the_word(typing: Typing, shell: str, keys: str, wanted: str) -> None:
    typing(shell, keys, wanted)
