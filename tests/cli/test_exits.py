"""Exit statuses: of several invocations, the most serious ending is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.cli.exits import PRECEDENCE, explained, worst


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([], 0), ([0, 0], 0), ([0, 2], 2), ([0, 1], 1), ([2, 4], 4), ([4, 1], 1), ([1, 5], 5), ([5, 3], 3),
        ([3, 130], 130), ([130, 6], 6), ([6, 7], 7),
    ],
)
def test_the_most_serious_ending_counts(statuses: list[int], told: int) -> None:
    assert worst(statuses) == told


@given(st.permutations([0, 1, 3, 4, 5, 6, 7, 130]))
def test_the_order_of_invocations_does_not_matter(statuses: list[int]) -> None:
    assert worst(statuses) == 7


def test_every_status_has_words() -> None:
    told = "\n".join(explained())
    assert all(f"{status:>3}  " in told for status in (0, 2, *PRECEDENCE))
