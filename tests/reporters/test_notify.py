"""Notifications: real services and real commands hear of deployments, and none of them can hold one up or fail it."""

import json
import os
import select
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from capify.errors import RecipeError
from capify.events import Event, Failure, InvocationEnded, InvocationStarted, LiveNow, Warned
from capify.library import Deployment, Ending
from capify.machines import Server
from capify.outcomes import Outcome, Verdict
from capify.reporters.notify import Notifier
from capify.reporters.notify_messages import Message, for_command, for_slack, text_of, variables

CAPFILE = """
from capify import abort, config, live_now, run, server, servers, task

config.application = "shop"
config.transport = "local"
config.branch = "main"
config.revision = "816fba56ae6b9f6e962314cd2e3b71af3704432a"
config.notify_timeout = 60
server("localhost", "app")

@task(announces="revision")
def ship():
    for one in servers():
        live_now(one, "1", "first")
        live_now(one, "2", config.revision)

@task(announces="revision")
def sinks():
    run("exit 3")

@task("deploy:rollback")
def back():
    for one in servers():
        live_now(one, "2", "second")
        live_now(one, "1", "first")

@task("deploy:rollback:code")
def refused():
    abort("nothing to go back to")

@task
def indirectly():
    ship()

@task
def looks():
    for one in servers():
        live_now(one, "1", "first")

@task(announces="revision")
def builds():
    looks()

@task("deploy:pending", announces="revision")
def pending():
    abort("no")
"""
CANARY = "T000canary/B000canary/XXXXcanary"


