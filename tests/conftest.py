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


# Tables whose every row takes a second or more: sampled runs take one of so many rows, by their seed.
TABLES = {
    "tests/acceptance/test_adoption.py": 5,
    "tests/acceptance/test_deploying.py": 4,
    "tests/acceptance/test_two_operators.py": 6,
    "tests/cli/test_demo.py": 4,
    "tests/courier/test_hard_cases.py": 2,
    "tests/courier/test_killing.py": 3,
    "tests/docs/test_cookbook.py": 4,
    "tests/docs/test_endings.py": 5,
    "tests/docs/test_mistakes.py": 5,
    "tests/reporters/test_live_screens.py": 3,
    "tests/standard/test_building.py": 3,
    "tests/standard/test_deploy.py": 4,
    "tests/standard/test_drift.py": 3,
    "tests/standard/test_five_servers.py": 4,
    "tests/standard/test_health.py": 3,
    "tests/standard/test_lock.py": 4,
    "tests/standard/test_many_operators.py": 3,
    "tests/standard/test_partly.py": 4,
    "tests/standard/test_recovering.py": 5,
    "tests/standard/test_scripts.py": 3,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this user cannot do, for whoever is not root; and rows of slow tables, where a sample will do."""
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
    seed = os.environ.get("TEST_SAMPLE")
    if seed:
        rows = {item: TABLES.get(item.nodeid.partition("::")[0], 1) for item in items}
        left_out = [item for item, one_of in rows.items() if crc32(f"{seed} {item.nodeid}".encode()) % one_of]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many points the crash tests tried: each `record_property` of theirs is a number."""
    totals: dict[str, int] = {}
    for report in (one for reports in terminalreporter.stats.values() for one in reports):
        if getattr(report, "nodeid", "").startswith("tests/crash/") and getattr(report, "when", "") == "call":
            for name, value in report.user_properties:
                totals[name] = totals.get(name, 0) + int(value)
    for name, total in sorted(totals.items()):
        terminalreporter.write_line(f"{total} {name}")
