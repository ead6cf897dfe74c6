"""The words that move files: `put`, `upload`, `download`. One stream into a channel, never file by file.

Rule: a file appears under its name whole or not at all: it is written beside it and renamed.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capify.blocks import Line
from capify.engine.scene import scene
from capify.engine.sending import Narrowing, Order, send
from capify.errors import RecipeError, TaskFailed
from capify.machines import Server
from capify.outcomes import Results
from capify.places import Place, here, short
from capify.shell import Word, quote
from capify.wording import ticked

if TYPE_CHECKING:
    import tarfile

HOST = "{host}"
MODE = re.compile("[0-7]{3,4}")


def put(
    content: str | bytes, path: Word, *, mode: str | int = "0644", owner: str = "", user: str = "", **narrowing: Any
) -> Results:
    """Write text or bytes to a file of every server of the wave, with a mode and, given one, an owner."""
    place = here()
    data = _content(content, place)
    command = receive(path, len(data), mode=mode, owner=owner, place=place)
    return _send(command, data, f"put {path}", user, narrowing)


def upload(
    local: str | Path, path: Word, *, mode: str | int = "", owner: str = "", user: str = "", **narrowing: Any
) -> Results:
    """Send a file, or a whole folder, of the operator's machine to every server; a relative one from the capfile.

    A folder arrives as `path`, with what was there kept where names differ; modes of its files are their own, so it
    takes no `mode` (of a file: 0644) and no `owner`.
    """
    place = here()
    source = _local(local)
    if source.is_dir():
        if mode or owner:
            hint = 'change them behind it: `run(["chown", "-R", …])`'
            raise RecipeError(f"`{local}` is a folder, which takes no `mode` and no `owner`", place=place, hint=hint)
        name = _quoted(path, place)
        with _packed(source) as archive:
            unpack = f"mkdir -p -- {name} && tar -xf - -C {name}"
            return _send(unpack, archive, f"upload {local} → {path}", user, narrowing)
    if not source.is_file():
        hint = "a relative name starts from the folder of the capfile"
        raise RecipeError(f"there is no file `{short(str(source))}` to upload", place=place, hint=hint)
    command = receive(path, source.stat().st_size, mode=mode or "0644", owner=owner, place=place)
    return _send(command, source, f"upload {local} → {path}", user, narrowing)


def download(path: Word, local: str | Path, *, user: str = "", **narrowing: Any) -> dict[Server, Path]:
    """Fetch a file of every server; `{host}` in the local name stands for the server. Returns where each one went.

    Several servers and no `{host}` would overwrite each other: an error. A dry run fetches nothing.
    """
    place, now = here(), scene()
    servers = Narrowing.read(narrowing, place).of(now, place)
    targets = {server: _local(str(local).replace(HOST, _file_name(server, servers))) for server in servers}
    if len(set(targets.values())) < len(targets):
        names = ticked(dict.fromkeys(short(str(target)) for target in targets.values()))
        message = f"{len(servers)} servers would all be written to {names}"
        raise RecipeError(message, place=place, hint=f"put `{HOST}` into the name, or take one with `once=True`")
    order = Order(
        f"cat -- {_quoted(path, place)}", place, Narrowing(on=servers),
        Line("", f"download {path} → {local}", reads=True), user=user, into=targets,
    )  # fmt: skip
    if not now.invocation.dry:
        _make_room(targets.values(), place)
        send(now, order)
    return targets


def _send(command: str, data: bytes | Path, shown: str, user: str, narrowing: dict[str, Any]) -> Results:
    line = Line("", shown, stdin=data)
    place = here()
    return send(scene(), Order(command, place, Narrowing.read(narrowing, place), line, user=user))


def receive(path: Word, size: int, *, mode: str | int, owner: str, place: Place) -> str:
    """Spell how a server takes a file: the input also ends when the operator's machine dies, so its size is checked."""
    mode = f"{mode:04o}" if isinstance(mode, int) else mode
    if not MODE.fullmatch(mode):
        raise RecipeError(f"`{mode}` is not a mode", place=place, hint="octal digits, such as `0644`")
    final = _quoted(path, place)
    fresh = f"{final}.$$"
    steps = [
        f"{{ [ ! -d {final} ] || {{ echo {final} is a folder: name the file in it >&2; false; }}; }}",
        f"(umask 077 && cat > {fresh})",
        f'[ "$(wc -c < {fresh})" -eq {size} ]',
        f"chmod {mode} {fresh}",
        *([f"chown -- {quote(owner)} {fresh}"] if owner else []),
        f"mv -f -- {fresh} {final}",
    ]
    return f"{{ {' && '.join(steps)}; }} || {{ rm -f -- {fresh}; exit 1; }}"


def _content(given: object, place: Place) -> bytes:
    if isinstance(given, str | bytes):
        return given.encode() if isinstance(given, str) else given
    message = f"`put` writes text or bytes, not a {type(given).__name__}"
    raise RecipeError(message, place=place, hint="for a file of this machine: `upload(local, path)`")


def _quoted(path: Word, place: Place) -> str:
    try:
        return quote(path)
    except ValueError as error:
        raise RecipeError(str(error), place=place) from None


def _make_room(targets: Iterable[Path], place: Place) -> None:
    """Make the folders for what comes, on the operator's machine."""
    for target in targets:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TaskFailed(f"cannot make the folder `{target.parent}`: {error.strerror}", place=place) from error


def _local(name: str | Path) -> Path:
    return scene().invocation.book.root / Path(name).expanduser()


def _file_name(server: Server, servers: Iterable[Server]) -> str:
    """Name a server's file: by its host, with the user where that alone would name two of them."""
    alone = [other.name for other in servers].count(server.name) == 1
    return (server.name if alone else server.address).replace(":", "_").replace("/", "_")


@contextmanager
def _packed(folder: Path) -> Iterator[Path]:
    """Pack a folder once, for all servers, outside the project."""
    import shutil
    import tarfile
    import tempfile

    workplace = Path(tempfile.mkdtemp(prefix="capify-upload-"))
    try:
        archive = workplace / "folder.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(folder, arcname=".", filter=_anonymous)
        yield archive
    except OSError as error:
        raise TaskFailed(f"`{folder}` could not be packed: {error}") from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _anonymous(entry: "tarfile.TarInfo") -> "tarfile.TarInfo":
    """Leave the operator's own user and group at home."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
