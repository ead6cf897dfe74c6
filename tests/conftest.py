"""What all tests share: fleets, and how hard property tests try.

Profiles: `sampled` (the default) for every day, `all` for `script/test --all`; `--hypothesis-profile` chooses.
"""

import os
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

# No deadline: a busy machine is not a failure. Fixtures of one function are used by all examples, on purpose.
_COMMON = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("sampled", _COMMON, max_examples=30)
settings.register_profile("all", _COMMON, max_examples=500)
settings.load_profile("sampled")


# Tables whose every row takes a second or more: sampled runs take a third of the rows, by their seed.
TABLES = ("tests/courier/test_killing.py", "tests/docs/test_cookbook.py", "tests/docs/test_mistakes.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this user cannot do, for whoever is not root; and rows of slow tables, where a sample will do."""
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
    seed = os.environ.get("TEST_SAMPLE")
    if seed:
        rows = [item for item in items if item.nodeid.startswith(TABLES)]
        left_out = [item for item in rows if crc32(f"{seed} {item.nodeid}".encode()) % 3]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
