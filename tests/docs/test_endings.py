"""How deployments end when something goes wrong: what the last screen says is live, was undone, and comes next.

The pages are followed as documents are (CONTRIBUTING.md, "Documents that are run"), each in a project of its own.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT, Reader

ENDINGS = ROOT / "tests/golden/endings"
PAGES = sorted(page for page in ENDINGS.glob("*.md") if page.stem != "project")


@pytest.mark.root
@pytest.mark.fleet("web1.example.com", "web2.example.com")
@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_the_last_screen_says_what_is_live_what_was_undone_and_what_comes_next(
    page: Path, reader: Callable[..., Reader]
):
    one = reader("shop")
    wrong = one.follow(ENDINGS / "project.md") + one.follow(page)
    assert wrong == [], "\n".join(wrong)
