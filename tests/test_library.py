"""Capify as a library: values in, a value out, and nothing said or shared on the way."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from capify.errors import (
    Aborted,
    CapifyError,
    ConnectFailed,
    Interrupted,
    RecipeError,
    Refused,
    TaskFailed,
    UsageError,
)
from capify.events import CommandPreviewed, Event, InvocationEnded, InvocationStarted, Notice, OutputLine
from capify.library import Deployment
from capify.reporters.log import Log
from capify.testing import Fleet, Repository

CAPFILE = """
from capify import abort, after, ask, capture, config, load, on, run, say, server, task
from naming import NAME

config.transport = "local"
config.owner = NAME
config.greeting = lambda: f"hello from {config.owner} {config.stage}"
server("localhost", "app")

@task
def greet(times: int = 1):
    for _ in range(times):
        run(["echo", config.greeting])

@after("greet")
def farewell():
    run(["echo", f"bye from {NAME}"])

@task
def breaks():
    run("echo boom >&2; exit 3")

@task
def leaves():
    abort("not today", exit=9)

@task
def remembers():
    say(str(config.get("seen", "nothing")))
    config.seen = "something"

@task
def asks():
    say(f"{ask('Which colour?')} it is")

@task
def writes(path):
    run(["touch", path])
"""

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a project with a module and stages of its own."""

    def written(name: str = "one", capfile: str = CAPFILE, **stages: str) -> Path:
        folder = tmp_path / name
        (folder / "config/deploy").mkdir(parents=True)
        (folder / "capfile.py").write_text(capfile)
        (folder / "naming.py").write_text(f"NAME = {name!r}\n")
        for stage, text in (stages or {"staging": "", "production": ""}).items():
            (folder / f"config/deploy/{stage}.py").write_text(text)
        return folder

    return written


class Heard(list[Event]):
    """What was told, in order."""

    @property
    def lines(self) -> list[str]:
        return [event.line for event in self if isinstance(event, OutputLine)]

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self if isinstance(event, Notice)]


def test_an_invocation_gives_a_value_and_prints_nothing(make: Make, capfd: pytest.CaptureFixture[str]):
    ending = Deployment.load(make(), stage="staging").invoke("greet", times=2)
    assert (ending.ok, ending.status, ending.failure) == (True, 0, None)
    assert [(outcome.server.name, outcome.verdict) for outcome in ending.outcomes] == [("localhost", "ok")]
    assert [(result.command, result.status) for result in ending.results] == [
        ("echo 'hello from one staging'", 0), ("echo 'hello from one staging'", 0), ("echo 'bye from one'", 0),
    ]  # fmt: skip
    assert ending.check() is ending
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_a_value_and_an_error_for_whoever_wants_one(make: Make, capfd: pytest.CaptureFixture[str]):
    deployment = Deployment.load(make(), stage="staging")
    ending = deployment.invoke("breaks")
    assert ending.status == 1
    assert ending.failure is not None
    assert list(ending.failure.tails.values()) == [("boom",)]
    with pytest.raises(TaskFailed, match="command failed on `localhost`"):
        ending.check()
    with pytest.raises(Aborted, match="not today") as left:
        deployment.invoke("leaves").check()
    assert left.value.status == 9
    assert capfd.readouterr() == ("", "")


def test_a_server_that_cannot_be_reached_is_named_with_the_reason(make: Make):
    folder = make(staging="config.transport = 'openssh'\nserver('nobody@127.0.0.1:1', 'app')\n")
    head = "from capify import config, server\n"
    stage = folder / "config/deploy/staging.py"
    stage.write_text(head + stage.read_text())
    ending = Deployment.load(folder, stage="staging").invoke("greet")
    assert ending.status == 5
    with pytest.raises(ConnectFailed, match="refused"):
        ending.check()


@pytest.mark.parametrize(
    ("stage", "task", "arguments", "kind", "said"),
    [
        ("stagin", "greet", {}, UsageError, "did you mean `staging`"),
        ("elsewhere", "greet", {}, UsageError, "elsewhere"),
        ("greet", "greet", {}, UsageError, "there is no stage `greet`"),
        ("staging", "greeet", {}, UsageError, "did you mean `greet`"),
        ("staging", "greet", {"tmes": 1}, CapifyError, "tmes"),
        ("staging", "production", {}, UsageError, "second stage"),
        (None, "staging", {}, UsageError, "`staging` is a stage, and no task"),
    ],
)
def test_what_is_wrong_is_raised_before_anything_connects(
    make: Make, stage: str | None, task: str, arguments: dict[str, int], kind: type[CapifyError], said: str
):
    heard = Heard()
    with pytest.raises(kind, match=said):
        Deployment.load(make(), stage=stage, listen=heard.append).invoke(task, **arguments)
    assert heard == []


