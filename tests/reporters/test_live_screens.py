"""Claims about the live screen, on real terminals: nothing is torn, nothing is lost, whatever happens to the window.

The screens in tests/golden/screens are renewed by `RECORD_DOCS=yes`.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.docs.walkthrough import RECORD, ROOT
from tests.terminals import Tmux, running, timeless, without_exit

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

GOLDEN = ROOT / "tests/golden/screens"
RECIPE = '''\
import os, time
from capify import config, confirm, run, server, stream, task

config.transport = "local"
config.application = "shop"
for number in range(1, int(os.environ.get("SERVERS", "20")) + 1):
    server(f"web{number}.example.com", "app", primary=number == 1)

WAIT = "until [ -e {} ]; do sleep 0.05; done"


def on(server, otherwise, **others):
    """Spell a command that differs between servers."""
    return others.get(server.host.partition(".")[0], otherwise)


@task
def build():
    """Say the same, then wait, then say something else on two servers, and nothing on one."""
    run("echo compiling; " + WAIT.format("built"))
    run(["sh", "-c", "echo a line that is longer than sixty columns, so that a narrow terminal breaks it"])
    versions = dict(web7="echo 6.1.0-17", web12="echo 6.1.0-17", web3="true")
    run(lambda server: on(server, "echo 6.1.0-18", **versions))


@task
def fail():
    """Fail on one server, while the others go on."""
    run(lambda server: on(server, "echo fine; " + WAIT.format("over"), web5="echo 'disk full' >&2; exit 3"))


@task
def ask():
    """Ask between two commands."""
    run("echo before; " + WAIT.format("asked"))
    confirm("go on?")
    run("echo behind; " + WAIT.format("told"))


@task
def send():
    """Send what is read half, and then whole."""
    run("head -c 1000000 > /dev/null; " + WAIT.format("half") + "; cat > /dev/null", stdin=b"x" * 2_000_000, once=True)


@task
def follow():
    """Go on for ever."""
    stream("echo one; " + WAIT.format("never"))


@task
def chat():
    """Print in many ways while something is drawn."""
    while not os.path.exists("seen"):
        time.sleep(0.05)
    print("printed")
    print("half a line", end=" ", flush=True)
    time.sleep(0.5)  # the screen is drawn meanwhile
    print("and its end")
    os.system("echo by a program")
'''
Begin = Callable[..., AbstractContextManager[Tmux]]


@pytest.fixture
def cap(tmp_path: Path) -> Begin:
    """Begin `cap` in a terminal."""
    (tmp_path / "capfile.py").write_text(RECIPE)

    @contextmanager
    def begin(
        *argv: str, size: tuple[int, int] = (80, 24), program: str = "cap", **variables: str
    ) -> Iterator[Tmux]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"HOME": str(tmp_path), "PATH": path, "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error"}
        clean = ["env", "-u", "CI", "-u", "NO_COLOR", "-u", "XDG_STATE_HOME"]
        command = [program, *argv] if program == "cap" else [program, "--norc", "-i"]
        changed = [f"{name}={value}" for name, value in variables.items()]
        with running([*clean, *changed, *command], size=size, folder=tmp_path, environment=own) as terminal:
            yield terminal

    return begin


def golden(name: str, screen: str) -> None:
    """Compare a screen with the one that is kept, or keep it."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get(RECORD):
        file.parent.mkdir(exist_ok=True)
        file.write_text(timeless(screen))
    assert timeless(screen) == file.read_text()


def said(label: str, text: str, width: int = 17) -> str:
    """A line of output, as it stands behind names of this width."""
    return f"{label:<{width}} | {text}\n"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_twenty_servers_at_work_and_at_the_end(cap: Begin, tmp_path: Path, width: int) -> None:
    with cap("build", size=(width, 50)) as terminal:
        at_work = terminal.until(lambda screen: screen.count("| compiling") == 20)
        golden(f"at-work-{width}", at_work)
        (tmp_path / "built").touch()
        golden(f"built-{width}", terminal.ended(0))


@pytest.mark.parametrize("width", [60, 200])
def test_one_of_twenty_fails_and_is_seen_at_once(cap: Begin, tmp_path: Path, width: int) -> None:
    with cap("fail", size=(width, 24)) as terminal:
        screen = terminal.shows("failed: exit 3 | disk full")
        assert "1 failed, 19 running" in screen
        (tmp_path / "over").touch()
        golden(f"failed-{width}", terminal.ended(1))


SIZES = [((200, 50), (60, 24)), ((60, 24), (200, 50)), ((80, 24), (60, 24))]


