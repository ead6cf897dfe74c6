"""A login for people: the words that become `ssh`, or a shell on this machine. Pure.

Rule: host keys are verified as on every other channel of ours, on jump hosts too: ssh reads our configuration first.
"""

from pathlib import Path

from capify.machines import Server
from capify.shell import quote
from capify.transports.openssh import target

# In any login shell's language: one program, words in quotes. There need not be such a folder yet.
_SHELL = "exec sh -c 'cd \"$1\" 2> /dev/null; exec \"${SHELL:-/bin/sh}\" -l' sh "


def ssh_words(server: Server, configuration: Path, *, folder: str = "", timeout: float = 10.0) -> list[str]:
    """Spell the login to a server, in a folder where there is one; `configuration` is the file that ssh reads."""
    options = ["-o", "StrictHostKeyChecking=yes", "-o", f"ConnectTimeout={max(1, round(timeout))}"]
    begin = [_SHELL + quote(folder)] if folder else []
    return ["ssh", "-t", "-F", str(configuration), *options, *target(server), *begin]


def local_words(folder: str = "") -> list[str]:
    """Spell a shell on this machine, for the transport `local`."""
    return ["sh", "-c", _SHELL + quote(folder or ".")]
