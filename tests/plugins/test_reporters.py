"""Reporters of installed packages: told everything in order, beside the screen; a broken one fails nothing."""

import io
import threading
from dataclasses import dataclass, field

import pytest
from tests.plugins.conftest import Project, Sites

from capify.events import Event, Notice
from capify.ports import Reporter
from capify.reporters.feed import Feed
from capify.reporters.plugged import PluggedReporter, plugged_reporters

REPORTER = """
from capify.plugins import ReporterPlugin

class Diary:
    def __init__(self, path):
        self.path, self.threads = path, set()
    def handle(self, event, at):
        {handles}
    def close(self):
        {closes}
    def note(self, text):
        with open(self.path, "a") as file:
            file.write(text + "\\n")

plugin = ReporterPlugin(lambda settings: Diary(settings.get("diary")), api=1)
"""
NOTES = {"handles": "self.note(type(event).__name__)", "closes": "self.note('closed')"}
CAPFILE = """\
from capify import config, run, server, task

config.transport = "local"
config.diary = lambda: f"{config.root_folder}/diary"
server("web1", "app")


@task
def hello():
    run("echo hello")
"""


def offer(sites: Sites, text: str, *names: str) -> None:
    for name in names or ("diary",):
        module = f"extra_{name}"
        sites.install(f"capify-{name}", {"capify.reporters": {name: f"{module}:plugin"}}, **{module: text})


def test_one_that_is_named_is_told_everything_in_order_beside_the_screen(sites: Sites, project: Project):
    offer(sites, REPORTER.format(**NOTES))
    offer(sites, "raise SystemError", "unwanted")
    project.write("capfile.py", f"{CAPFILE}\nconfig.reporters = ['diary']\nconfig.root_folder = '{project.folder}'\n")
    said = project.cap("hello")
    notes = (project.folder / "diary").read_text().split()
    assert "web1 | hello" in said
    assert "warning" not in said
    assert (notes[0], notes[-2:]) == ("InvocationStarted", ["InvocationEnded", "closed"])
    assert notes.index("CommandStarted") < notes.index("OutputLine") < notes.index("CommandEnded")


def test_the_command_line_names_them_too_and_broken_ones_fail_nothing(sites: Sites, project: Project):
    offer(sites, REPORTER.format(**NOTES), "diary")
    offer(sites, "raise SystemError('no')", "unborn")
    offer(sites, REPORTER.format(handles="raise KeyError('gone')", closes="pass"), "fragile")
    project.write("capfile.py", f"{CAPFILE}\nconfig.root_folder = '{project.folder}'\n")
    said = project.cap("hello", "-s", "reporters=unborn,fragile,diary")
    assert "web1 | hello" in said
    assert (project.folder / "diary").read_text().endswith("closed\n")
    warnings = sorted(line for line in said.splitlines() if line.startswith("warning: "))
    fragile, unborn = warnings
    assert fragile.startswith(
        "warning: plugin `fragile` of capify-fragile 1.0 (capify.reporters) failed and is not used"
    )
    assert fragile.endswith("KeyError: 'gone'")
    assert unborn.startswith("warning: plugin `unborn` of capify-unborn 1.0 (capify.reporters) cannot be imported: Sys")
    assert unborn.endswith("it is told nothing; reinstall the package, or ask its makers")


def test_an_unknown_name_is_refused_before_anything_happens(sites: Sites, project: Project):
    offer(sites, REPORTER.format(**NOTES))
    project.write("capfile.py", f"{CAPFILE}config.reporters = ['diery']\n")
    assert project.cap("hello", status=2) == (
        "cap: capfile.py:11: setting `reporters` must name installed plugins (there is `diary`), unlike 'diery'\n"
        "  did you mean `diary`?\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plugin = 3", "is a `int`, and no `capify.plugins.ReporterPlugin`"),
        (
            "from capify.plugins import ReporterPlugin\nplugin = ReporterPlugin(print, api=9)",
            "is made for version 9 of",
        ),
        (
            "from capify.plugins import ReporterPlugin\nplugin = ReporterPlugin('x', api=1)",
            "has a `make` that is no fu",
        ),
        (
            "from capify.plugins import ReporterPlugin\nplugin = ReporterPlugin(id, api=1)",
            "made a `int`, which has no ",
        ),
        (
            "from capify.plugins import ReporterPlugin\nplugin = ReporterPlugin(lambda s: 1 / 0, api=1)",
            "failed: ZeroDi",
        ),
    ],
)
def test_one_that_cannot_be_made_is_mourned_with_its_name(sites: Sites, text: str, said: str):
    offer(sites, text)
    err = io.StringIO()
    assert plugged_reporters(["diary"], {}, err=err) == ()
    assert err.getvalue().startswith("warning: plugin `diary` of capify-diary 1.0 (capify.reporters) ")
    assert said in err.getvalue()


class Ticks:
    def now(self) -> float:
        return 1.0


@dataclass
class Slow:
    """A reporter that takes nothing until it may."""

    may: threading.Event = field(default_factory=threading.Event)
    seen: list[Event] = field(default_factory=list)

    def handle(self, event: Event, at: float) -> None:
        self.may.wait(60)
        self.seen.append(event)

    def close(self) -> None:
        pass


def test_nobody_waits_for_a_slow_one_and_it_still_gets_everything_in_order():
    slow, quick = Slow(), Slow()
    quick.may.set()
    events = [Notice(str(number)) for number in range(100)]
    with Feed([PluggedReporter("slow", slow), quick], Ticks()) as feed:
        for event in events:
            feed.emit(event)
        feed.flush()
        assert (len(quick.seen), slow.seen) == (100, [])
        slow.may.set()
    assert slow.seen == events


def test_one_that_never_ends_is_left_behind_with_a_warning():
    slow, err = Slow(), io.StringIO()
    reporter: Reporter = PluggedReporter("plugin `slow`", slow, patience=0.2)
    with Feed([reporter], Ticks(), err=err) as feed:
        feed.emit(Notice("one"))
    slow.may.set()
    assert err.getvalue() == (
        "warning: plugin `slow` failed and is not used any more: TimeoutError: it did not end within 0.2 s\n"
    )


def test_one_that_takes_nothing_does_not_fill_the_memory():
    slow, err = Slow(), io.StringIO()
    with Feed([PluggedReporter("plugin `slow`", slow, patience=0.2, room=5)], Ticks(), err=err) as feed:
        for number in range(20):
            feed.emit(Notice(str(number)))
    slow.may.set()
    assert "it took nothing for 0.2 s" in err.getvalue()