@pytest.mark.parametrize(("before", "after"), SIZES, ids=str)
def test_another_size_of_the_window_leaves_nothing_torn(
    cap: Begin, tmp_path: Path, before: tuple[int, int], after: tuple[int, int]
) -> None:
    with cap("build", size=before) as terminal:
        terminal.shows("20 running")
        terminal.resized(*after)
        again = terminal.until(lambda screen: max(map(len, screen.splitlines())) <= after[0] and "20 running" in screen)
        assert again.count("20 running") == 1
        (tmp_path / "built").touch()
        terminal.ended(0)
        whole = timeless(without_exit(terminal.whole))
    assert whole == (GOLDEN / "built-200.txt").read_text()


def test_a_question_in_between_leaves_no_mess(cap: Begin, tmp_path: Path) -> None:
    with cap("ask") as terminal:
        terminal.shows("20 running")
        (tmp_path / "asked").touch()
        asked = terminal.shows("go on? [y/N]")
        assert asked.endswith(said("20 servers", "before") + "go on? [y/N]:\n")
        terminal.types("y", "Enter")
        terminal.shows("20 running")
        (tmp_path / "told").touch()
        golden("asked", terminal.ended(0))


def test_without_colour_it_is_drawn_all_the_same(cap: Begin, tmp_path: Path) -> None:
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with cap("build", **variables) as terminal:
            terminal.shows("20 running")
            assert ("\x1b[" in terminal.colours) is coloured
            (tmp_path / "built").touch()
            terminal.ended(0)
            assert ("\x1b[" in terminal.colours) is coloured
        (tmp_path / "built").unlink()


@pytest.mark.parametrize(
    ("argv", "variables"),
    [((), {"TERM": "dumb"}), (("--progress", "plain"), {}), (("-vv",), {}), (("-q",), {}), ((), {"CI": "true"})],
    ids=str,
)
def test_elsewhere_it_is_plain(cap: Begin, tmp_path: Path, argv: tuple[str, ...], variables: dict[str, str]) -> None:
    (tmp_path / "built").touch()
    with cap("build", *argv, **variables) as terminal:
        screen = terminal.ended(0)
        assert "said the same" not in screen
        assert screen.count("| compiling") == (0 if "-q" in argv else 20)


def test_two_hundred_servers_fit(cap: Begin, tmp_path: Path) -> None:
    with cap("build", SERVERS="200") as terminal:
        screen = terminal.until(lambda text: "200 running" in text and "web1." in text.partition("200 running")[2])
        rows = screen.partition("200 running")[2].splitlines()[1:]
        assert len(rows) == 10
        assert rows[-1] == "  … and 191 more: 191 running"
        (tmp_path / "built").touch()
        screen = terminal.ended(0)
    assert said("200 servers", "compiling", 18) in screen
    assert "197 servers said the same, 2 differ; web3.example.com said nothing\n" in screen
    assert "running" not in screen


def test_a_transfer_has_a_bar(cap: Begin, tmp_path: Path) -> None:
    with cap("send") as terminal:
        terminal.until(lambda screen: re.search(r"█{4,}░+ +\d\d %  head -c", screen))
        (tmp_path / "half").touch()
        assert "█" not in terminal.ended(0)


def test_output_that_goes_on_stands_alone_and_ctrl_c_ends_it(cap: Begin) -> None:
    with cap("follow", SERVERS="3") as terminal:
        terminal.until(lambda screen: screen.count("| one") == 3 and "running" not in screen)
        terminal.types("C-c")
        screen = terminal.ended(0)
    assert re.search(r"(?:web\d\.example\.com \| one\n){3}", screen)
    assert "running" not in screen


def test_what_others_print_is_not_lost(cap: Begin, tmp_path: Path) -> None:
    with cap("chat", SERVERS="3") as terminal:
        terminal.shows("3 waiting")
        (tmp_path / "seen").touch()
        screen = terminal.ended(0)
    assert "\nchat\nprinted\nhalf a line and its end\nby a program\n" in screen
    assert "waiting" not in screen


def test_ctrl_z_gives_the_terminal_back_and_takes_it_again(cap: Begin, tmp_path: Path) -> None:
    with cap("build", SERVERS="3", program="bash") as terminal:
        terminal.types("cap build", "Enter")
        terminal.shows("3 running")
        terminal.types("C-z")
        stopped = terminal.shows("Stopped")
        assert "3 running" not in stopped
        terminal.types("fg", "Enter")
        terminal.shows("3 running")
        (tmp_path / "built").touch()
        screen = terminal.shows("done in")
        assert said("3 servers", "compiling", 16) in screen
        assert "running" not in screen


def test_ctrl_c_leaves_a_tidy_terminal(cap: Begin) -> None:
    with cap("build", size=(80, 50)) as terminal:
        terminal.until(lambda screen: screen.count("| compiling") == 20)
        terminal.types("C-c")
        screen = terminal.ended(130)
    assert "running" not in screen
    assert said("20 servers", "compiling") in screen
