"""A courier on this machine, in each of the shells that it must work in."""

from collections.abc import Callable, Iterator

import pytest
from tests.steering import Steered

from capify.machines import Server
from capify.transports.local import LocalTransport

SHELLS = ("dash", "bash", "busybox sh")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start(shell: str) -> Iterator[Callable[..., Steered]]:
    """Start couriers, and end them with the test."""
    started: list[Steered] = []

    def start(**options: object) -> Steered:
        words = tuple(shell.split())
        steered = Steered(LocalTransport(shell=words), Server("localhost"), shell=shell, **options)
        started.append(steered)
        steered.connect()
        return steered

    yield start
    for steered in started:
        steered.close()


@pytest.fixture
def courier(start: Callable[..., Steered]) -> Iterator[Steered]:
    """A courier that must still work after the test."""
    steered = start()
    yield steered
    assert steered.run("echo still here").stdout == "still here\n"
