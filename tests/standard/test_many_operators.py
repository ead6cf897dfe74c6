"""Claims about many who want the same servers at once: one at a time, nobody for ever, and all as if one by one."""

import random
from pathlib import Path

import pytest
from tests.racing import Runner, Track

from capify.testing.repository import Repository

pytestmark = pytest.mark.skipif(not Track.possible, reason="servers with the same paths need namespaces")
MANY = [10, pytest.param(50, marks=pytest.mark.slow)]
PAIRS = [(2, 11), *(pytest.param(25, seed, marks=pytest.mark.slow) for seed in range(4))]


@pytest.mark.parametrize("number", MANY)
def test_of_many_who_wait_all_get_through_one_after_the_other(tmp_path: Path, number: int) -> None:
    track = Track(tmp_path)
    ran = track.run([Runner(("on_all",), settings={"lock_wait": 500})] * number)
    assert [one["status"] for one in ran] == [0] * number, [one for one in ran if one["status"]]
    assert len(track.entered()) == number


@pytest.mark.parametrize("number", MANY)
def test_of_many_who_do_not_wait_one_wins_and_the_others_are_told_by_whom(tmp_path: Path, number: int) -> None:
    track = Track(tmp_path)
    ran = track.run([Runner(("on_all",))] * number)
    won = [one for one in ran if one["status"] == 0]
    assert won
    assert len(track.entered()) == len(won)
    assert all(one["status"] == 3 and "is locked by" in one["failure"] for one in ran if one not in won)


@pytest.mark.parametrize("rounds", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_of_two_whose_servers_overlap_one_always_wins(tmp_path: Path, rounds: int) -> None:
    track, chance = Track(tmp_path), random.Random(7)
    for _ in range(rounds):
        ran = track.run([Runner((word,), chance.uniform(0, 0.1)) for word in ("on_all", "on_two")])
        statuses = [one["status"] for one in ran]
        assert 0 in statuses
        assert set(statuses) <= {0, 3}, ran
        assert len(track.entered()) == statuses.count(0)


@pytest.mark.parametrize(("pairs", "seed"), PAIRS)
def test_pairs_of_deployments_end_as_if_one_had_followed_the_other(tmp_path: Path, pairs: int, seed: int) -> None:
    repository, chance = Repository.create(tmp_path / "repository"), random.Random(seed)
    track = Track(tmp_path / "track", repository=repository.url)
    for turn in range(pairs):
        commits = [repository.commit(f"{turn} {name}") for name in ("anna", "bob")]
        ran = track.run(
            [Runner(("deploy",), chance.uniform(0, 1), {"revision": commit, "lock_wait": 100}) for commit in commits]
        )
        assert [one["status"] for one in ran] == [0, 0], ran
        order = track.entered()
        assert sorted(order) == sorted(commits)
        for name in track.servers:
            shop = track.root(name) / "shop"
            release = (shop / "current").readlink().name
            assert (shop / "releases" / release / "REVISION").read_text().strip() == order[-1]
            assert not (shop / ".capify/operation").exists()
            assert [path.read_text().split()[1] for path in sorted((shop / ".capify/releases").iterdir())][-2:] == [
                "retired", "live",
            ]  # fmt: skip
