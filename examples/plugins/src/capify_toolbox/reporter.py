"""A reporter that tells a chat room how an invocation ended: one POST to `config.chat_url`, `{"text": …}`."""

import json
from urllib.request import Request, urlopen

from capify.events import Event, InvocationEnded, InvocationStarted
from capify.plugins import Lookup, ReporterPlugin

PATIENCE = 5  # seconds


class Chat:
    """Remembers what began, and tells when it is over."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._started: InvocationStarted | None = None

    def handle(self, event: Event, at: float) -> None:  # noqa: ARG002 - the shape of a reporter
        """Take one event; all but two are none of our business."""
        if isinstance(event, InvocationStarted):
            self._started = event
        elif isinstance(event, InvocationEnded) and self._started and not self._started.dry:
            how = "done" if event.status == 0 else f"failed with status {event.status}"
            self._post(f"cap {' '.join(self._started.words)}: {how}")

    def close(self) -> None:
        """Nothing is open."""

    def _post(self, text: str) -> None:
        body = json.dumps({"text": text}).encode()
        request = Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310 - the recipe's own URL
        urlopen(request, timeout=PATIENCE).close()  # noqa: S310


def make(settings: Lookup) -> Chat:
    """Take the URL from the settings; without one nobody could be told."""
    url = settings.get("chat_url")
    if not url:
        raise ValueError("set `config.chat_url`")
    return Chat(str(url))


plugin = ReporterPlugin(make, api=1)
