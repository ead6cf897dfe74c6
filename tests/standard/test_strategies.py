"""Claims about shell text that fills a release, in real shells: what a strategy of a package may do on a server."""

from typing import Any

from capify.outcomes import Answers
from capify.standard.answers import State
from capify.standard.authors import Author
from capify.standard.building import Build
from capify.standard.strategies import fill

A, COMMIT = "20260101000001", "a" * 40
BUILD = Build(A, COMMIT)
AUTHOR = Author("a" * 32, "anna@laptop", "12345678")
BRINGS = """
printf 'state\\tlive\\n'
printf '%s %s' "$release" "$revision" > 'it'"'"'s here'
cat > input
mkdir -p bin && echo run > bin/run
"""


def test_it_runs_in_the_empty_folder_and_what_it_prints_is_no_answer(ground: Any) -> None:
    done = ground.tries(fill(ground.layout, BUILD, AUTHOR, brings=BRINGS, strategy="extra"), b"of the courier")
    assert done.returncode == 0, done.stderr
    said = Answers(done.stdout.decode())
    assert (set(said), said.one("made"), said.one("ready")) == ({"made", "digest", "ready"}, A, A)
    release = ground.root / "releases" / A
    assert (release / "it's here").read_text() == f"{A} {COMMIT}"
    assert (release / "input").read_text() == ""
    assert (release / "REVISION").read_text() == f"{COMMIT}\n"
    assert "./bin/run" in (ground.root / ".capify/files" / A).read_text()
    assert ground.read().records[A].state is State.READY
    assert ground.traces() == []


def test_its_first_failure_ends_it_and_names_the_strategy(ground: Any) -> None:
    text = "echo sorry; false; touch late"
    said = ground.refuses(fill(ground.layout, BUILD, AUTHOR, brings=text, strategy="plugin `x` of y"))
    assert "capify: plugin `x` of y failed with status 1" in said
    assert "sorry" in said
    assert not (ground.root / "releases" / A / "late").exists()
    assert "unset" in ground.refuses(
        fill(ground.layout, Build("b", COMMIT), AUTHOR, brings=': "${nothing:?unset}"', strategy="x")
    )
