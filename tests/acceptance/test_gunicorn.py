"""A real application server, started through `current`: what is published is what answers, and no request fails.

Rule: a request has failed when it was not answered with 200. Nothing is tried again and no server is passed over, but
where a test says that a balancer stands before the servers: that one tries the next server, as nginx does by default.
"""

import http.client
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import cycle, takewhile
from pathlib import Path

import pytest

from capify.testing.fleet import Fleet
from capify.testing.plugin import Fleets
from capify.testing.repository import Repository

from .operating import SHOP, Operator, fleet_of, live, wait_until

HOSTS = ("web1", "web2", "web3")
APPLICATION = """\
from pathlib import Path

COMMIT = Path(__file__).resolve().with_name("REVISION").read_text().strip()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(COMMIT)))])
    return [COMMIT.encode()]
"""
RECIPE = """\
from capify import config, current_path, load, namespace, run, server, shared_path

load("deploy")
config.application = "shop"
config.deploy_to = "{shop}"
config.branch = "master"
{servers}
config.health_url = "http://{{address}}:{{app_port}}/version"
config.health_expect = "{{revision}}"
config.health_process = "shared/pids/gunicorn.pid"
config.health_interval = 0.1
config.health_retries = 300
config.restart_waves = [1]

PACKAGES = "{packages}"
deploy = namespace("deploy")


def gunicorn(server):
    to = f"{{server.properties['address']}}:{{server.properties['app_port']}}"
    files = f"--pid {{shared_path}}/pids/gunicorn.pid --error-logfile {{shared_path}}/gunicorn.log --no-control-socket"
    return f"python3 -m gunicorn --daemon --workers 2 --chdir {{current_path}} --bind {{to}} {{files}} app:application"


def kill(signal):
    return f"kill -{{signal}} $(cat {{shared_path}}/pids/gunicorn.pid)"


@deploy.task
def start():
    run(f"mkdir -p {{shared_path}}/pids")
    run(gunicorn, env={{"PYTHONPATH": PACKAGES}})


@deploy.task
def stop():
    run(kill("TERM"))


@deploy.task
def restart():
    {restart}
"""
RELOAD = 'run(kill("HUP"))'
REOPEN_LOGS = 'run(kill("USR1"))'
RELOAD_OR_START = """run(f"{kill('HUP')} || rm -f {shared_path}/pids/gunicorn.pid")
    run(lambda one: f"test -e {shared_path}/pids/gunicorn.pid || {gunicorn(one)}", env={"PYTHONPATH": PACKAGES})"""
STOP_AND_START = """run(f"{kill('TERM')}; while [ -e {shared_path}/pids/gunicorn.pid ]; do sleep 0.02; done")
    start()"""


@dataclass
class Web:
    """Three servers with gunicorn, one application, and an operator."""

    operator: Operator
    code: Repository
    ports: dict[str, tuple[str, int]]
    first: str = ""

    @property
    def fleet(self) -> Fleet:
        """The servers."""
        return fleet_of(self.operator)

    def writes(self, restart: str) -> None:
        """Write the recipe, with the body of `deploy:restart`."""
        servers = "\n".join(
            f'server("{name}", "app", address="{address}", app_port={port})'
            for name, (address, port) in self.ports.items()
        )
        packages = self.fleet.shared / "packages"
        text = RECIPE.format(shop=SHOP, servers=servers, packages=packages, restart=restart)
        self.operator.write({"capfile.py": text})

    def answers(self) -> list[str]:
        """What each server answers."""
        return [ask(*place)[1] for place in self.ports.values()]

    def live(self) -> list[str]:
        """Which commit is live on each server."""
        return [live(self.fleet, name, SHOP) for name in HOSTS]


