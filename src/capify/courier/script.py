"""The shell text of the courier, and how it travels in an exec request.

Rule: nothing secret is in it, because everybody on the server can read a program's arguments.
"""

import re
from functools import cache
from importlib.resources import files

RECORD = "\x1e"  # the byte that every marker begins with

# What no login shell touches inside single quotes. Others (`!` in csh, `\\` in fish, newlines) travel as octal numbers.
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-=./,:;()[]{}<>|&+*@#?~^%")
_WORDS = re.compile(r"[A-Za-z0-9_./ -]+")


def exec_request(nonce: str, shell: str = "/bin/sh") -> str:
    """Spell the command that starts a courier under whatever login shell the user has.

    `nonce` is said back in the hello, to find it behind what start-up files print. The script itself is in the request,
    which saves a round trip, and saves it from start-up files that read standard input.
    """
    if not (_WORDS.fullmatch(shell) and _WORDS.fullmatch(nonce)):
        raise ValueError(f"`{shell}` is not the plain name of a shell")
    script = _compact().replace("@NONCE@", RECORD + nonce).replace("@SHELL@", shell)
    return f"""exec {shell} -c 'eval "$(printf %b "{_encoded(script)}")"' capify"""


@cache
def _compact() -> str:
    text = files(__package__).joinpath("bootstrap.sh").read_text("utf-8")
    lines = (line.strip(" ") for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _encoded(script: str) -> str:
    return "".join(letter if letter in _SAFE else f"\\0{ord(letter):03o}" for letter in script)
