"""Health checks: what a server's script finds out about itself, on every shell and with every program that can ask."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from capify.errors import RecipeError
from capify.machines import Server
from capify.standard.layout import Layout
from capify.standard.probing import Check, filled, spelled
from capify.testing.fleet import Fleet

OLD, NEW = "a" * 40, "b" * 40
ONCE = Check(retries=0, interval=0, timeout=20)
TOOLS = ("cat", "cut", "env", "head", "mktemp", "readlink", "rm", "sleep", "tail", "timeout", "tr")
SERVERS = [("dash", "curl"), ("bash", "wget"), ("dash", "python3"), ("busybox", "wget")]
WEB = Server("web1", properties={"app_port": 8001, "name": "shop"})


class Site:
    """A server with two releases, the second of them live, and nothing but what it needs in its PATH."""

    def __init__(self, folder: Path, shell: str, client: str) -> None:
        self.layout = Layout(f"{folder}/var/shop")
        self.programs = folder / "bin"
        self.programs.mkdir()
        if shell == "busybox":
            subprocess.run([found("busybox"), "--install", "-s", str(self.programs)], check=True)
        else:
            (self.programs / "sh").symlink_to(found(shell))
            for tool in (*TOOLS, client):
                place = "/usr/bin/python3" if tool == "python3" else found(tool)
                (self.programs / tool).symlink_to(place)
        for name, revision in (("1", OLD), ("2", NEW)):
            release = Path(self.layout.release(name))
            release.mkdir(parents=True)
            (release / "REVISION").write_text(f"{revision}\n")
        Path(self.layout.current).symlink_to("releases/2")

    def asks(self, check: Check, server: Server = WEB) -> subprocess.CompletedProcess[str]:
        """Run the check."""
        return subprocess.run(
            [self.programs / "sh", "-c", spelled(self.layout, check, server)], env=self.environment,
            cwd=self.programs, capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a session; a proxy among them that nobody answers at."""
        proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), "http://127.0.0.1:9")
        return {"PATH": str(self.programs), "HOME": str(self.programs.parent), **proxies}

    def complains(self, check: Check) -> str:
        """Run a check that fails; returns the complaint."""
        done = self.asks(check)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
        return done.stderr

    def is_well(self, check: Check) -> str:
        """Run a check that succeeds; returns the number of attempts."""
        done = self.asks(check)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout.removeprefix("attempts\t").strip()


def found(program: str) -> str:
    """Find a program, or skip."""
    place = shutil.which(program)
    if place is None or not Path(place).exists():
        pytest.skip(f"{program} is not installed")
    return place


@pytest.fixture(params=SERVERS, ids=" with ".join)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """A server of each kind."""
    return Site(tmp_path, *request.param)


@pytest.fixture(params=["dash", "bash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """A server of each shell, for what has nothing to do with HTTP."""
    return Site(tmp_path, request.param, "wget")


@pytest.fixture
def one_site(tmp_path: Path) -> Site:
    """A server, for what no shell or program makes a difference to."""
    return Site(tmp_path, *SERVERS[0])


class Application:
    """Something that answers on loopback, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers["Host"]))
                status, text, headers = outer.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.answers: dict[str, list[tuple[int, bytes]]] = {}
        self.elsewhere = ""

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """What a path is answered; the last answer of a list stays."""
        if path == "/moved":
            return 302, b"", {"Location": self.elsewhere}
        left = self.answers.get(path, [(404, b"no such page")])
        return *(left.pop(0) if len(left) > 1 else left[0]), {}