class Chat:
    """A service that takes messages, and behaves as it is told: `accepts`, `fails`, `moves` …"""

    def __init__(self, manner: str = "accepts") -> None:
        self.said: list[str] = []
        self.other: list[str] = []
        self.over = threading.Event()
        self.manner = manner
        self.awaited = Path()
        self._scheme = "http"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/services/{CANARY}"

    def secure(self, certificate: Path, key: Path) -> None:
        self._scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(chat) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's own self is another
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                (chat.other if self.path == "/elsewhere" else chat.said).append(body["text"])
                getattr(chat, chat.manner)(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
                pass

        return Handler

    def accepts(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"ok")

    def fails(self, request: BaseHTTPRequestHandler) -> None:
        request.send_error(500, f"no {CANARY} here")

    def moves(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", "/elsewhere")
        request.end_headers()

    def hangs(self, request: BaseHTTPRequestHandler) -> None:
        self.over.wait()
        request.close_connection = True

    def waits(self, request: BaseHTTPRequestHandler) -> None:
        while not self.awaited.exists() and not self.over.wait(0.05):
            pass
        self.accepts(request)

    def drips(self, request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.over.wait(0.05):
            try:
                request.wfile.write(b"x")
            except OSError:
                return


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    yield made
    made.close()


Invoke = Callable[..., Ending]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "capfile.py").write_text(CAPFILE)
    return folder


@pytest.fixture
def invoke(project: Path) -> Invoke:
    """Invoke a task of the project with these settings; `heard` is told all events."""

    def made(*tasks: str, heard: list[Event] | None = None, dry: bool = False, **settings: Any) -> Ending:
        listen = heard.append if heard is not None else None
        deployment = Deployment.load(project, settings=settings, listen=listen)
        return deployment.preview(*tasks) if dry else deployment.invoke(*tasks)

    return made


def warnings(heard: list[Event]) -> list[str]:
    return [event.text for event in heard if isinstance(event, Warned)]


def test_a_deployment_is_told_when_it_ended(chat: Chat, invoke: Invoke):
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=chat.url).ok
    (said,) = chat.said
    first, live = said.splitlines()
    assert first.startswith("shop: ship of 816fba5 (main) by ")
    assert ": done in " in first
    assert live == "live now: 2 (816fba5)"
    assert warnings(heard) == []
    assert isinstance(heard[-1], InvocationEnded)


def test_a_failure_names_the_task_and_the_servers(chat: Chat, invoke: Invoke):
    assert invoke("sinks", notify_webhook=chat.url).status == 1
    (said,) = chat.said
    first, failed = said.splitlines()
    assert ": failed after " in first
    assert failed == "task sinks; failed: localhost"


def test_its_beginning_is_told_where_that_is_wanted(chat: Chat, invoke: Invoke):
    assert invoke("ship", notify_webhook=chat.url, notify_on=["start", "success"]).ok
    begins, ended = chat.said
    assert begins.endswith(" begins")
    assert ": done in " in ended


def test_only_what_is_asked_for_is_told(chat: Chat, invoke: Invoke):
    assert invoke("ship", notify_webhook=chat.url, notify_on=["failure"]).ok
    assert invoke("sinks", notify_webhook=chat.url, notify_on=["success"]).status == 1
    assert invoke("ship", notify_webhook=chat.url, notify_on=[]).ok
    assert invoke("ship", notify_webhook=None).ok
    assert chat.said == []


@pytest.mark.parametrize(("task", "how"), [("deploy:rollback", "done in"), ("deploy:rollback:code", "failed after")])
def test_a_rollback_is_told_also_one_that_was_not_possible(chat: Chat, invoke: Invoke, task: str, how: str):
    invoke(task, notify_webhook=chat.url)
    (said,) = chat.said
    assert said.startswith(f"shop: {task} by ")
    assert f": {how} " in said


def test_a_task_of_the_project_that_switches_something_is_told(chat: Chat, invoke: Invoke):
    assert invoke("indirectly", notify_webhook=chat.url).ok
    assert ["live now: 2 (816fba5)" in said for said in chat.said] == [True]


@pytest.mark.parametrize("task", ["looks", "builds"])
def test_what_switches_nothing_is_nobodys_business(chat: Chat, invoke: Invoke, task: str):
    assert invoke(task, notify_webhook=chat.url).ok
    assert chat.said == []


def noting(read: list[str], chat: Chat) -> Callable[[], str]:
    """A late address, which notes that it was read."""

    def late() -> str:
        read.append("read")
        return chat.url

    return late


def test_what_only_looks_at_a_revision_is_not_told_even_if_it_fails(chat: Chat, invoke: Invoke):
    assert invoke("deploy:pending", notify_webhook=chat.url, notify_on=["start", "failure"]).status == 1
    assert chat.said == []


def test_a_dry_run_is_silent_and_does_not_even_read_the_address(chat: Chat, invoke: Invoke):
    read: list[str] = []
    invoke("ship", dry=True, notify_webhook=noting(read, chat), notify_on=["start", "success"])
    assert (chat.said, read) == ([], [])


def test_a_late_address_is_read_when_there_is_something_to_tell(chat: Chat, invoke: Invoke):
    read: list[str] = []
    late = noting(read, chat)
    assert invoke("looks", notify_webhook=late).ok
    assert read == []
    assert invoke("ship", notify_webhook=late).ok
    assert (len(chat.said), read) == (1, ["read"])


TROUBLES = {
    "hangs": ("no answer within 0.5 s", "it took longer than 0.5 s"),
    "drips": ("it took longer than 0.5 s",),
    "fails": ("the service answered 500",),
    "moves": ("the service answered 307",),
}


@pytest.mark.parametrize("manner", TROUBLES)
def test_a_service_in_trouble_is_one_warning_and_nothing_else(chat: Chat, invoke: Invoke, manner: str):
    chat.manner = manner
    heard: list[Event] = []
    bound = 0.5 if manner in {"hangs", "drips"} else 60
    ending = invoke("ship", heard=heard, notify_webhook=chat.url, notify_timeout=bound, notify_on=["success"])
    assert (ending.status, ending.failure) == (0, None)
    (warning,) = warnings(heard)
    assert warning in {f"`notify_webhook` could not be told: {why}" for why in TROUBLES[manner]}
    assert isinstance(heard[-1], InvocationEnded)
    assert chat.other == []


def test_an_unreachable_service_does_not_change_the_status_of_a_failure(chat: Chat, invoke: Invoke):
    heard: list[Event] = []
    chat.close()  # its port refuses from now on
    assert invoke("sinks", heard=heard, notify_webhook=chat.url).status == 1
    assert warnings(heard) == ["`notify_webhook` could not be told: Connection refused"]


def test_a_service_that_hangs_at_the_start_too_is_waited_for_once(chat: Chat, invoke: Invoke):
    chat.manner = "hangs"
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=chat.url, notify_timeout=1, notify_on=["start", "success"]).ok
    assert 1 <= len(warnings(heard)) <= 2
    assert len(chat.said) <= 2


def test_no_thread_outlives_a_service_that_answers_drop_by_drop(chat: Chat, invoke: Invoke):
    chat.manner = "drips"
    assert invoke("ship", notify_webhook=chat.url, notify_timeout=0.5).ok
    for thread in [one for one in threading.enumerate() if one.name == "capify-notify_webhook"]:
        thread.join(60)
        assert not thread.is_alive()


