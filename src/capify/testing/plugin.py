"""Fixtures for pytest: a scenario; a fleet, a repository in its folder, and whatever other fleets a test asks for.

pytest finds them by itself where Capify is installed. In a test:

    def test_restart(scenario): ...

    @pytest.mark.fleet("production.server.com", "staging.server.com")
    def test_it(fleet, repository): ...

Rule: fleets are started once for each set of hosts and process, and emptied between tests; no test sees what another
did.
Rule: this is imported by every run of pytest, so what it needs is loaded when a test asks for it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from capify.testing.fleet import Fleet
    from capify.testing.hosts import Host
    from capify.testing.isolation import Isolation
    from capify.testing.repository import Repository
    from capify.testing.scenario import Scenario

DEFAULT_HOSTS = ("web1", "web2")


class Fleets:
    """The fleets of this process: one for each set of hosts, ready as on the first day."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._known: list[tuple[dict[str, Host], Isolation | None, Fleet]] = []

    def __call__(self, *names: str, host: "Host | None" = None, isolation: "Isolation | None" = None) -> "Fleet":
        """Give the fleet of these hosts, all of the same kind, as it was on its first day."""
        from capify.testing.fleet import Fleet
        from capify.testing.hosts import Host

        hosts = {name: host or Host() for name in names}
        for known, kind, fleet in self._known:
            if known == hosts and kind == isolation:
                fleet.reset()
                return fleet
        fleet = Fleet(self._folders.mktemp("fleet"), hosts, isolation=isolation)
        fleet.start()
        self._known.append((hosts, isolation, fleet))
        return fleet

    def close(self) -> None:
        """End every fleet."""
        for _, _, fleet in self._known:
            fleet.close()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "fleet(*hosts): the hosts of the fixture `fleet`, real sshd on loopback")


@pytest.fixture(scope="session")
def fleets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleets]:
    """Make fleets by the names of their hosts: `fleets("web1", "web2")`."""
    made = Fleets(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def fleet(request: pytest.FixtureRequest, fleets: Fleets) -> "Fleet":
    """Give the fleet of the hosts that `@pytest.mark.fleet(...)` names, or of `web1` and `web2`."""
    marker = request.node.get_closest_marker("fleet")
    return fleets(*(marker.args if marker and marker.args else DEFAULT_HOSTS))


@pytest.fixture
def repository(fleet: "Fleet") -> "Repository":
    """Give a new repository, at a path where every host of the fleet sees it."""
    from capify.testing.repository import Repository

    return Repository.create(fleet.shared / "repository")


@pytest.fixture
def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Scenario]":
    """Give a scenario with an empty folder; fails a test that has scripted what nobody ever asked for."""
    from capify.testing.scenario import Scenario

    failed, made = request.session.testsfailed, Scenario(tmp_path)
    yield made
    if made.unused and request.session.testsfailed == failed:  # a test that failed has said enough
        pytest.fail(f"scripted, and never asked for: {'; '.join(made.unused)}", pytrace=False)
