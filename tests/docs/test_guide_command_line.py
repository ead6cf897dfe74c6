"""The page about the command line: what it shows is what happens."""

from collections.abc import Callable

import pytest
from tests.docs.walkthrough import ROOT, Reader


@pytest.mark.root
@pytest.mark.fleet("staging.example.com")
def test_the_page_about_the_command_line_shows_what_happens(reader: Callable[..., Reader]):
    assert reader().follow(ROOT / "docs/guide/command-line.md") == []