def test_an_address_that_speaks_no_tls_is_not_spoken_to(chat: Chat, invoke: Invoke):
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=chat.url.replace("http:", "https:")).ok
    assert len(warnings(heard)) == 1
    assert chat.said == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(chat: Chat, invoke: Invoke, tmp_path: Path):
    options = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", *options, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    chat.secure(certificate, key)
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=chat.url).ok
    (warning,) = warnings(heard)
    assert warning.startswith("`notify_webhook` could not be told: its certificate is not trusted: ")
    assert chat.said == []


@pytest.mark.parametrize(
    "value", ["ftp://host/x", "file:///etc/passwd", "https://user:word@host/x", "host/x", "https:///x"]
)
def test_an_address_that_cannot_be_one_is_refused_without_being_shown(invoke: Invoke, value: str):
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=lambda: value).ok
    (warning,) = warnings(heard)
    assert "setting `notify_webhook` must be an address" in warning
    assert value not in warning


def test_a_late_address_that_fails_is_a_warning(invoke: Invoke):
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=lambda: os.environ["NO_SUCH_CHAT"]).ok
    assert warnings(heard) == [
        "`notify_webhook` could not be told: late value `notify_webhook` failed: KeyError: 'NO_SUCH_CHAT'"
    ]


def test_a_command_gets_the_message_as_json_and_as_variables(invoke: Invoke, project: Path):
    command = 'cat > told.json; printf "%s" "$CAPIFY_MESSAGE_MOMENT $CAPIFY_MESSAGE_STATUS" > told.txt'
    assert invoke("ship", notify_command=command).ok
    told = json.loads((project / "told.json").read_text())
    assert {name: told[name] for name in ("capify", "moment", "application", "branch", "tasks", "status", "ended")} == {
        "capify": 1, "moment": "success", "application": "shop", "branch": "main", "tasks": ["ship"], "status": 0,
        "ended": "done",
    }  # fmt: skip
    assert told["live"] == [{"server": "localhost", "release": "2", "revision": told["revision"]}]
    assert told["text"].startswith("shop: ship of 816fba5 (main)")
    assert (project / "told.txt").read_text() == "success 0"


def test_a_list_is_a_command_without_a_shell_and_what_it_says_is_not_shown(
    invoke: Invoke, project: Path, capfd: pytest.CaptureFixture[str]
):
    assert invoke("ship", notify_command=["sh", "-c", 'echo "$1" | tee told', "sh", "$HOME; a b"]).ok
    assert (project / "told").read_text() == "$HOME; a b\n"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo first >&2; printf 'no \\033[31mroute\\n\\n' >&2; exit 3", r"exit 3: no \x1b[31mroute"),
        ("exit 4", "exit 4"),
        ("kill -KILL $$", "signal 9"),
        (["nowhere-at-all"], "it cannot be started: No such file or directory"),
    ],
)
def test_a_command_that_fails_is_one_warning(invoke: Invoke, command: Any, why: str):
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_command=command).ok
    assert warnings(heard) == [f"`notify_command` could not be told: {why}"]


def test_a_command_that_hangs_is_dead_afterwards_with_what_it_started(invoke: Invoke, project: Path):
    heard: list[Event] = []
    os.mkfifo(project / "alive")
    reader = os.open(project / "alive", os.O_RDONLY | os.O_NONBLOCK)
    command = "exec 3> alive; echo begun > begun; sleep 1000 & sleep 1000"
    assert invoke("ship", heard=heard, notify_command=command, notify_timeout=1).ok
    assert len(warnings(heard)) == 1
    assert "1 s" in warnings(heard)[0]
    os.set_blocking(reader, True)  # the end of the file comes when the last of them is gone
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_ctrl_c_ends_the_wait_and_what_is_waited_for(project: Path):
    os.mkfifo(project / "alive")
    reader = os.open(project / "alive", os.O_RDONLY | os.O_NONBLOCK)
    settings = {"notify_command": "exec 3> alive; echo begun >&3; sleep 1000", "notify_timeout": 600}
    notifier = Notifier(Deployment.load(project, settings=settings).book)
    one = Server("web1")
    for event in (InvocationStarted("abcd", ("ship",), None, "none", (one,), ""), LiveNow(one, "1"), LiveNow(one, "2")):
        notifier.handle(event, 0.0)
    notifier.conclude(InvocationEnded(0), lambda: None)

    def press() -> None:
        select.select([reader], [], [])
        os.read(reader, 6)
        time.sleep(0.5)  # by now it waits
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    heard: list[Event] = []
    notifier.settle(heard.append)
    assert warnings(heard) == ["`notify_command` could not be told: it was not waited for"]
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_what_nobody_settled_is_given_up_when_the_feed_closes(project: Path):
    os.mkfifo(project / "alive")
    reader = os.open(project / "alive", os.O_RDONLY | os.O_NONBLOCK)
    settings = {"notify_command": "exec 3> alive; echo begun >&3; sleep 1000", "notify_timeout": 600}
    notifier = Notifier(Deployment.load(project, settings=settings).book)
    started = InvocationStarted("abcd", ("ship",), None, "none", (), "", revision="f")
    notifier.handle(started, 0.0)
    notifier.conclude(InvocationEnded(1, failure=Failure("no")), lambda: None)
    select.select([reader], [], [], 60)
    notifier.close()
    os.set_blocking(reader, True)
    while os.read(reader, 6):
        pass
    os.close(reader)


