"""What may happen to one server over the years, and what has to survive all of it.

Rule: the model knows only what a person in front of the server would know: what was live when, and what was put there.
"""

import os
import shutil
import time

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.crash import truth
from tests.crash.flows import FLOWS
from tests.crash.ground import Ground
from tests.crash.local_yard import LocalYard
from tests.crash.yard import Act, Ran, Spot, kill_operator

YEARS = 10 * 365 * 86400
FOREIGN = ("uploads", "20991231235959", "20010101000000", "backup.old", ".hidden")
commit = st.integers(0, 3)


class History(RuleBasedStateMachine):
    """One server: deployed to, failed on, rolled back, tampered with, cleaned, with clocks that are wrong."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        assert isinstance(ground.yard, LocalYard)
        self.yard = ground.yard
        self.server = self.yard.servers[0]
        self.shop = self.yard.shop(self.server)
        self.outside = self.yard.root(self.server) / "outside"
        self.live = ""
        self.good: list[str] = []  # releases that were live and healthy, the latest last
        self.foreign: dict[str, dict[str, str]] = {}
        self.unproven = ""
        self.pinned: set[str] = set()
        self.shift = 0
        self.keep = 2
        self.told: list[str] = []

    @initialize()
    def begin(self) -> None:
        self.ground.begin(FLOWS[1])
        shutil.rmtree(self.outside, ignore_errors=True)
        (self.outside / "folder").mkdir(parents=True)
        (self.outside / "folder/precious").write_text("do not touch\n")
        self.yard.wrong_clock(self.server, 0)

    # What happens.

    @rule(number=commit)
    def deploy(self, number: int) -> None:
        self._succeeds(self._cap("deploy", number))
        new = truth.live(self.shop)
        assert new != self.live, "the same release is live again"
        assert truth.revision(self.shop, new) == self.ground.history[number]
        self._left()
        self.live = new

    @rule(number=commit)
    def fail(self, number: int) -> None:
        ran = self._cap("deploy", number, works=self.live or "none")
        assert ran.status == 6, ran.said
        assert truth.live(self.shop) == self.live, ran.said

    @rule(number=commit, point=st.integers(1, 60))
    def die(self, number: int, point: int) -> None:
        ran = self._cap("deploy", number, spot=Spot(self.server, point), act=kill_operator)
        self.ground.let_leases_run_out()
        now = truth.live(self.shop)
        if now != self.live:  # live, but nobody knows whether it works
            assert truth.revision(self.shop, now) == self.ground.history[number], ran.said
            self._left()
            self.live = self.unproven = now

    @precondition(lambda self: self.live)
    @rule()
    def roll_back(self) -> None:
        ran = self._cap("deploy:rollback", 0)
        now = truth.live(self.shop)
        if ran.status == 3:
            assert now == self.live, ran.said
            return
        self._succeeds(ran)
        assert now != self.live, ran.said
        assert now not in self.foreign, f"went back to {now}, which Capify did not make"
        self.good = [name for name in self.good if name not in {now, self.live}]
        self.live = now

    @rule(keep=st.integers(1, 3))
    def clean_up(self, keep: int) -> None:
        self.keep = keep
        self._succeeds(self._cap("deploy:cleanup", 0))

    @precondition(lambda self: self.good)
    @rule(which=st.integers(0, 9))
    def pin(self, which: int) -> None:
        name = self.good[which % len(self.good)]
        if not self.ground.commits.wrong(self.shop / "releases" / name):  # else it was cleaned up, as it may be
            self._succeeds(self._cap("deploy:pin", 0, arguments=(f"release={name}",)))
            self.pinned.add(name)

    @precondition(lambda self: self.pinned)
    @rule()
    def unpin(self) -> None:
        self._succeeds(self._cap("deploy:unpin", 0, arguments=(f"release={min(self.pinned)}",)))
        self.pinned.discard(min(self.pinned))

    @rule(name=st.sampled_from(FOREIGN))
    def put_a_folder_there(self, name: str) -> None:
        folder = self.shop / "releases" / name
        if not folder.exists():
            folder.mkdir()
            (folder / "mine").write_text("mine\n")
            (folder / "away").symlink_to(self.outside / "folder")
            self.foreign[name] = truth.digest(folder)

    @rule(which=st.integers(0, 9))
    def link_by_hand(self, which: int) -> None:
        there = [
            name
            for name in truth.releases(self.shop)
            if name in {*self.good, self.live, *self.foreign} and name[0] != "."
        ]
        if there:
            name = there[which % len(there)]
            fresh = self.shop / "current.new"
            fresh.symlink_to(f"releases/{name}")
            fresh.rename(self.shop / "current")
            if name != self.live:
                self._left()
                self.good = [one for one in self.good if one != name]
            self.live = name
            self.told.append(f"link_by_hand({name})")

    @rule(years=st.sampled_from([-1, 0, 1]), theirs=st.sampled_from([-1, 0, 1]))
    def set_clocks(self, years: int, theirs: int) -> None:
        self.shift = years * YEARS
        self.yard.wrong_clock(self.server, theirs * YEARS)
        self.told.append(f"set_clocks({years}, {theirs})")

    @rule(years=st.sampled_from([-1, 1]))
    def let_dates_lie(self, years: int) -> None:
        then = time.time() + years * YEARS
        for path in (*(self.shop / "releases").glob("*"), *(self.shop / ".capify").rglob("*")):
            os.utime(path, (then, then), follow_symlinks=False)

    # What survives.

    @invariant()
    def what_is_live_is_live_and_whole(self) -> None:
        assert truth.live(self.shop) == self.live, self.told
        if self.live and self.live not in self.foreign:
            assert self.ground.commits.wrong(self.shop / "releases" / self.live) == [], self.told

    @invariant()
    def the_last_good_release_is_there(self) -> None:
        if self.good:
            whole = [name for name in self.good if not self.ground.commits.wrong(self.shop / "releases" / name)]
            assert self.good[-1] in whole, f"{self.good[-1]} of {self.good} is gone: {self.told}"

    @invariant()
    def pinned_releases_are_there(self) -> None:
        for name in self.pinned:
            assert self.ground.commits.wrong(self.shop / "releases" / name) == [], self.told

    @invariant()
    def nothing_else_is_touched(self) -> None:
        for name, was in self.foreign.items():
            assert truth.digest(self.shop / "releases" / name) == was, f"{name}: {self.told}"
        assert (self.outside / "folder/precious").read_text() == "do not touch\n"
        assert [path.name for path in self.outside.iterdir()] == ["folder"]
        assert (self.shop / "shared/config/keys.txt").read_text() == "secret\n"

    def _cap(
        self, word: str, number: int, spot: Spot | None = None, act: Act | None = None,
        arguments: tuple[str, ...] = (), **settings: object,
    ) -> Ran:  # fmt: skip
        self.good = [name for name in self.good[:-1] if (self.shop / "releases" / name).is_dir()] + self.good[-1:]
        given = {"revision": self.ground.history[number], "keep_releases": self.keep, **settings}
        ran = self.yard.invoke(word, *arguments, spot=spot, act=act, shift=self.shift, settings=given)
        self.told.append(
            f"{word} {number} {arguments or spot or settings or ''} -> {ran.status}: {truth.live(self.shop)}"
        )
        assert not (self.live and ran.missed), self.told
        assert not ran.left, self.told
        assert not self.ground.lies(ran), self.told
        return ran

    def _succeeds(self, ran: Ran) -> None:
        assert ran.status == 0, f"{self.told}\n{ran.said}"

    def _left(self) -> None:
        """What was live until now is a good release, if Capify made it, and it came to its end."""
        if self.live and self.live not in {*self.foreign, self.unproven}:
            self.good = [*(name for name in self.good if name != self.live), self.live]


def histories(ground: Ground) -> type[History]:
    """Give the machine on this ground."""

    class There(History):
        def __init__(self) -> None:
            super().__init__(ground)

    return There
