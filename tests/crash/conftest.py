"""Yards for the crash tests: one for each kind of shell and process, laid when a test first asks for it."""

from collections.abc import Callable, Iterator

import pytest
from tests.crash.ground import Ground
from tests.crash.local_yard import LocalYard


@pytest.fixture(scope="session")
def ground_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Ground]]:
    """Give the ground whose servers have this shell."""
    known: dict[str, Ground] = {}

    def find(shell: str) -> Ground:
        if shell not in known:
            known[shell] = Ground.lay(LocalYard(tmp_path_factory.mktemp(f"yard-{shell}"), shell=shell))
        return known[shell]

    yield find
    for ground in known.values():
        ground.yard.close()