def test_a_folder_without_recipes_and_an_invocation_without_a_task_are_refused(make: Make, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no `capfile\.py`"):
        Deployment.load(tmp_path / "empty")
    with pytest.raises(UsageError, match="no task"):
        Deployment.load(make(), stage="staging").invoke()


def test_a_recipe_cannot_end_the_program_that_loads_it(make: Make):
    with pytest.raises(RecipeError, match=r"sys\.exit\(3\)"):
        Deployment.load(make(capfile="import sys\nsys.exit(3)\n"))


def test_three_loaded_deployments_share_nothing(make: Make):
    three = [
        Deployment.load(make(name), stage=stage, settings={"colour": name, "paint": lambda name=name: f"paint {name}"})
        for name, stage in (("one", "staging"), ("two", "production"), ("three", "staging"))
    ]
    lines = {}
    for deployment in (*three, *reversed(three)):
        assert deployment.invoke("greet").ok
        ending = deployment.invoke("greet")
        lines[deployment.setting("owner")] = [result.command for result in ending.results]
    assert lines == {
        "one": ["echo 'hello from one staging'", "echo 'bye from one'"],
        "two": ["echo 'hello from two production'", "echo 'bye from two'"],
        "three": ["echo 'hello from three staging'", "echo 'bye from three'"],
    }
    assert [deployment.setting("colour") for deployment in three] == ["one", "two", "three"]
    assert [deployment.setting("greeting") for deployment in three] == [
        "hello from one staging", "hello from two production", "hello from three staging",
    ]  # fmt: skip


def test_threads_load_and_invoke_at_the_same_time(make: Make):
    names = ["one", "two", "three"]
    folders = [make(name) for name in names]
    together = threading.Barrier(len(names))

    def work(folder: Path) -> list[str]:
        together.wait(60)
        deployment = Deployment.load(folder, stage="staging")
        return [result.command for _ in range(3) for result in deployment.invoke("greet").results]

    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(work, folders))
    assert found == [[f"echo 'hello from {name} staging'", f"echo 'bye from {name}'"] * 3 for name in names]


def test_one_deployment_serves_several_threads_and_remembers_nothing(make: Make):
    heard = Heard()
    deployment = Deployment.load(make(), stage="staging", listen=heard.append)
    with ThreadPoolExecutor(3) as pool:
        assert all(ending.ok for ending in pool.map(deployment.invoke, ["remembers"] * 3))
    assert heard.notices == ["nothing"] * 3
    assert len({event.id for event in heard if isinstance(event, InvocationStarted)}) == 3


def test_signals_are_left_alone_outside_the_main_thread_and_given_back_inside(make: Make):
    deployment = Deployment.load(make(), stage="staging")
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    seen: list[object] = []

    def note(event: Event) -> None:
        if isinstance(event, OutputLine):
            seen.append([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])

    listening = Deployment.load(make("two"), stage="staging", listen=note)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(listening.invoke, "greet").result().ok
    assert seen == [before, before]
    assert deployment.invoke("greet").ok
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_settings_win_over_recipes_and_never_choose_the_stage(make: Make):
    folder = make(capfile="from capify import config\nconfig.branch = 'main'\nconfig.keep_releases = 3\n")
    deployment = Deployment.load(folder, stage="staging", settings={"branch": "next", "words": ["a", "b"]})
    assert (deployment.setting("branch"), deployment.setting("keep_releases")) == ("next", 3)
    assert list(deployment.setting("words")) == ["a", "b"]
    for name in ("stage", "protected_stages"):
        with pytest.raises(UsageError, match=f"`{name}` cannot be set"):
            Deployment.load(folder, settings={name: "production"})
    with pytest.raises(UsageError, match="settings: "):
        Deployment.load(folder, settings={"deploy_to": "relative"})


