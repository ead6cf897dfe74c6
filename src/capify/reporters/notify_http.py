"""One HTTP POST for a notification, by the standard library.

Rule: what it returns about a failure never contains the address, nor anything that the service said.
"""

import socket
import ssl
import urllib.request
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.error import HTTPError, URLError


def post(address: str, body: bytes, *, timeout: float, give_up: list[Callable[[], None]]) -> str:
    """Post JSON; returns why it failed, if it did. Each connection adds to `give_up` a way to break it off.

    `timeout` bounds every wait for the service, in seconds; proxies are those of the environment; TLS is verified.
    """
    headers = {"Content-Type": "application/json", "User-Agent": "capify"}
    try:
        request = urllib.request.Request(address, body, headers)  # noqa: S310 - the setting takes http and https alone
        with _opener(give_up).open(request, timeout=timeout):
            return ""
    except HTTPError as error:
        error.close()
        return f"the service answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return _reason(error.reason if isinstance(error, URLError) else error, timeout)


def _opener(give_up: list[Callable[[], None]]) -> urllib.request.OpenerDirector:
    """Put together what a POST needs. Nothing that follows: a redirection loses the content, or leads to strangers."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), _Plain(give_up), _Safe(give_up),
        urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, give_up: list[Callable[[], None]]) -> None:
        super().__init__()
        self._give_up = give_up

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_noted(HTTPConnection, self._give_up), req)


class _Safe(urllib.request.HTTPSHandler):
    def __init__(self, give_up: list[Callable[[], None]]) -> None:
        super().__init__()
        self._give_up = give_up

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_noted(HTTPSConnection, self._give_up), req)


def _noted(kind: type[HTTPConnection], give_up: list[Callable[[], None]]) -> type[HTTPConnection]:
    """Make a kind of connection that can be broken off once it stands."""

    class Noted(kind):  # type: ignore[valid-type, misc]
        def connect(self) -> None:
            super().connect()
            give_up.append(partial(self.sock.shutdown, socket.SHUT_RDWR))

    return Noted


def _reason(error: object, timeout: float) -> str:
    match error:
        case TimeoutError():
            return f"no answer within {timeout:g} s"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case OSError(strerror=str() as words) if words:
            return words.lower() if isinstance(error, socket.gaierror) else words
        case _:
            return type(error).__name__
