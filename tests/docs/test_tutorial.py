"""The tutorial: whoever follows it to the letter sees what it shows."""

from collections.abc import Callable

import pytest
from tests.docs.walkthrough import ROOT, Reader


@pytest.mark.root
@pytest.mark.fleet("staging.example.com", "web1.example.com", "web2.example.com", "eu.example.com", "qa.example.com")
def test_the_tutorial_shows_what_happens(reader: Callable[..., Reader]):
    assert reader("hello").follow(ROOT / "docs/tutorial.md") == []