@pytest.fixture
def open_application() -> Iterator[Callable[[], Application]]:
    """Start applications; they end with the test."""
    made: list[tuple[Application, threading.Thread]] = []

    def start() -> Application:
        application = Application()
        thread = threading.Thread(target=application.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.append((application, thread))
        return application

    yield start
    for application, thread in made:
        application.server.shutdown()
        thread.join()
        application.server.server_close()


@pytest.fixture
def application(open_application: Callable[[], Application]) -> Application:
    """One application."""
    return open_application()


# What a server asks of itself by HTTP.


def test_an_answer_of_200_is_healthy_past_any_proxy(site: Site, application: Application):
    application.answers["/up?a=b&c=[1]"] = [(200, b"fine")]
    assert site.is_well(replace(ONCE, url=f"{application.url}/up?a=b&c=[1]")) == "1"
    assert application.asked[-1] == ("/up?a=b&c=[1]", application.url.removeprefix("http://"))


def test_another_name_can_be_asked_for(site: Site, application: Application):
    application.answers["/"] = [(200, b"fine")]
    site.is_well(replace(ONCE, url=application.url, host="shop.example"))
    assert application.asked == [("/", "shop.example")]


def test_it_is_asked_again_until_it_answers(site: Site, application: Application):
    application.answers["/up"] = [(503, b""), (500, b""), (200, b"")]
    assert site.is_well(replace(ONCE, url=f"{application.url}/up", retries=5)) == "3"


def test_the_last_status_and_the_end_of_the_answer_are_told(site: Site, application: Application):
    application.answers["/up"] = [(503, b""), (500, b"first\n\x1b[31mno database\x07\n")]
    said = site.complains(replace(ONCE, url=f"{application.url}/up", retries=1))
    assert said.startswith(f"not healthy after 2 attempts: `{application.url}/up` answered 500\n")
    assert "\x1b" not in said
    assert "\x07" not in said


def test_nobody_there_is_told(site: Site, open_application: Callable[[], Application]):
    said = site.complains(replace(ONCE, url="http://127.0.0.1:1/up"))
    assert said.startswith("not healthy after 1 attempt: `http://127.0.0.1:1/up` gave no answer: ")
    assert "refused" in said or "connect" in said


def test_a_redirect_is_not_healthy_whatever_it_leads_to(
    site: Site, application: Application, open_application: Callable[[], Application]
):
    other = open_application()
    other.answers["/"] = [(200, b"fine")]
    application.elsewhere = f"{other.url}/"
    said = site.complains(replace(ONCE, url=f"{application.url}/moved"))
    assert "answered 302: it leads elsewhere, and that is not followed" in said
    assert other.asked == [] or (site.programs / "ls").exists()  # BusyBox goes there by itself; it does not count


def test_the_answer_must_contain_what_is_expected(site: Site, application: Application):
    application.answers["/up"] = [(200, b"release 2\nat " + NEW.encode() + b" *\n")]
    check = replace(ONCE, url=f"{application.url}/up")
    site.is_well(replace(check, expect="release {release}"))
    site.is_well(replace(check, expect="at {revision} *"))
    assert "but not `release [2]`" in site.complains(replace(check, expect="release [2]"))


def test_an_answer_with_another_releases_commit_is_told_as_that_release(site: Site, application: Application):
    application.answers["/up"] = [(200, OLD.encode())]
    said = site.complains(replace(ONCE, url=f"{application.url}/up", expect="{revision}"))
    assert f"still serving 1, not 2: `{application.url}/up` answered {OLD}" in said


def test_a_server_that_cannot_ask_says_so_at_once(one_site: Site):
    (one_site.programs / "curl").unlink()
    said = one_site.complains(replace(ONCE, url="http://127.0.0.1:1/", retries=1000, interval=1000))
    assert said == "capify: `health_url` needs curl, wget or python3 on the server\n"


def test_busybox_is_not_asked_about_certificates(tmp_path: Path):
    said = Site(tmp_path, "busybox", "wget").complains(replace(ONCE, url="https://127.0.0.1:1/"))
    assert "BusyBox does not check certificates" in said


@pytest.mark.parametrize(
    "url", ["-o/etc/x", "ftp://a/", "http://u:p@a/", "file:///etc/passwd", "http://a b/", "http://a\n/"]
)
def test_an_address_is_an_address_and_nothing_else(url: str):
    with pytest.raises(RecipeError, match="`health_url`"):
        spelled(Layout("/var/shop"), replace(ONCE, url=url), WEB)


def test_a_servers_property_cannot_make_another_address():
    server = Server("web1", properties={"where": "x@evil"})
    with pytest.raises(RecipeError, match="without a user in it"):
        spelled(Layout("/var/shop"), replace(ONCE, url="http://{where}/"), server)


def test_host_and_properties_of_the_server_are_filled_in():
    assert filled("http://{host}:{app_port}/{name}", WEB, "health_url") == "http://web1:8001/shop"
    assert filled('{"a": 1} {revision}', WEB, "health_expect", later={"revision"}) == '{"a": 1} {revision}'


def test_a_name_that_the_server_does_not_have_is_refused_with_the_nearest():
    with pytest.raises(RecipeError, match=r"`\{appport\}`, which `web1` does not have") as caught:
        filled("http://{host}:{appport}/", WEB, "health_url")
    assert caught.value.hint == "did you mean `app_port`?"


def test_an_expectation_without_an_address_is_refused():
    with pytest.raises(RecipeError, match="without `health_url`"):
        Check(expect="fine")


def test_an_expected_commit_must_be_known(one_site: Site):
    Path(one_site.layout.release("2"), "REVISION").unlink()
    said = one_site.complains(replace(ONCE, url="http://127.0.0.1:1/", expect="{revision}"))
    assert said == "capify: release `2` has no REVISION to compare with\n"


# A command.


def test_a_command_runs_in_the_live_release_and_knows_its_commit(shell: Site):
    command = f'[ "$(cat REVISION) $CAPIFY_REVISION $CAPIFY_RELEASE_NAME" = "{NEW} {NEW} 2" ] && cat'
    shell.is_well(replace(ONCE, command=command))


def test_a_command_that_fails_is_told_with_its_last_lines(shell: Site):
    said = shell.complains(replace(ONCE, command="seq() { :; }; printf '%s\\n' 1 2 3 4 5 6 >&2; echo 7; exit 3"))
    assert said == "not healthy after 1 attempt: the health command ended with exit 3\n  3\n  4\n  5\n  6\n  7\n"


def test_a_command_that_does_not_end_is_stopped(shell: Site):
    said = shell.complains(replace(ONCE, command="exec sleep 1000", timeout=1))
    assert said.startswith("not healthy after 1 attempt: the health command did not end in 1 s")


def test_a_command_that_says_much_is_as_good_as_another(shell: Site):
    shell.is_well(replace(ONCE, command="head -c 3000000 /dev/zero"))


def test_nothing_is_left_on_the_server(shell: Site, tmp_path: Path):
    (tmp_path / "temporary").mkdir()
    where = {**shell.environment, "TMPDIR": str(tmp_path / "temporary")}
    text = spelled(shell.layout, replace(ONCE, command="ls $TMPDIR; exit 1"), WEB)
    done = subprocess.run([shell.programs / "sh", "-c", text], env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("target", ["", "releases/3", "elsewhere"])
def test_without_a_live_release_nothing_is_healthy(one_site: Site, target: str):
    link = Path(one_site.layout.current)
    link.unlink()
    if target:
        link.symlink_to(target)
    if target == "elsewhere":
        link.with_name("elsewhere").mkdir()
    assert "leads to no release" in one_site.complains(replace(ONCE, command="true"))


# A process.


@pytest.fixture
def begin(shell: Site, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Start a process that works in a folder, with a child that works in another; both end with the test."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(folder: str, child: str = "", name: str = "sleep") -> int:
        program = tmp_path / name
        if not program.exists():
            program.symlink_to(found("sleep"))
        text = f'cd "$1" && {{ [ -z "$2" ] || (cd "$2" && exec {program} 1000) & }}; echo; exec {program} 1000'
        process = subprocess.Popen(
            ["/bin/sh", "-c", text, "sh", folder, child], stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        begun.append(process)
        (Path(shell.layout.shared) / "pids").mkdir(parents=True, exist_ok=True)
        (Path(shell.layout.shared) / "pids/app.pid").write_text(f"{process.pid}\n")
        return process.pid

    yield start
    for process in begun:
        os.killpg(process.pid, 9)
        process.wait()


BY_FILE = replace(ONCE, process="shared/pids/app.pid", retries=100, interval=0.05)


def test_a_process_in_the_live_release_is_healthy(shell: Site, begin: Callable[..., int]):
    begin(shell.layout.release("2"), shell.layout.release("2"))
    shell.is_well(BY_FILE)
    shell.is_well(replace(BY_FILE, process=f"{shell.layout.shared}/pids/app.pid"))


def test_a_process_that_stayed_in_the_old_release_is_named_with_it(shell: Site, begin: Callable[..., int]):
    number = begin(shell.layout.release("1"))
    said = shell.complains(replace(BY_FILE, retries=1))
    assert said == f"not healthy after 2 attempts: still serving 1, not 2: process {number} works there\n"


def test_a_worker_that_stayed_in_the_old_release_counts(shell: Site, begin: Callable[..., int]):
    begin(shell.layout.release("2"), shell.layout.release("1"))
    wait_for(lambda: "still serving 1, not 2" in shell.asks(replace(BY_FILE, retries=0)).stderr)


def test_a_release_that_is_gone_is_still_named(shell: Site, begin: Callable[..., int]):
    begin(shell.layout.release("1"))
    wait_for(lambda: "serving 1" in shell.asks(replace(BY_FILE, retries=0)).stderr)
    shutil.rmtree(shell.layout.release("1"))
    assert "still serving 1, not 2" in shell.complains(replace(BY_FILE, retries=0))


def test_a_main_process_elsewhere_is_well_if_its_workers_are_in_the_release(shell: Site, begin: Callable[..., int]):
    begin("/", shell.layout.release("2"))
    shell.is_well(BY_FILE)


def test_a_process_elsewhere_is_told_where(shell: Site, begin: Callable[..., int]):
    number = begin("/")
    said = shell.complains(replace(BY_FILE, retries=0))
    assert f"no process of `shared/pids/app.pid` works in release 2: process {number} works in `/`" in said


def test_no_process_is_told(shell: Site, begin: Callable[..., int]):
    check = replace(BY_FILE, retries=0)
    assert f"there is no pid file `{shell.layout.shared}/pids/app.pid`" in shell.complains(check)
    number = begin("/")
    file = Path(shell.layout.shared) / "pids/app.pid"
    file.write_text("4194399")
    assert f"process 4194399 of `{file}` does not run" in shell.complains(check)
    file.write_text(f"; rm {number}\n")
    assert f"`{file}` names no process" in shell.complains(check)


def test_a_process_is_found_by_its_name_among_those_of_the_deployment(shell: Site, begin: Callable[..., int]):
    check = replace(BY_FILE, process="shop-server-with-a-long-name")
    begin("/", name="shop-server-with-a-long-name")
    assert f"no process `{check.process}` runs in `{shell.layout.deploy_to}`" in shell.complains(
        replace(check, retries=0)
    )
    begin(shell.layout.release("2"), name="shop-server-with-a-long-name")
    shell.is_well(check)
    begin(shell.layout.release("1"), name="shop-server-with-a-long-name")
    wait_for(lambda: "still serving 1, not 2" in shell.asks(replace(check, retries=0)).stderr)


def test_a_process_is_found_by_its_unit(shell: Site, begin: Callable[..., int]):
    number = begin(shell.layout.release("2"))
    unit = shell.programs / "systemctl"
    unit.unlink(missing_ok=True)
    unit.write_text(f'#!/bin/sh\n[ "$*" = "show --property=MainPID --value -- shop.service" ] && echo {number}\n')
    unit.chmod(0o755)
    shell.is_well(replace(BY_FILE, process="shop.service"))
    unit.write_text("#!/bin/sh\necho 0\n")
    assert "`shop.service` does not run" in shell.complains(replace(BY_FILE, process="shop.service", retries=0))


@pytest.mark.root
def test_a_process_of_another_user_is_seen_by_sudo_only(fleet: Fleet):
    layout = Layout(f"{fleet.home('web1')}/shop")
    fleet.run("web1", f"mkdir -p {layout.release('2')} && ln -s releases/2 {layout.current}")
    starts = f"cd {layout.release('2')} && {{ nohup sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >/tmp/app.pid; }}"
    fleet.run("web1", starts, user="deploy")
    check = replace(ONCE, process="/tmp/app.pid")
    assert "nobody may see where process" in fleet.run("web1", spelled(layout, check, WEB)).stderr
    said = fleet.run("web1", spelled(layout, replace(check, sudo="sudo"), WEB))
    assert (said.returncode, said.stderr) == (0, "")


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so; a process needs a moment to get to its folder."""
    for _ in range(200):
        if condition():
            return
    pytest.fail("it did not happen")