@dataclass
class Load:
    """Requests that go from server to server, one after the other, from several visitors at once."""

    places: list[tuple[str, int]]
    balanced: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[tuple[str, int], str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def visit(self) -> None:
        """Ask until the end."""
        turns = cycle(range(len(self.places)))
        while not self.ended.is_set():
            first = next(turns)
            order = [*self.places[first:], *self.places[:first]]
            tried = order if self.balanced else order[:1]
            errors = list(takewhile(bool, map(self._ask, tried)))
            if len(errors) == len(tried):
                self.failures.append((order[0], "; ".join(errors)))

    def _ask(self, place: tuple[str, int]) -> str:
        """Ask one server; returns what went wrong."""
        try:
            status, text = ask(*place)
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        self.seen[text] += status == 200
        return "" if status == 200 else str(status)


def ask(address: str, port: int) -> tuple[int, str]:
    """Ask one server for its version, on a connection of its own."""
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request("GET", "/version")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextmanager
def load(web: Web, *, balanced: bool = False, visitors: int = 3) -> Iterator[Load]:
    """Keep visitors asking while a block runs."""
    made = Load(list(web.ports.values()), balanced)
    threads = [threading.Thread(target=made.visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.ended.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def web(fleets: Fleets, tmp_path: Path) -> Iterator[Web]:
    """Three servers on which the first commit is live, and answers."""
    fleet = fleets(*HOSTS)
    if not fleet.own_roots:
        pytest.skip("servers with the same paths need roots of their own")
    for package in ("gunicorn", "packaging"):  # the servers' own python3 sees nothing of this environment
        found = find_spec(package)
        assert found is not None
        source = Path(str(found.origin)).parent
        shutil.copytree(source, fleet.shared / "packages" / package, ignore=shutil.ignore_patterns("__pycache__"))
    code = Repository.create(fleet.shared / "repository")
    (code.path / "app.py").write_text(APPLICATION)
    code.commit("an application")
    made = Web(Operator(tmp_path / "project", fleet), code, {name: _free(fleet, name) for name in HOSTS})
    made.operator.variables["CAPIFY_REPOSITORY"] = code.url
    made.writes(RELOAD)
    made.operator.does("deploy:setup", "deploy:update", "deploy:start", "deploy:check_health")
    made.first = code.head()
    yield made
    for name in HOSTS:
        fleet.run(name, f"kill -KILL -- $(cat {SHOP}/shared/pids/gunicorn.pid)")


def _free(fleet: Fleet, name: str) -> tuple[str, int]:
    address, _ = fleet.address(name)
    with socket.socket() as probe:
        probe.bind((address, 0))
        return address, int(probe.getsockname()[1])


pytestmark = pytest.mark.fleet(*HOSTS)


def test_every_server_answers_with_what_was_published_and_no_request_fails(web: Web):
    assert web.answers() == [web.first] * 3
    second = web.code.commit("second")
    with load(web) as requests:
        wait_until(lambda: len(requests.seen) == 1)
        said = web.operator.does("deploy")
        assert web.answers() == [second] * 3
        wait_until(lambda: requests.seen[second] > 30)
        web.operator.does("deploy:rollback")
        assert web.answers() == [web.first] * 3
    assert requests.failures == []
    assert set(requests.seen) == {web.first, second}
    assert said.err.count("check health") == 3  # one wave after the other


def test_a_signal_that_reloads_nothing_is_found_out_and_taken_back(web: Web):
    web.code.commit("second")
    web.writes(REOPEN_LOGS)
    said = web.operator.cap("-s", "health_retries=2", "deploy")
    assert said.status == 6, said.err
    old = live_release(web)
    assert f"still serving {old}, not " in said.err
    assert "go to `current` again" in said.err
    assert web.live() == [web.first] * 3
    assert web.answers() == [web.first] * 3


@pytest.mark.slow
def test_a_release_that_does_not_start_costs_one_server_a_moment_and_is_taken_back(web: Web):
    web.writes(RELOAD_OR_START)
    (web.code.path / "app.py").write_text("raise RuntimeError('no')\n")
    web.code.commit("second")
    with load(web) as requests:
        said = web.operator.cap("-s", "health_retries=20", "deploy")
    assert said.status == 6, said.err
    assert {place for place, _ in requests.failures} <= {web.ports["web1"]}  # gunicorn ends when its workers cannot
    assert web.live() == [web.first] * 3
    web.operator.does("deploy:check_health")
    assert web.answers() == [web.first] * 3


@pytest.mark.slow
@pytest.mark.parametrize("waves", ["1", "100%"])
def test_behind_a_balancer_servers_may_even_stop_as_long_as_it_is_one_at_a_time(web: Web, waves: str):
    web.writes(STOP_AND_START)
    second = web.code.commit("second")
    with load(web, balanced=True) as requests:
        wait_until(lambda: len(requests.seen) == 1)
        web.operator.does("-s", f"restart_waves={waves}", "deploy")
        wait_until(lambda: requests.seen[second] > 30)
    assert web.answers() == [second] * 3
    assert (requests.failures == []) == (waves == "1")


def live_release(web: Web) -> str:
    """Name the live release, the same on every server."""
    (name,) = {web.fleet.path(host, f"{SHOP}/current").readlink().name for host in HOSTS}
    return name