def test_a_daemon_that_a_command_leaves_behind_is_not_waited_for(invoke: Invoke, project: Path):
    heard: list[Event] = []
    os.mkfifo(project / "hold")
    assert invoke("ship", heard=heard, notify_command="cat hold & exit 0").ok  # it keeps standard error open
    (project / "hold").write_text("go")
    assert warnings(heard) == []


def test_both_are_told_at_the_same_time(chat: Chat, invoke: Invoke, project: Path):
    chat.manner, chat.awaited = "waits", project / "told.json"
    heard: list[Event] = []
    assert invoke("ship", heard=heard, notify_webhook=chat.url, notify_command="cat > told.json").ok
    assert warnings(heard) == []
    assert len(chat.said) == 1


def message(**more: Any) -> Message:
    started = InvocationStarted(
        "abcd", ("production", "deploy", "token=hush"), "production", "named", (), "deploy", revision="f" * 40
    )
    return Message("failure", started, **more)


def test_nothing_in_a_message_can_mention_link_or_steer():
    hostile = message(application="<!channel> & co", branch="a\x1b[2J\nb", who="\u202eeve")
    said = json.loads(for_slack(hostile))["text"]
    assert said.startswith(r"&lt;!channel&gt; &amp; co production: deploy of fffffff (a\x1b[2J\nb) by \u202eeve")
    assert len(said.splitlines()) == 1
    assert "hush" not in said + for_command(hostile).decode() + str(variables(hostile))


def test_where_servers_differ_each_is_named():
    one, two, three = Server("web1"), Server("web2"), Server("web3")
    outcomes = (Outcome(one, Verdict.OK), Outcome(two, Verdict.FAILED, "x"), Outcome(three, Verdict.UNREACHED, "y"))
    ended = InvocationEnded(7, outcomes, seconds=61)
    live = {one: LiveNow(one, "2", "b" * 40), two: LiveNow(two, "1"), three: LiveNow(three, "")}
    assert text_of(message(ended=ended, live=live)).splitlines()[1:] == [
        "failed: web2; unreached: web3",
        "live now: 2 (bbbbbbb) on web1; 1 on web2; nothing on web3",
    ]
    assert "failed, and the servers are NOT consistent in 1 min 1 s" in text_of(message(ended=ended))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("notify_on", ["never"]),
        ("notify_on", "start"),
        ("notify_timeout", 0),
        ("notify_command", []),
        ("notify_command", 3),
    ],
)
def test_settings_that_cannot_be_are_refused(project: Path, name: str, value: object):
    (project / "capfile.py").write_text(f"{CAPFILE}\nconfig.{name} = {value!r}\n")
    with pytest.raises(RecipeError, match=f"`{name}` must"):
        Deployment.load(project)


def test_the_address_is_in_nothing_that_is_shown_or_kept(chat: Chat, project: Path, tmp_path: Path):
    chat.manner = "fails"
    (project / "capfile.py").write_text(
        f"{CAPFILE}\nconfig.notify_webhook = 'https://{CANARY}'\nconfig.notify_webhook = {chat.url!r}\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state")}
    shown = ""
    for words in (
        ("-vvv", "--debug", "--events", "events.jsonl", "ship"), ("-vvv", "--debug", "sinks"), ("replay", "-vvv"),
        ("vars", "notify_webhook", "--why"), ("vars", "--json"), ("-s", f"notify_webhook=ftp:{CANARY}", "ship"),
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "capify", *words], cwd=project, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        shown += done.stdout + done.stderr
    assert len(chat.said) == 2
    assert "warning: `notify_webhook` could not be told: the service answered 500" in shown
    assert "notify_webhook = (a secret)" in shown
    kept = [path.read_text() for path in [*(tmp_path / "state").rglob("*.*"), project / "events.jsonl"]]
    assert len(kept) >= 5
    assert "canary" not in shown + "".join(kept)
