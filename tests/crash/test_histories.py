"""Claims about years of use and abuse: what is live, the last good release, and all that is not ours survive."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.crash.ground import Ground
from tests.crash.histories import histories
from tests.crash.local_yard import LocalYard

CALM = settings(
    deadline=None, print_blob=True, suppress_health_check=list(HealthCheck), database=None,
    phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False,  # a history tells itself; shrinking is slow
)  # fmt: skip


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground.lay(LocalYard(tmp_path_factory.mktemp("yard-alone"), servers=("web1",)))
    yield made
    made.yard.close()


def test_a_few_histories_end_well(ground: Ground) -> None:
    run_state_machine_as_test(histories(ground), settings=settings(CALM, max_examples=1, stateful_step_count=6))


@pytest.mark.slow
def test_many_histories_end_well(ground: Ground) -> None:
    run_state_machine_as_test(histories(ground), settings=settings(CALM, max_examples=20, stateful_step_count=10))
