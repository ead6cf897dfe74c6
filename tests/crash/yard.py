"""A yard: some servers whose operations are counted, and an operator who can be killed.

    ran = yard.invoke("deploy", spot=Spot("web1", 17), act=kill_operator)

Rule: a fault is done by this process while the server's stand-in waits, so that it hits exactly there.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.crash.agent import Order

from capify.testing.processes import signal_all

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Spot:
    """Where something happens: the server, which of its operations, counted from 1, and when in it."""

    server: str
    number: int
    moment: str = "before"


@dataclass(frozen=True)
class Ran:
    """What came of an invocation.

    `status` is `None` if the operator was killed. `where` is the operation at which the fault struck, if it did;
    `missed` are those that found no release behind `current`; `told` are each server's operations, where no fault was
    planned.
    """

    status: int | None
    failure: str = ""
    live: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    tables: tuple[Any, ...] = ()
    left: tuple[str, ...] = ()
    where: str = ""
    missed: tuple[str, ...] = ()
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    log: str = ""

    @property
    def said(self) -> str:
        """All that is known, for people."""
        dull = ("TaskStarted", "TaskEnded", "CommandStarted", "CommandEnded", "LiveNow", "OutputLine")
        told = [event for event in self.events if not event.startswith(dull)]
        return "\n".join([f"status {self.status}", self.failure, *told[-8:], self.log[-2000:]])


Act = Callable[[int], bool]  # what a fault does, given the operator's process: whether the stand-in shall go on


def kill_operator(operator: int) -> bool:
    """Kill the operator; what it began on servers is theirs."""
    signal_all([operator], signal.SIGKILL)
    return True


class Points:
    """The operations of one server: the counter, and what shall happen at which."""

    def __init__(self, folder: Path, deploy_to: str) -> None:
        self.folder = folder
        self._deploy_to = deploy_to
        self._bell = os.open(folder / "bell", os.O_RDWR | os.O_NONBLOCK)
        self._answer = os.open(folder / "answer", os.O_RDWR | os.O_NONBLOCK)

    def begin(self, spot: Spot | None) -> None:
        """Count from 0 again; let it ring at a spot, or nowhere."""
        for name in ("had", "missed", "where", "told"):
            (self.folder / name).unlink(missing_ok=True)
        if (self.folder / "rung").is_dir():
            (self.folder / "rung").rmdir()
        for fifo in (self._bell, self._answer):
            while select.select([fifo], [], [], 0)[0]:
                os.read(fifo, 4096)
        number, moment = (spot.number, spot.moment) if spot else (10**9, "before")
        self._write("target", f"{number} {moment} {self._deploy_to}\n")
        self._write("count", "")
        if spot is None:
            self._write("told", "")

    def answer(self) -> None:
        """Let the stand-in that rang go on."""
        os.write(self._answer, b".\n")

    def fileno(self) -> int:
        """The bell, for `select`."""
        return self._bell

    def lines(self, name: str) -> tuple[str, ...]:
        """What was written down: `where`, `missed`, `told`."""
        file = self.folder / name
        return tuple(file.read_text(errors="replace").splitlines()) if file.exists() else ()

    def close(self) -> None:
        """Close the bell."""
        os.close(self._bell)
        os.close(self._answer)

    def _write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o666)


class Agent:
    """The process that runs Capify, and the conversation with it."""

    def __init__(self, environment: Mapping[str, str], folder: Path, *, prefix: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self._points: dict[str, Points] = {}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])])
        self._complaints = (folder / "agent.log").open("wb")
        self._unheard = b""
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "tests.crash.agent"], cwd=ROOT, env={**environment, "PYTHONPATH": path},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, start_new_session=True,
        )  # fmt: skip

    @property
    def _reports(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def watch(self, points: Mapping[str, Points]) -> None:
        """Listen to these servers' bells."""
        self._points = dict(points)

    def run(self, order: Order, spot: Spot | None, act: Act | None) -> Ran:
        """Run an invocation; at the spot, act."""
        for name, points in self._points.items():
            points.begin(spot if spot and spot.server == name else None)
        began = time.monotonic()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # whoever hears nothing will say why
            self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
            self._process.stdin.flush()
        while not (begun := self._hear_more()):
            select.select([self._reports], [], [])
        operator = begun["operator"]
        while not (heard := self._hear_more()):
            for name, points in self._rung().items():
                assert spot is not None, name
                assert act is not None
                if act(operator):
                    points.answer()
        return self._ran(heard, order, time.monotonic() - began)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
        self._complaints.close()
        for points in self._points.values():
            points.close()

    def _rung(self) -> dict[str, Points]:
        """Wait until a bell rings, or something is heard; gives whose bells rang."""
        bells = {name: points.fileno() for name, points in self._points.items()}
        ready, _, _ = select.select([*bells.values(), self._reports], [], [])
        found = {name: self._points[name] for name, bell in bells.items() if bell in ready}
        for points in found.values():
            os.read(points.fileno(), 64)
        return found

    def _hear_more(self) -> dict[str, Any] | None:
        """Give the next report, if it is whole by now."""
        while b"\n" not in self._unheard and select.select([self._reports], [], [], 0)[0]:
            chunk = os.read(self._reports, 65536)
            if not chunk:
                raise AssertionError(f"the agent ended: {(self.folder / 'agent.log').read_text()[-3000:]}")
            self._unheard += chunk
        line, end, rest = self._unheard.partition(b"\n")
        if not end:
            return None
        self._unheard = rest
        facts = json.loads(line)
        assert isinstance(facts, dict)
        return facts

    def _ran(self, facts: Mapping[str, Any], order: Order, seconds: float) -> Ran:
        return Ran(
            status=facts.get("status"), failure=facts.get("failure", ""), live=facts.get("live", {}),
            outcomes=facts.get("outcomes", {}), events=tuple(facts.get("events", ())),
            tables=tuple(facts.get("tables", ())), left=tuple(facts["left"]),
            where="; ".join(f"{name}: {line}" for name, p in self._points.items() for line in p.lines("where")),
            missed=tuple(f"{name}: {line}" for name, p in self._points.items() for line in p.lines("missed")),
            told={name: points.lines("told") for name, points in self._points.items()}, seconds=seconds,
            log=Path(order.log).read_text(errors="replace") if Path(order.log).exists() else "",
        )  # fmt: skip


