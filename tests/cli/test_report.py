"""`cap report`: the file that it writes, and what it never overwrites."""

import stat
from pathlib import Path

import pytest

from .conftest import Cap

RECIPE = """\
from capify import config, run, server, task

config.transport = "local"
config.application = "shop"
server("web1", "app", primary=True)

@task
def look():
    run("echo '<b>data</b>'")

@task
def other():
    run("echo other data")
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, cap: Cap) -> None:
    (tmp_path / "capfile.py").write_text(RECIPE)
    assert cap("look").status == 0


def test_the_newest_invocation_is_told_in_a_file_for_its_owner(cap: Cap, tmp_path: Path) -> None:
    said = cap("report")
    (page,) = tmp_path.glob("*.html")
    assert (said.status, said.out, said.err) == (0, f"{page.name}\n", "")
    assert page.name.startswith("capify-")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "&lt;b&gt;data&lt;/b&gt;" in page.read_text(encoding="utf-8")


def test_another_invocation_and_another_file_can_be_named_in_any_order(cap: Cap, tmp_path: Path) -> None:
    cap("other", "--events", "other.jsonl")
    (first, _) = sorted((tmp_path / "state/capify/shop").glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    assert cap("report", str(first), "a.html").out == "a.html\n"
    assert cap("report", "b.html", "other.jsonl").out == "b.html\n"
    assert "data&lt;/b&gt;" in (tmp_path / "a.html").read_text()
    assert "other data" in (tmp_path / "b.html").read_text()


def test_a_report_replaces_a_report_and_nothing_else(cap: Cap, tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("<h1>mine</h1>")
    assert cap("report", "x.html").status == cap("report", "x.html").status == 0
    said = cap("report", "mine.html")
    assert (said.status, said.out) == (2, "")
    assert "`mine.html` exists, and is no report of Capify" in said.err
    assert (tmp_path / "mine.html").read_text() == "<h1>mine</h1>"


def test_of_several_invocations_in_one_recording_the_last_is_told(cap: Cap, tmp_path: Path) -> None:
    cap("look", "--events", "both.jsonl")
    cap("other", "--events", "both.jsonl")
    cap("report", "both.jsonl", "x.html")
    page = (tmp_path / "x.html").read_text()
    assert "other data" in page
    assert "data&lt;/b&gt;" not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a", "b", "c"), "`report` does not know what to do with `c`"),
        (("a.html", "b.html"), "`report` takes one invocation and one file"),
        (("nosuch",), "there is no recorded invocation `nosuch`"),
        (("no/folder/x.html",), "cannot write `no/folder/x.html`: No such file or directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(cap: Cap, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    answer = cap("report", *words)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert not list(tmp_path.glob("*.html"))


def test_a_task_of_that_name_wins_and_the_command_stays_reachable(cap: Cap, tmp_path: Path) -> None:
    (tmp_path / "capfile.py").write_text(RECIPE + "\n\n@task(local=True)\ndef report():\n    print('mine')\n")
    assert cap("report").out == "mine\n"
    assert cap(":report").out.endswith(".html\n")
