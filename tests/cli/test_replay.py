"""`--events`, `cap replay` and `cap schema`: what happened is recorded, and can be shown again."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cap, Said

RECIPE = """\
import os
import subprocess
from capify import after, config, run, server, task

config.transport = "local"
config.application = "shop"
server("web1", "app", primary=True)
server("web2:2222", "app", zone="eu")

@task
def look():
    run("echo data; echo \\"gr\\u00fc\\u00dfe \\033[2J\\" >&2")

@task(at_once=1)
def fail():
    run("echo before; exit 3")

@task(local=True)
def chat():
    print("printed by the recipe")
    subprocess.run(["echo", "printed by a program"])

after("look", fail)
"""
DATA = ["web1      | before", "web1      | data", "web2:2222 | data"]
WAYS = [
    ("look",), ("-v", "look"), ("-q", "look"), ("-vv", "-n", "look"), ("--debug", "fail"), ("chat",),
    ("-v", "chat"),
]


@pytest.fixture(autouse=True)
def _project(tmp_path: Path) -> None:
    (tmp_path / "capfile.py").write_text(RECIPE)


def kept(tmp_path: Path, end: str = ".jsonl") -> list[Path]:
    found = (tmp_path / "state/capify/shop").glob(f"*{end}")
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def manner(argv: tuple[str, ...]) -> list[str]:
    return [word for word in argv if word.startswith(("-v", "-q", "--debug"))]


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("argv", WAYS, ids=" ".join)
def test_a_replay_is_byte_for_byte_what_was_shown(cap: Cap, tmp_path: Path, argv: tuple[str, ...]) -> None:
    before = cap(*argv)
    again = cap(*manner(argv), "replay", cwd=tmp_path)
    printed = ("printed by the recipe\n", "printed by a program\n")  # by others than Capify: no event
    out = before.out
    for line in printed:
        out = out.replace(line, "")
    assert again == Said(0, out, before.err)


def test_it_is_the_same_in_another_folder(cap: Cap, tmp_path: Path) -> None:
    before = cap("-v", "look")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (recording,) = kept(tmp_path)
    assert cap("-v", "replay", str(recording), cwd=elsewhere) == Said(0, before.out, before.err)


def test_a_recording_is_named_by_its_id_its_beginning_its_log_or_its_file(cap: Cap, tmp_path: Path) -> None:
    cap("look")
    cap("chat")
    first, second = kept(tmp_path)
    id_ = first.stem.rpartition("-")[2]
    shown = cap("replay", id_)
    assert sorted(shown.out.splitlines()) == DATA
    for word in (str(first), str(first.with_suffix(".log")), os.path.relpath(first, tmp_path)):
        assert cap("replay", word) == shown
    other = second.stem.rpartition("-")[2]
    unlike = next(at for at in range(len(id_)) if id_[at] != other[at])
    assert cap("replay", id_[: unlike + 1]) == shown
    assert cap("replay").out == ""


def test_events_and_log_are_for_the_operator_alone(cap: Cap, tmp_path: Path) -> None:
    cap("look", "--events", "mine.jsonl")
    for path in (*kept(tmp_path), *kept(tmp_path, ".log"), tmp_path / "mine.jsonl"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tmp_path / "mine.jsonl").read_text() == kept(tmp_path)[0].read_text()


def test_every_event_has_the_invocation_its_number_and_its_time(cap: Cap, tmp_path: Path) -> None:
    cap("look")
    found = events(kept(tmp_path)[0].read_text())
    assert [one["number"] for one in found] == list(range(1, len(found) + 1))
    assert {one["invocation"] for one in found} == {next(one for one in found if "words" in one)["id"]}
    times = [float(str(one["time"])) for one in found]
    assert times == sorted(times)
    assert found[-1]["event"] == "invocation_ended"
    ended = [one["server"] for one in found if one["event"] == "command_ended"]
    assert {"host": "web2", "user": None, "port": 2222, "roles": ["app"], "properties": {"zone": "eu"}} in ended


@pytest.mark.parametrize("argv", [("look",), ("chat",)], ids=" ".join)
def test_events_on_standard_output_have_it_for_themselves(cap: Cap, argv: tuple[str, ...]) -> None:
    said, usual = cap(*argv, "--events", "-"), cap(*argv)
    found = events(said.out)
    assert found[-1]["event"] == "invocation_ended"
    assert said.status == usual.status
    for line in usual.out.splitlines():
        assert line in said.err


@pytest.mark.parametrize(
    ("rest", "said"),
    [("| head -1 > /dev/null; exit ${PIPESTATUS[0]}", ""), (">&-", ""), ("> /dev/full", "`--events` are not complete")],
    ids=["gone", "closed", "full"],
)
def test_a_standard_output_that_takes_no_events_does_no_harm(tmp_path: Path, rest: str, said: str) -> None:
    command = f'"{sys.executable}" -m capify chat --events - {rest}'
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0
    assert "done in" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_events_that_come_through_a_pipe_can_be_replayed_at_once(cap: Cap, tmp_path: Path) -> None:
    said = cap("look", "--events", "-")
    done = subprocess.run(
        [sys.executable, "-m", "capify", "replay", "-"], cwd=tmp_path, input=said.out, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, DATA)


def test_events_are_added_to_a_file_and_all_of_them_are_replayed(cap: Cap, tmp_path: Path) -> None:
    for _ in range(2):
        cap("look", "--events", "all.jsonl")
    assert len({one["invocation"] for one in events((tmp_path / "all.jsonl").read_text())}) == 2
    assert cap("replay", "all.jsonl").out.count("web1      | before") == 2


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("look", "--events", "no/such/folder"), "cannot write to `no/such/folder`: No such file or directory"),
        (("look", "--events", "-", "-l", "stdout"), "`--events -` wants standard output for itself"),
        (("look", "--events", ""), "`--events` needs a value"),
        (("look", "--events", "a", "--events", "b"), "`--events` is given twice"),
        (("replay",), "no invocation of this project is recorded"),
        (("replay", "a", "b"), "`replay` does not know what to do with `b`"),
        (("replay", "nosuch"), "there is no recorded invocation `nosuch`"),
        (("replay", "no/such.jsonl"), "cannot read `no/such.jsonl`"),
        (("replay", "capfile.py"), "`capfile.py` is no recording of events: line 1: it is no JSON"),
        (("replay", "empty.jsonl"), "`empty.jsonl` holds no events"),
        (("schema",), "`schema` needs a name"),
        (("schema", "evnts"), "did you mean `events`?"),
        (("schema", "events", "x"), "`schema` does not know what to do with `x`"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_done_is_said_before_anything_is(
    cap: Cap, tmp_path: Path, argv: tuple[str, ...], said: str
) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    answer = cap(*argv)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert kept(tmp_path) == []


def test_a_recording_that_was_cut_off_is_shown_as_far_as_it_goes_and_said_to_be(cap: Cap, tmp_path: Path) -> None:
    cap("look")
    whole = kept(tmp_path)[0].read_text()
    (tmp_path / "cut.jsonl").write_text(whole[: len(whole) // 2])
    said = cap("replay", "cut.jsonl")
    assert said.status == 0
    assert said.err.splitlines()[-1].startswith("the recording ends before the invocation did: `")


def test_an_id_that_is_nearly_right_is_suggested(cap: Cap, tmp_path: Path) -> None:
    cap("look")
    id_ = kept(tmp_path)[0].stem.rpartition("-")[2]
    assert f"did you mean `{id_}`?" in cap("replay", f"{id_}0").err


@pytest.mark.parametrize("argv", [("replay",), ("schema", "events"), ("report",)], ids=" ".join)
def test_no_recipes_are_needed_and_broken_ones_are_no_hindrance(
    cap: Cap, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    cap("look")
    word = () if argv[0] == "schema" else (str(kept(tmp_path)[0]),)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert cap(*argv, *word, cwd=empty).status == 0
    (empty / "capfile.py").write_text("import nosuch\n")
    assert cap(*argv, *word, cwd=empty).status == 0


def test_the_schema_is_json(cap: Cap) -> None:
    schema = json.loads(cap("schema", "events").out)
    assert schema["$id"] == "urn:capify:events:1"


def test_a_ci_system_gets_groups_in_the_progress_and_none_in_the_data(cap: Cap) -> None:
    ours = {"GITHUB_ACTIONS": "true"}
    said, usual = cap("look", environment=ours), cap("look")
    assert sorted(said.out) == sorted(usual.out)
    assert said.err.count("::group::") == said.err.count("::endgroup::") == 2
    assert "::" not in cap("-q", "look", environment=ours).err
    assert "::" not in cap("look", "-l", "stdout", environment=ours).out
