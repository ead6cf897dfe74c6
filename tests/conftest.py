"""What all tests share: fleets, and how hard property tests try.

Profiles: `sampled` (the default) for every day, `all` for `script/test --all`; `--hypothesis-profile` chooses.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

# No deadline: a busy machine is not a failure. Fixtures of one function are used by all examples, on purpose.
_COMMON = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("sampled", _COMMON, max_examples=30)
settings.register_profile("all", _COMMON, max_examples=500)
settings.load_profile("sampled")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this user cannot do: tests that need other users' rights, for whoever is not root."""
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
