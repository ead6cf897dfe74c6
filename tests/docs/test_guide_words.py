"""The guide's list of words: every word is there once, and every example has right types and runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT, blocks
from tests.rehearsal import Rehearsal

import capify

PAGE = (ROOT / "docs/guide/words.md").read_text("utf-8")
HEADING = re.compile(r"^### `(\w+)`$", re.MULTILINE)
DECLARING = "## Declaring"
STANDARD = {"deploy", "before", "after"}  # examples about tasks of the standard deployment
IMPORT = "from capify import *\n\n"


def sections() -> Iterator[tuple[str, str, bool]]:
    """Each word with its example, and whether that declares."""
    for part in PAGE.split("\n## ")[1:]:
        found = HEADING.split(f"\n## {part}")
        for word, text in zip(found[1::2], found[2::2], strict=True):
            (block,) = blocks(text)
            yield word, "\n".join(block.lines) + "\n", part.startswith("Declaring")


EXAMPLES = {word: (code, declares) for word, code, declares in sections()}


def test_the_words_are_those_that_can_be_imported():
    assert sorted(HEADING.findall(PAGE)) == sorted(capify.__all__)


def test_each_example_uses_its_word():
    assert [word for word, (code, _) in EXAMPLES.items() if not re.search(rf"\b{word}\b", code)] == []


def test_every_example_has_right_types(tmp_path: Path):
    for word, (code, _) in EXAMPLES.items():
        (tmp_path / f"example_{word}.py").write_text(IMPORT + code)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--check-untyped-defs", "."], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("word", EXAMPLES)
def test_every_example_runs(word: str, tmp_path: Path):
    code, declares = EXAMPLES[word]
    (tmp_path / "capfile.py").touch()
    (tmp_path / "nginx.conf.j2").write_text("listen {{ port }}; # {{ server }} {{ application }}")

    def recipe() -> None:
        capify.config.update(
            application="shop", branch="main", deploy_to="/d", current_path="/d/c", release_path="/d/r",
            releases_path="/d/rs", shared_path="/d/s",
        )
        capify.server("a1", "app", zone="eu")
        if declares:
            if word in STANDARD:
                capify.load("deploy")
            exec(IMPORT + code, {"__name__": "example"})
        capify.task("cleanup")(lambda: None)
        capify.task("example")(lambda: None if declares else exec(IMPORT + code, {"__name__": "example"}))

    rehearsal = Rehearsal(recipe, root=tmp_path, answers=["y", "y"])
    rehearsal["a1"].on("hello").says("hello\n")
    ended = rehearsal.runs("example")
    assert (ended.status, ended.failure) == (0, None)
