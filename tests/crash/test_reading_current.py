"""Claim: whoever reads through `current` while it is switched again and again finds a release, each time."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
from tests.crash.flows import FLOWS
from tests.crash.ground import Ground
from tests.crash.local_yard import LocalYard

SWITCHES = 500
SERVERS = ("web1", "web2", "web3")
RECIPE = """

from capify import task
from capify.standard.answers import State
from capify.standard.grip import gripped
from capify.standard.switching import Publication


@task
def switch(times: int = 0):
    grip = gripped()
    both = sorted(next(iter(grip.seen.values())).releases)
    waiting = [grip.arm(Publication(name, "deploy", State.RETIRED)) for name in both]
    for one in waiting:
        one.expect("armed")
    for number in range(times):
        waiting[number % 2].send("flip")
        waiting[number % 2].expect("published\\t")
"""


@dataclass
class Reader:
    """Reads `REVISION` through each link, round and round, until it is told to stop."""

    links: list[Path]
    known: set[str]
    reads: int = 0
    changes: int = 0
    misses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        last = dict.fromkeys(self.links, "")
        while not self._over.is_set():
            for link in self.links:
                try:
                    found = (link / "REVISION").read_text().strip()
                except OSError as error:
                    found = str(error)
                if found not in self.known:
                    self.misses.append(f"{link}: {found!r}")
                self.reads += 1
                self.changes += found != last[link]
                last[link] = found


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground.lay(LocalYard(tmp_path / "yard", servers=SERVERS, shell="uncounted"))
    with (made.yard.project / "capfile.py").open("a") as file:
        file.write(RECIPE)
    yield made
    made.yard.close()


@pytest.mark.parametrize("times", [20, pytest.param(SWITCHES, marks=pytest.mark.slow)])
def test_a_reader_misses_nothing(ground: Ground, times: int, record_property: Callable[[str, object], None]) -> None:
    ground.begin(next(flow for flow in FLOWS if flow.name == "deploy"))
    links = [shop / "current" for shop in ground.shops().values()]
    with Reader(links, set(ground.history[:2])) as reader:
        ran = ground.yard.invoke("switch", f"times={times}", settings={"revision": ground.history[0]})
    assert ran.status == 0, ran.said
    record_property("switches read through", times * len(links))
    record_property("reads through them", reader.reads)
    assert reader.misses == []
    assert reader.changes >= times, f"{reader.reads} reads saw {reader.changes} changes of {len(SERVERS) * times}"
