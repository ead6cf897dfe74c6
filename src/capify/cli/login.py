"""`cap STAGE ssh [HOST]`: this process becomes a login on a server, in the folder of the release that is live."""

import os
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.planning import selected
from capify.errors import UsageError
from capify.machines import Server
from capify.recipe.book import Book, opened
from capify.recipe.known import KNOWN
from capify.recipe.protection import admit
from capify.reporters.console import Console
from capify.reporters.log import state_folder
from capify.reporters.text import harmless, labels
from capify.wording import near, ticked


def show(asked: Asked) -> Answer:
    """Answer `cap ssh [HOST]`; with `-n` only says what it would become. Never returns otherwise.

    Raises `UsageError` where it is not clear which server is meant, `Refused` for a stage that is not confirmed.
    """
    asked.refuse_words("ssh", 1)
    book, arguments = asked.book, asked.arguments
    server = _chosen(selected(book, arguments), asked.words)
    with opened(book):
        folder = _folder(book)
        words = _words(book, server, folder, arguments.environment)
    if arguments.dry:
        return Answer((shlex.join(words),))
    admit(book, arguments.confirm, Console(sys.stderr.flush, no_input=arguments.no_input))
    parts = [book.stage or "", server.name, f"as {server.user}" if server.user else "", folder]
    sys.stderr.write(harmless(" · ".join(part for part in parts if part)) + "\n")
    sys.stderr.flush()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and whatever comes next would too
    try:
        os.execvp(words[0], words)  # noqa: S606 - to become it is the point; no shell is between
    except OSError as error:
        raise UsageError(f"cannot start `{words[0]}`: {error.strerror}") from error


def _chosen(servers: Sequence[Server], words: Sequence[str]) -> Server:
    """Choose the server that is named; without a name the only one, else the one marked as primary."""
    if not servers:
        raise UsageError("there is no server to log in to", hint="`cap stages` shows the stages and their servers")
    if not words:
        found = servers if len(servers) == 1 else [server for server in servers if server.primary]
        hint = f"name it: `cap … ssh {servers[0].name}`"
    else:
        found = [server for server in servers if server.is_called(words[0])]
        hint = _hint(words[0], servers) if not found else f"write {ticked(server.address for server in found)}"
    if len(found) == 1:
        return found[0]
    if words and not found:
        raise UsageError(f"no server `{words[0]}` is declared", hint=hint)
    names = labels(found or servers)
    raise UsageError(f"which server? there are {ticked(names.values())}", hint=hint)


def _hint(word: str, servers: Sequence[Server]) -> str:
    names = list(dict.fromkeys(server.name for server in servers))
    meant = [name for name in names if name.startswith(word)] or near(word, names)
    if meant:
        return f"did you mean {' or '.join(f'`{name}`' for name in meant[:3])}?"
    return f"the servers are {ticked(names)}"


def _folder(book: Book) -> str:
    """Where the release is that is live; empty for a project that deploys nothing."""
    settings = book.settings
    if "deploy_to" not in settings:
        return ""
    return str(settings.get("current_path", None) or f"{settings.read('deploy_to')}/current")


def _words(book: Book, server: Server, folder: str, environment: Mapping[str, str]) -> list[str]:
    from capify.transports.login import local_words, ssh_words
    from capify.transports.openssh import configuration

    settings = book.settings
    transport = settings.get("transport")
    if transport == "local":
        return local_words(folder)
    if transport not in KNOWN["transport"].sort.words:  # whatever ssh reached by that name might be another machine
        text = f"`cap ssh` cannot log in through `{transport}`, the transport of a package"
        raise UsageError(text, hint="log in with the program that it uses itself")
    chosen = settings.get("ssh_config")
    text = configuration(os.path.expanduser(str(chosen)) if chosen else None)  # noqa: PTH111 - as app.py does
    file = _kept(state_folder(environment) / "ssh", text)
    return ssh_words(server, file, folder=folder, timeout=float(settings.get("connect_timeout")))


def _kept(folder: Path, text: str) -> Path:
    """Keep what ssh reads in a file that outlives this process; one for each text, so that none is ever changed."""
    file = folder / f"{sha256(text.encode()).hexdigest()[:16]}.config"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owned = folder.stat()
        if owned.st_uid != os.getuid() or owned.st_mode & 0o022:
            raise UsageError(f"others can write to `{folder}`, and ssh would read it", hint=f"chmod 700 {folder}")
        if not file.is_file() or file.read_text() != text:
            own = file.with_suffix(f".{os.getpid()}")
            own.write_text(text)
            own.replace(file)
    except OSError as error:
        raise UsageError(f"cannot write `{file}`: {error.strerror}") from error
    return file
