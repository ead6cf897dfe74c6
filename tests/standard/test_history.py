"""Claims about which release is the previous one, and which ones go; over random histories too."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import Refused
from capify.machines import Server
from capify.standard.answers import Current, Deployment, Record, State
from capify.standard.history import doomed, good, next_release_name, previous, strangers

ONE, TWO = Server("one"), Server("two")


@dataclass
class Story:
    """A server as the scripts would leave it."""

    records: dict[str, Record] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    live: str = ""
    made: int = 0

    def build(self, state: State) -> str:
        self.made += 1
        name = f"r{self.made}"
        top = max((record.sequence for record in self.records.values()), default=0)
        self.records[name] = Record(name, state, top + 1)
        self.folders.add(name)
        return name

    def publish(self, name: str, leaving: State = State.RETIRED) -> None:
        top = max((record.published for record in self.records.values()), default=0)
        if self.live in self.records and self.live != name:
            self.records[self.live] = replace(self.records[self.live], state=leaving)
        self.records[name] = replace(self.records[name], state=State.LIVE, published=top + 1)
        self.live = name

    def deploy(self) -> str:
        name = self.build(State.READY)
        self.publish(name)
        return name

    def rollback(self) -> None:
        try:
            self.publish(previous({ONE: self.seen()}), State.BAD)
        except Refused:
            return

    def cleanup(self, keep: int, keep_failed: int) -> None:
        for name in doomed(self.seen(), keep, keep_failed):
            self.folders.discard(name)
            del self.records[name]

    def link(self) -> None:
        if self.folders:
            self.live = min(self.folders)

    def adopt(self) -> None:
        self.stray()
        self.live = f"hand-{self.made}"

    def stray(self) -> None:
        self.made += 1
        self.folders.add(f"hand-{self.made}")

    def lose(self) -> None:
        self.folders.discard(min(self.records, default=""))
        self.live = self.live if self.live in self.folders else ""

    def seen(self) -> Deployment:
        return Deployment(
            exists=True,
            current=Current.RELEASE if self.live else Current.NONE,
            live=self.live,
            releases=frozenset(self.folders),
            records=dict(self.records),
        )


def test_previous_is_the_last_that_was_live_and_not_a_bad_one() -> None:
    story = Story()
    first = story.deploy()
    story.deploy()
    story.rollback()
    assert story.live == first
    story.deploy()
    story.build(State.BUILDING)
    story.build(State.READY)
    story.rollback()
    assert story.live == first
    with pytest.raises(Refused, match="no earlier good release"):
        previous({ONE: story.seen()})


def test_previous_must_be_the_same_everywhere_and_says_who_lacks_it() -> None:
    long, short = Story(), Story()
    first, second = long.deploy(), long.deploy()
    short.made = 1
    assert short.deploy() == second
    with pytest.raises(Refused) as refused:
        previous({ONE: long.seen(), TWO: short.seen()})
    assert "`two`" in str(refused.value)
    assert f"`{first}`" in str(refused.value)


def test_servers_with_different_live_releases_are_not_rolled_back() -> None:
    one, two = Story(), Story()
    for story in (one, two):
        story.deploy()
        story.deploy()
    one.deploy()
    with pytest.raises(Refused, match="different releases are live"):
        previous({ONE: one.seen(), TWO: two.seen()})


def test_what_is_bad_on_one_server_is_no_way_back_for_any_and_the_way_back_survives_cleaning_up() -> None:
    one, two = Story(), Story()
    for story in (one, two):
        story.deploy()
        failed = story.deploy()
        story.deploy()
    one.records[failed] = replace(one.records[failed], state=State.BAD)
    seen = {ONE: one.seen(), TWO: two.seen()}
    assert previous(seen) == "r1"
    assert doomed(seen[TWO], 2) == ("r1",)
    assert doomed(seen[TWO], 2, spared=previous(seen)) == ()


def test_previous_whose_folder_is_gone_is_not_chosen() -> None:
    story = Story()
    first, second = story.deploy(), story.deploy()
    story.deploy()
    story.folders.discard(second)
    assert previous({ONE: story.seen()}) == first


def test_what_a_killed_publication_left_as_live_still_counts_as_good() -> None:
    story = Story()
    first, second = story.deploy(), story.build(State.READY)
    story.live = second  # the link was switched, the records were not
    assert previous({ONE: story.seen()}) == first


def test_cleanup_keeps_so_many_good_ones_and_failed_ones_apart() -> None:
    story = Story()
    names = [story.deploy() for _ in range(6)]
    story.build(State.BAD)
    story.build(State.BAD)
    assert doomed(story.seen(), 3) == (names[2], names[1], names[0], "r7")


def test_cleanup_to_one_still_keeps_the_last_good_one() -> None:
    story = Story()
    names = [story.deploy() for _ in range(3)]
    assert doomed(story.seen(), 1) == (names[0],)


def test_live_survives_though_it_is_the_oldest() -> None:
    story = Story()
    names = [story.deploy() for _ in range(5)]
    story.live = names[0]
    assert names[0] not in doomed(story.seen(), 1)


def test_builds_under_way_stay_and_abandoned_ones_are_failed_ones() -> None:
    story = Story()
    abandoned = [story.build(State.BUILDING), story.build(State.READY)]
    story.deploy()
    story.build(State.BUILDING)
    assert doomed(story.seen(), 5, 0) == tuple(reversed(abandoned))


def test_where_nobody_knows_what_is_live_nothing_goes() -> None:
    story = Story()
    for _ in range(5):
        story.deploy()
    for current in (Current.NONE, Current.DANGLING, Current.OUTSIDE, Current.DIRECTORY):
        assert doomed(replace(story.seen(), current=current, live=""), 1) == ()


def test_keeping_none_is_refused() -> None:
    with pytest.raises(Refused):
        doomed(Story().seen(), 0)


Deeds = {
    "deploy": Story.deploy,
    "fail": lambda story: story.build(State.BAD),
    "build": lambda story: story.build(State.BUILDING),
    "rollback": Story.rollback,
    "link by hand": Story.link,
    "adopt": Story.adopt,
    "make by hand": Story.stray,
    "lose": Story.lose,
}


@given(st.lists(st.sampled_from([*Deeds, "cleanup"]), max_size=40), st.integers(1, 4), st.integers(0, 2))
def test_live_and_last_good_and_unknown_survive_any_history(deeds: list[str], keep: int, failed: int) -> None:
    story = Story()
    for deed in [*deeds, "cleanup"]:
        if deed == "cleanup":
            _check(story, keep, failed)
            story.cleanup(keep, failed)
        else:
            Deeds[deed](story)


def _check(story: Story, keep: int, failed: int) -> None:
    seen = story.seen()
    gone = set(doomed(seen, keep, failed))
    assert seen.live not in gone
    assert not gone & set(good(seen).earlier[:1])
    assert gone <= set(seen.records)
    assert not gone & set(strangers(seen))
    if seen.live:
        left = [record for record in seen.records.values() if record.release in seen.releases - gone]
        assert sum(record.state is State.BAD and record.release != seen.live for record in left) <= failed
        assert len(set(good(seen).earlier) - gone) <= max(keep - 1, 1)


def test_the_next_name_is_the_time_in_utc() -> None:
    now = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert next_release_name(now, []) == "20260203040506"
    assert next_release_name(now, ["r1", "20260203040505", "99999999999999"]) == "20260203040506"


Moments = st.integers(631152000, 7258118400).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(Moments, st.lists(Moments))
def test_the_next_name_is_newer_than_every_other_whatever_the_clock_says(now: datetime, others: list[datetime]) -> None:
    existing = [moment.strftime("%Y%m%d%H%M%S") for moment in others]
    name = next_release_name(now, existing)
    assert all(name > other for other in existing)
    assert len(name) == 14
