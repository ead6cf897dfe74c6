"""The page about selection: what it shows is what happens."""

from collections.abc import Callable

import pytest
from tests.docs.walkthrough import ROOT, Reader


@pytest.mark.root
@pytest.mark.fleet("web1.example.com", "web2.example.com", "db1.example.com")
def test_the_page_about_selection_shows_what_happens(reader: Callable[..., Reader]):
    assert reader().follow(ROOT / "docs/guide/selection.md") == []