def test_the_environment_counts_only_where_it_is_given(make: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CAPIFY_OWNER", "the environment")
    folder = make()
    assert Deployment.load(folder, stage="staging").setting("owner") == "one"
    given = Deployment.load(folder, stage="staging", environment={"CAPIFY_OWNER": "me", "HOSTS": "elsewhere"})
    assert given.setting("owner") == "me"
    with pytest.raises(UsageError, match="no server `elsewhere`"):
        given.plan("greet")


def test_what_was_loaded_can_be_looked_at(make: Make):
    deployment = Deployment.load(make(), stage="staging")
    assert (deployment.stage, sorted(deployment.stages)) == ("staging", ["production", "staging"])
    assert {"greet", "breaks"} <= set(deployment.tasks)
    assert [server.name for server in deployment.servers] == ["localhost"]
    assert [step.task.name for step in deployment.plan("greet", "breaks").steps] == ["greet", "breaks"]
    assert deployment.warnings == ()


def test_a_preview_changes_nothing_and_tells_what_would_be_done(make: Make, tmp_path: Path):
    heard = Heard()
    deployment = Deployment.load(make(), stage="staging", listen=heard.append)
    assert deployment.preview("writes", path=str(tmp_path / "file")).ok
    assert not (tmp_path / "file").exists()
    assert [event.command for event in heard if isinstance(event, CommandPreviewed)] == [f"touch {tmp_path}/file"]
    assert deployment.invoke("writes", path=str(tmp_path / "file")).ok
    assert (tmp_path / "file").exists()


def test_events_come_in_order_to_a_listener_and_to_reporters(make: Make, tmp_path: Path):
    heard, log = Heard(), Log(tmp_path / "log")
    Deployment.load(make(), stage="staging", listen=heard.append, reporters=[log]).invoke("greet")
    assert isinstance(heard[0], InvocationStarted)
    assert isinstance(heard[-1], InvocationEnded)
    assert heard[0].words == ("staging", "greet")
    assert heard.lines == ["hello from one staging", "bye from one"]
    assert "hello from one staging" in (tmp_path / "log").read_text()


def test_a_listener_that_breaks_is_warned_about_and_stops_nothing(make: Make, capfd: pytest.CaptureFixture[str]):
    def broken(event: Event) -> None:
        raise ValueError("no ears")

    with pytest.warns(RuntimeWarning, match="no ears"):
        ending = Deployment.load(make(), stage="staging", listen=broken).invoke("greet")
    assert (ending.ok, len(ending.results)) == (True, 2)
    assert capfd.readouterr() == ("", "")


class Colours:
    """A terminal at which somebody sits."""

    interactive = True

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        return self.answer


def test_questions_go_to_the_terminal_that_was_given_else_they_are_refused(make: Make):
    folder, heard, colours = make(), Heard(), Colours("blue")
    assert Deployment.load(folder, stage="staging", terminal=colours, listen=heard.append).invoke("asks").ok
    assert (heard.notices, colours.asked) == (["blue it is"], ["Which colour?: "])
    with pytest.raises(Refused, match="nobody can answer `Which colour"):
        Deployment.load(folder, stage="staging").invoke("asks").check()


def test_a_protected_stage_has_to_be_confirmed_by_its_name(make: Make):
    folder = make(capfile=CAPFILE + "\nconfig.protected_stages = ['production']\n")
    with pytest.raises(Refused, match="is protected") as refused:
        Deployment.load(folder, stage="production").invoke("greet")
    assert refused.value.hint == "give `confirm=production`"
    with pytest.raises(Refused, match="confirms another stage"):
        Deployment.load(folder, stage="production", confirm="staging").invoke("greet")
    assert Deployment.load(folder, stage="production", confirm="production").invoke("greet").ok
    assert Deployment.load(folder, stage="production", terminal=Colours("production")).invoke("greet").ok


@pytest.mark.fleet("web1", "web2")
def test_deployments_of_two_stages_at_once_over_ssh(fleet: Fleet, repository: Repository, make: Make):
    capfile = "from capify import config, load\nload('deploy')\nconfig.application = 'shop'\n"
    stages = {
        stage: f"from capify import server\nserver('{fleet.user}@{name}', 'app')\n"
        for stage, name in (("staging", "web1"), ("production", "web2"))
    }
    folder = make(capfile=capfile, **stages)

    def deploy(stage: str, name: str) -> tuple[str, list[str]]:
        settings = {"repository": repository.url, "branch": "master", "deploy_to": f"{fleet.home(name)}/shop"}
        deployment = Deployment.load(folder, stage=stage, settings=settings, environment=fleet.environment())
        deployment.invoke("deploy:setup").check()
        ending = deployment.invoke("deploy").check()
        return fleet.path(name, f"{fleet.home(name)}/shop/current/REVISION").read_text().strip(), [
            f"{live.server.name} {live.revision}" for live in ending.live
        ]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(deploy, ["staging", "production"], ["web1", "web2"]))
    head = repository.head()
    assert found == [(head, [f"web1 {head}"]), (head, [f"web2 {head}"])]


