"""The guide's page on health: an application that gunicorn serves on this machine, deployed to and found out."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.docs.walkthrough import ROOT, Reader

PERSON = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def neighbour(stranger: Reader) -> Iterator[Reader]:
    """Somebody with a free port, whose gunicorn ends with the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        stranger.environment.update(PERSON, PORT=str(probe.getsockname()[1]))
    yield stranger
    with suppress(OSError, ValueError):
        left = int((stranger.folder / "www/shop/shared/pids/gunicorn.pid").read_text())
        os.killpg(os.getpgid(left), signal.SIGKILL)


def test_the_page_about_health_shows_what_happens(neighbour: Reader):
    assert neighbour.follow(ROOT / "docs/guide/health.md") == []