class Yard(ABC):
    """Some servers and an operator, in one folder. `deploy_to` is the same on all servers.

    `settings` and `header` (lines of the recipe) say how the servers are reached.
    """

    servers: tuple[str, ...]
    deploy_to: str
    header: str = ""
    settings: Mapping[str, Any] = MappingProxyType({})
    _agent: Agent

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        for made in (self.project, folder / "saved"):
            made.mkdir(parents=True)

    @abstractmethod
    def root(self, server: str) -> Path:
        """The folder, as this process sees it, that holds a server's `deploy_to` and nothing else."""

    @abstractmethod
    def kill_session(self, server: str) -> Act:
        """The act that kills everything that an operator has on a server."""

    def shop(self, server: str) -> Path:
        """A server's `deploy_to`, as this process sees it."""
        return self.root(server) / "shop"

    def shells(self, *, counted: bool) -> dict[str, list[str]]:
        """How the agent reaches each server, where the settings do not say it."""
        return {}

    def own(self, place: Path) -> None:  # noqa: B027 - most yards have one user
        """Give what this process made to whoever logs in."""

    def settle(self) -> list[str]:
        """Wait until nothing of an invocation is left on any server; what does not go is named."""
        return []

    def invoke(
        self, *words: str, spot: Spot | None = None, act: Act | None = None, counted: bool = True, shift: float = 0,
        dry: bool = False, settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> Ran:  # fmt: skip
        """Run `cap` with these words and settings; at the spot, act.

        What is not `counted` may be faster. `shift` is by how many seconds the operator's clock is wrong.
        """
        order = Order(
            str(self.project), words, str(self.folder / "result"), str(self.folder / "operator.log"),
            {**self.settings, **settings}, shells=self.shells(counted=counted), shift=shift, dry=dry,
        )  # fmt: skip
        ran = self._agent.run(order, spot, act)
        return replace(ran, left=(*ran.left, *self.settle()))

    def save(self, name: str) -> None:
        """Keep what all servers have, under a name."""
        for server in self.servers:
            kept = self.folder / "saved" / name / server
            kept.mkdir(parents=True)
            _copy(self.root(server), kept)

    def restore(self, name: str) -> None:
        """Give all servers what was kept."""
        for server in self.servers:
            if self.shop(server).exists():
                shutil.rmtree(self.shop(server))
            _copy(self.folder / "saved" / name / server, self.root(server))

    def close(self) -> None:
        """End the agent."""
        self._agent.close()


def _copy(source: Path, target: Path) -> None:
    for child in source.glob("shop"):
        subprocess.run(["cp", "-a", "--", child, target], check=True, stdin=subprocess.DEVNULL)