def test_ctrl_c_in_the_main_thread_is_an_ending_not_an_exception(make: Make):
    capfile = (
        "import os, signal\nfrom capify import config, run, server, task\n"
        "config.transport = 'local'\nserver('localhost', 'app')\n\n"
        "@task\ndef work():\n    run('true')\n    os.kill(os.getpid(), signal.SIGINT)\n    run('never')\n"
    )
    ending = Deployment.load(make(capfile=capfile), stage="staging").invoke("work")
    assert (ending.status, [result.command for result in ending.results]) == (130, ["true"])
    with pytest.raises(Interrupted):
        ending.check()


NARROW = """
from capify import run, server, task

server("web1", "web", zone="eu", primary=True)
server("web2", "web", zone="us")
server("db1", "db", zone="eu")

@task
def uptime():
    run("uptime")
"""


def planned(deployment: Deployment) -> list[str]:
    return [server.name for server in deployment.plan("uptime").servers]


def test_a_deployment_is_narrowed_as_by_the_options_of_cap(make: Make):
    every = Deployment.load(make(capfile=NARROW))
    assert planned(every) == ["web1", "web2", "db1"]
    assert planned(every.narrowed(on="zone=eu & !role=db")) == ["web1"]
    assert planned(every.narrowed(hosts="web*")) == planned(every.narrowed(hosts=["web1", "web2"])) == ["web1", "web2"]
    assert planned(every.narrowed(roles=("db", "web"), on="zone=eu")) == ["web1", "db1"]
    assert planned(every.narrowed(on="zone=eu").narrowed(roles="web")) == ["web1"]
    assert planned(every.narrowed(hosts="other", allow_unknown_hosts=True)) == ["other"]
    assert planned(every) == ["web1", "web2", "db1"]


def test_the_environment_narrows_too(make: Make):
    folder = make(capfile=NARROW)
    deployment = Deployment.load(folder, environment={"HOSTS": "web1,db1"})
    assert planned(deployment) == ["web1", "db1"]
    assert planned(deployment.narrowed(roles="db")) == ["db1"]


@pytest.mark.parametrize(
    ("narrowing", "message"),
    [
        ({"on": "zone=eu &"}, "something is missing here, in `on=` at character 10"),
        ({"on": "zone=ux"}, "no server has zone `ux`, in `on=` at character 6"),
        ({"hosts": "wbe1"}, "no server `wbe1` is declared"),
        ({"hosts": ["web1", "*9"]}, "no server's host matches `*9`"),
        ({"roles": "wbe"}, "no server has the role `wbe`"), ({"roles": ","}, "`roles=,` names nothing"),
        ({"on": "zone=us", "roles": "db"}, "no server is left by `roles=db` and `on=zone=us`"),
    ],
)  # fmt: skip
def test_what_narrows_to_nothing_is_refused_in_words_of_the_program(make: Make, narrowing, message):
    with pytest.raises(UsageError) as raised:
        Deployment.load(make(capfile=NARROW)).narrowed(**narrowing).plan("uptime")
    assert raised.value.message.startswith(message)


@pytest.mark.fleet("web1", "web2")
def test_servers_that_are_down_are_excused_if_that_is_asked_for(fleet: Fleet, make: Make):
    lines = (f"server('{address}', 'app')\n" for address in (f"{fleet.user}@web1", "127.0.0.1:9"))
    folder = make(capfile=f"from capify import run, server, task\n{''.join(lines)}@task\ndef work(): run('true')\n")
    down = Deployment.load(folder, environment=fleet.environment()).invoke("work")
    assert (down.status, down.results) == (ConnectFailed.status, ())
    excused = Deployment.load(folder, environment=fleet.environment(), skip_unreachable=True).invoke("work")
    assert (excused.status, len(excused.results)) == (4, 1)
    assert excused.outcomes[1].detail.startswith("excused: ")
