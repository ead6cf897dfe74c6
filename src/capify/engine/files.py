"""The words that move files: `put`, `upload`, `download`. One stream into a channel, never file by file.

Rule: a file appears under its name whole or not at all: it is written beside it and renamed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capify.blocks import Line
from capify.engine.scene import scene
from capify.engine.sending import Narrowing, Order, send
from capify.errors import RecipeError, TaskFailed
from capify.machines import Server
from capify.outcomes import Results
from capify.places import Place, here
from capify.shell import Word, quote

if TYPE_CHECKING:
    import tarfile

HOST = "{host}"


def put(
    content: str | bytes, path: Word, *, mode: str = "0644", owner: str = "", user: str = "", **narrowing: Any
) -> Results:
    """Write text or bytes to a file of every server of the wave, with a mode and, given one, an owner."""
    data = content.encode() if isinstance(content, str) else content
    command = _receive(str(path), len(data), mode=mode, owner=owner, place=here())
    return _send(command, data, f"put {path}", user, narrowing)


def upload(
    local: str | Path, path: Word, *, mode: str = "0644", owner: str = "", user: str = "", **narrowing: Any
) -> Results:
    """Send a file, or a whole folder, of the operator's machine to every server; a relative one from the capfile.

    A folder arrives as `path`, with what was there kept where names differ; modes of its files are their own.
    """
    place = here()
    source = _local(local)
    if source.is_dir():
        with _packed(source) as archive:
            name = quote(str(path))
            unpack = f"mkdir -p -- {name} && tar -xf - -C {name}"
            return _send(unpack, archive, f"upload {local} → {path}", user, narrowing)
    if not source.is_file():
        raise RecipeError(f"there is no file `{source}` to upload", place=place)
    command = _receive(str(path), source.stat().st_size, mode=mode, owner=owner, place=place)
    return _send(command, source, f"upload {local} → {path}", user, narrowing)


def download(path: Word, local: str | Path, *, user: str = "", **narrowing: Any) -> dict[Server, Path]:
    """Fetch a file of every server; `{host}` in the local name stands for the server. Returns where each one went.

    Several servers and no `{host}` would overwrite each other: an error.
    """
    place, now = here(), scene()
    servers = Narrowing(**narrowing).of(now, place)
    if len(servers) > 1 and HOST not in str(local):
        message = f"{len(servers)} servers would all be written to `{local}`"
        raise RecipeError(message, place=place, hint=f"put `{HOST}` into the name, or take one with `once=True`")
    targets = {server: _local(str(local).replace(HOST, _file_name(server))) for server in servers}
    for server, target in targets.items():
        if now.invocation.dry:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        line = Line("", f"download {path} → {target}", reads=True, into=target)
        order = Order(f"cat -- {quote(str(path))}", place, Narrowing(on=server), line, user=user)
        send(now, order)
    return targets


def _send(command: str, data: bytes | Path, shown: str, user: str, narrowing: dict[str, Any]) -> Results:
    line = Line("", shown, stdin=data)
    return send(scene(), Order(command, here(), Narrowing(**narrowing), line, user=user))


def _receive(path: str, size: int, *, mode: str, owner: str, place: Place) -> str:
    """Spell how a server takes a file: the input also ends when the operator's machine dies, so its size is checked."""
    if not mode.isdigit():
        raise RecipeError(f"`{mode}` is not a mode such as `0644`", place=place)
    final, fresh = quote(path), f"{quote(path)}.$$"
    steps = [
        f"(umask 077 && cat > {fresh})",
        f'[ "$(wc -c < {fresh})" -eq {size} ]',
        f"chmod {mode} {fresh}",
        *([f"chown -- {quote(owner)} {fresh}"] if owner else []),
        f"mv -f -- {fresh} {final}",
    ]
    return f"{{ {' && '.join(steps)}; }} || {{ rm -f -- {fresh}; exit 1; }}"


def _local(name: str | Path) -> Path:
    return scene().invocation.book.root / Path(name).expanduser()


def _file_name(server: Server) -> str:
    return server.name.replace(":", "_").replace("/", "_")


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
