"""The page about events and reports: what it shows is what happens."""

from tests.docs.walkthrough import ROOT, Reader


def test_the_page_about_events_shows_what_happens(stranger: Reader):
    assert stranger.follow(ROOT / "docs/guide/events-and-reports.md") == []
