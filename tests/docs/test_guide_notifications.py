"""The pages about notifications and linked files: what they show is what happens."""

import os
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT, Reader

PERSON = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
RECIPE = ROOT / "src/capify/standard/deploy.py"


@pytest.mark.parametrize("page", ["notifications", "linked-files"])
def test_the_page_shows_what_happens(page: str, tmp_path: Path):
    if page == "linked-files" and 'load("sharing")' not in RECIPE.read_text():
        pytest.skip("the standard recipe does not load `sharing` yet")
    home = tmp_path / "home"
    home.mkdir()
    reader = Reader(home, {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **PERSON})
    assert reader.follow(ROOT / f"docs/guide/{page}.md") == []
