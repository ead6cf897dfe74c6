"""A throw-away sshd for the tests of transports, and the server that it is."""

from collections.abc import Iterator

import pytest
from tests.loopback import Sshd, running_sshd

from capify.machines import Server


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    """One sshd for all tests."""
    with running_sshd() as sshd:
        yield sshd


@pytest.fixture
def server() -> Server:
    return Server("testhost")
