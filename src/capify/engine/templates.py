"""The word that fills in a file and sends it: `template`. Jinja2, rendered on the operator's machine.

Rule: strict. A name that nobody set is an error with the template's line, never an empty place in a file.
Rule: a template that looks at `server` is filled in for each server; any other once, so all get the same bytes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capify.blocks import Line
from capify.engine.files import receive
from capify.engine.scene import Scene, scene
from capify.engine.sending import Narrowing, Order, send
from capify.errors import CapifyError, RecipeError
from capify.machines import Server
from capify.outcomes import Results
from capify.places import Place, here, short
from capify.recipe.book import current
from capify.shell import Word
from capify.wording import suggestion

if TYPE_CHECKING:
    import jinja2

SERVER = "server"  # the name by which a template knows the server that it is filled in for


def template(
    source: str | Path,
    path: Word,
    *,
    values: Mapping[str, object] | None = None,
    mode: str | int = "0644",
    owner: str = "",
    user: str = "",
    sudo: bool = False,
    **narrowing: Any,
) -> Results:
    """Fill in a Jinja2 template of the operator's machine (relative: from the capfile), and write it on every server.

    It knows every setting by its name, `config`, the `server` that it is written for, and `values`. An unknown name is
    an error. `include` and `extends` look beside the template first. `sudo=True` writes as root, `user` as that user.
    """
    place, now = here(), scene()
    if sudo and user:
        message = '`sudo=True` means `user="root"`, and there is a `user` too'
        raise RecipeError(message, place=place, hint="leave one out")
    servers = Narrowing.read(narrowing, place).of(now, place)
    texts = _filled(now, source, values or {}, servers, place=place)
    commands = {server: receive(path, len(text), mode=mode, owner=owner, place=place) for server, text in texts.items()}
    as_whom, line = "root" if sudo else user, Line("", f"template {source} → {path}")
    return send(now, Order(commands.__getitem__, place, Narrowing(on=servers), line, user=as_whom, given=texts))


def _filled(
    now: Scene, source: str | Path, values: Mapping[str, object], servers: Sequence[Server], *, place: Place
) -> dict[Server, bytes]:
    file = now.invocation.book.root / Path(source).expanduser()
    if not file.is_file():
        hint = "a relative name starts from the folder of the capfile"
        raise RecipeError(f"there is no template `{short(str(file))}`", place=place, hint=hint)
    environment, looked = _environment([file.parent, now.invocation.book.root], values)
    texts: dict[Server, bytes] = {}
    for server in servers:
        if not texts or looked:
            text = _rendered(environment, file, {SERVER: server, **values}, place=place)
        texts[server] = text
    return texts


def _rendered(environment: "jinja2.Environment", file: Path, values: Mapping[str, object], *, place: Place) -> bytes:
    import jinja2

    try:
        return environment.get_template(file.name).render(values).encode()
    except jinja2.TemplateSyntaxError as error:
        at = Place(error.filename or str(file), error.lineno)
        raise RecipeError(f"not a valid template: {error.message}", place=at) from error
    except jinja2.UndefinedError as error:
        name = str(error.message).partition("'")[2].partition("'")[0]
        hint = suggestion(name, [*current().settings.names(), *values]) if name else ""
        raise RecipeError(f"template: {error.message}", place=_line(error, file), hint=hint) from error
    except jinja2.TemplateNotFound as error:
        raise RecipeError(f"there is no template `{error.name}`", place=_line(error, file)) from error
    except CapifyError as error:
        error.place = error.place or place
        raise
    except Exception as error:
        raise RecipeError(f"template: {type(error).__name__}: {error}", place=_line(error, file)) from error


def _line(error: BaseException, file: Path) -> Place:
    """Find the innermost line of a template; Jinja2 shows them in tracebacks as if they were Python."""
    found, trace = Place(str(file)), error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            found = Place(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _environment(folders: Sequence[Path], values: Mapping[str, object]) -> "tuple[jinja2.Environment, list[str]]":
    """Make the surroundings of a template: a name is looked up in its own variables, then in the settings.

    Also gives a list that is no longer empty once a template has looked at its server.
    """
    import jinja2
    from jinja2.runtime import Context

    from capify.recipe.config import config

    looked: list[str] = []

    class Settings(Context):
        def resolve_or_missing(self, key: str) -> Any:
            if key == SERVER and key not in values:
                looked.append(key)
            found = super().resolve_or_missing(key)
            settings = current().settings
            if key in self.parent or key in self.vars or (key != "config" and key not in settings):
                return found  # or what Jinja2 says where there is nothing
            return config if key == "config" else settings.read(key)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders), undefined=jinja2.StrictUndefined, keep_trailing_newline=True,
        trim_blocks=True, lstrip_blocks=True, autoescape=False,  # noqa: S701 - files of servers, no pages
    )  # fmt: skip
    environment.context_class = Settings
    return environment, looked
