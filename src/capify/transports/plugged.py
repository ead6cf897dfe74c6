"""Transports of installed packages: found by name, and held to what the engine expects of a transport.

Rule: whatever a plugin raises while it opens a link is a failed connection that names the plugin.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress

from capify.errors import CapifyError, ConnectFailed, RecipeError
from capify.machines import Server
from capify.places import Place
from capify.plugins import Lookup
from capify.ports import Link, Terminal, Transport
from capify.recipe.plugged import TRANSPORTS, find, lacking, names
from capify.wording import suggestion, ticked


class PluggedTransport:
    """A transport of a package; `title` is how people know it."""

    def __init__(self, title: str, inner: Transport) -> None:
        self._title = title
        self._inner = inner
        self.name = str(inner.name)

    async def open(self, server: Server, command: str) -> Link:
        """Start a command. Raises `ConnectFailed`."""
        try:
            link: object = await self._inner.open(server, command)
        except ConnectFailed:
            raise
        except CapifyError as error:
            error.message = f"{self._title}: {error.message}"
            raise
        except Exception as error:
            raise ConnectFailed({server: f"{self._title} failed: {type(error).__name__}: {error}"}) from error
        missing = lacking(link, Link)
        if missing:
            what = f"opened a `{type(link).__name__}`, which has no {ticked(missing)}"
            raise ConnectFailed({server: f"{self._title} {what}"})
        return link  # type: ignore[return-value]  # just looked at

    def explain(self, server: Server, complaint: str) -> str:
        """Turn a complaint into one line."""
        return self._guarded(lambda: " ".join(self._inner.explain(server, complaint).split()), complaint)

    async def close(self) -> None:
        """End every connection. Never raises, whatever the plugin does."""
        with suppress(Exception):  # all is over; nobody could do anything about it
            await self._inner.close()

    def _guarded(self, explain: Callable[[], str], complaint: str) -> str:
        try:
            return explain()
        except Exception as error:  # noqa: BLE001 - the complaint itself matters more
            return f"{' '.join(complaint.split())} ({self._title} failed: {type(error).__name__}: {error})"


def plugged_transport(name: str, settings: Lookup, terminal: Terminal, *, place: Place | None) -> Transport:
    """Make the transport of this name. Raises `RecipeError` where no package has one, or it cannot be used."""
    found = find(TRANSPORTS, name, place)
    if found is None:
        raise no_transport(name, names(TRANSPORTS.name), place=place)
    plugin = found.value
    try:
        made = found.makes(Transport, lambda: plugin.make(settings, terminal))
    except CapifyError as error:
        error.place = error.place or place
        raise
    return PluggedTransport(found.title, made)


def no_transport(name: str, known: Iterable[str], *, place: Place | None) -> RecipeError:
    """Word the error for a name that no transport has."""
    own = ("auto", "openssh", "local")
    hint = (
        suggestion(name, [*own, *known]) or f"there is {ticked([*own, *known])}; `cap plugins` shows what is installed"
    )
    return RecipeError(f"there is no transport `{name}`", place=place, hint=hint)
