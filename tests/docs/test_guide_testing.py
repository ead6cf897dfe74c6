"""The guides on testing and on the library: their recipes, tests and programs do what is shown."""

import os
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT, Reader


@pytest.mark.fleet
@pytest.mark.parametrize("page", ["testing", "library"])
def test_the_guide_shows_what_happens(page: str, tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    reader = Reader(home, {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
    assert reader.follow(ROOT / f"docs/guide/{page}.md") == []
