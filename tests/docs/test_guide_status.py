"""The page about the status of servers: what it shows is what happens."""

import pytest
from tests.docs.walkthrough import ROOT, Reader


def test_the_page_about_status_shows_what_happens(stranger: Reader) -> None:
    if 'load("status")' not in (ROOT / "src/capify/standard/deploy.py").read_text():
        pytest.skip("the standard recipe does not load `status` yet")
    (stranger.folder / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    assert stranger.follow(ROOT / "docs/guide/status.md") == []
