"""Whatever is typed: no traceback, and never another stage than the one that was named."""

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.cli.main import main

from .conftest import write

CAPFILE = """\
from pathlib import Path
from capify import config, task

config.stages = ["production", "staging", "staging/eu", "locked"]
config.default_stage = "staging"
config.protected_stages = ["locked"]

def seen(what):
    with (Path(__file__).parent / "seen").open("a") as file:
        file.write(what + "\\n")

@task(local=True)
def uname():
    seen(f"ran {config.stage}")

@task(local=True)
def logs(lines: int = 5):
    uname()
"""
STAGE = """\
from pathlib import Path
with (Path({root!r}) / "seen").open("a") as file:
    file.write("read {name}\\n")
"""
STAGES = ("production", "staging", "staging/eu", "locked")

WORDS = st.sampled_from([
    *STAGES, "uname", "logs", "lines=3", "lines=x", "stage=production", "prodction", "nosuch", ":uname",
    "vars", "plan", "hosts", ":hosts", "stage", "--", "-", "", "production:uname", "multistage:prepare", "help",
    ":help", "production/", "a=b",
])  # fmt: skip
OPTIONS = st.sampled_from([
    ["-f", "capfile.py"], ["-l", "stdout"], ["-l", "production"], ["-s", "a=b"], ["-s", "stage=production"],
    ["-S", "default_stage=production"], ["-s", "default_stage=production"], ["-n"], ["-q"], ["-vv"], ["-T"], ["-Tt"],
    ["-e", "uname"], ["-e", "production"], ["--confirm", "locked"], ["--confirm=production"], ["-x"], ["-X"], ["-F"],
    ["--why"], ["--json"], ["--no-input"], ["-p"], ["-r"], ["--color", "always"], ["--nosuch"], ["-h"], ["-V"], ["-H"],
    ["--on", "role=app"], ["--on", "production"], ["--hosts", "*"], ["--roles=web"], ["--skip-unreachable"],
    ["--allow-unknown-hosts"], ["--hosts", "staging", "--allow-unknown-hosts"], ["-s", "protected_stages=x"],
    ["-S", "protected_stages="],
])  # fmt: skip
PAIRS = st.sampled_from([["FOO=production"], ["CAPIFY_STAGE=production"], ["CAPIFY_DEFAULT_STAGE=production"], ["A="]])
HARMLESS = st.sampled_from([
    ["-f", "capfile.py"], ["-l", "stdout"], ["-l", "production"], ["-s", "a=b"], ["-s", "application=production"],
    ["-S", "branch=staging"], ["-q"], ["-vv"], ["-p"], ["-r"], ["-xX"], ["--no-input"], ["--color", "never"],
    ["FOO=production"], ["CAPIFY_APPLICATION=staging"], ["CAPIFY_STAGE=production"],
])  # fmt: skip
PARTS = st.lists(OPTIONS | PAIRS | WORDS.map(lambda word: [word]), max_size=6)
LINES = PARTS.map(lambda parts: [word for part in parts for word in part])


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that notes which stage's file is read, and in which stage a task runs."""
    write(tmp_path, {
        "capfile.py": CAPFILE,
        **{f"config/deploy/{name}.py": STAGE.format(root=str(tmp_path), name=name) for name in STAGES},
    })
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = dict(os.environ)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


@given(argv=LINES)
def test_no_traceback_and_never_another_stage(
    argv: list[str], watched: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = dict(os.environ)
    status = main(argv)
    os.environ.clear()
    os.environ.update(before)
    said = capfd.readouterr()
    assert "Traceback" not in said.err, argv
    assert status in {0, 1, 2, 3}, argv
    seen = _seen(watched)
    default = _defaults(argv)
    named = [word for word in STAGES if word in argv]
    ran = {line.removeprefix("ran ") for line in seen if line.startswith("ran ")}
    read = {line.removeprefix("read ") for line in seen if line.startswith("read ")}
    assert len(ran) <= 1, argv
    assert ran <= {*named, *default}, argv
    assert read <= {*named, *default, *("staging" for name in named if name == "staging/eu")}, argv
    assert "locked" not in ran or "locked" in argv, argv


@given(data=st.data(), stage=st.sampled_from(["", "production", "staging", "staging/eu"]))
def test_options_and_pairs_anywhere_change_nothing_about_the_stage(
    data: st.DataObject, stage: str, watched: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    argv = [[word] for word in [stage, data.draw(st.sampled_from(["uname", "logs"]))] if word]
    for part in data.draw(st.lists(HARMLESS, max_size=5, unique_by=lambda part: part[0])):
        argv.insert(data.draw(st.integers(0, len(argv))), part)
    before = dict(os.environ)
    status = main([word for part in argv for word in part])
    os.environ.clear()
    os.environ.update(before)
    said = capfd.readouterr()
    assert (status, "Traceback" in said.err) == (0, False), said.err
    assert [line for line in _seen(watched) if line.startswith("ran ")] == [f"ran {stage or 'staging'}"]


def _defaults(argv: list[str]) -> set[str]:
    """Tell `-s` and the environment, which win over the recipe, from `-S`, which does not.

    Behind a `--` there are neither, unless that is itself the value of an option: then it may be either.
    """
    said = [pair == ("-s", "default_stage=production") for pair in pairwise(argv)]
    if "CAPIFY_DEFAULT_STAGE=production" not in argv and not any(said):
        return {"staging"}
    return {"production", "staging"} if "--" in argv else {"production"}


def _seen(project: Path) -> list[str]:
    file = project / "seen"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    (project / "production").unlink(missing_ok=True)
    shutil.rmtree(project / "state", ignore_errors=True)
    return lines
