"""What people get wrong, and what they are told: each mistake is a page with the input and the whole message.

The pages are followed as documents are (CONTRIBUTING.md, "Documents that are run"), each in a project of its own.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT, Reader, blocks, commands

MISTAKES = ROOT / "tests/golden/mistakes"
PROJECT = MISTAKES / "project.md"
OFFLINE = sorted([*(MISTAKES / "command-lines").glob("*.md"), *(MISTAKES / "recipes").glob("*.md")])
SERVERS = sorted((MISTAKES / "servers").glob("*.md"))
PLACE = re.compile(r"\b(?:capfile|config/deploy[\w/]*)\.(?:py|yml|toml)\b")
MISSPELT = [page for page in (*OFFLINE, *SERVERS) if "misspelt" in page.stem]


def called(page: Path) -> str:
    return f"{page.parent.name}/{page.stem}"


def shown(page: Path) -> list[str]:
    """Give the lines that the page's last command shows."""
    console = [block for block in blocks(page.read_text()) if block.language == "console"]
    return list([typed.shown for block in console for typed in commands(block)][-1])


@pytest.mark.parametrize("page", OFFLINE, ids=called)
def test_a_mistake_is_told_before_anything_connects(page: Path, stranger: Reader):
    assert stranger.follow(PROJECT) + stranger.follow(page) == []


@pytest.mark.root
@pytest.mark.fleet("staging.example.com", "web1.example.com", "web2.example.com")
@pytest.mark.parametrize("page", SERVERS, ids=called)
def test_a_mistake_that_servers_find_is_told(page: Path, reader: Callable[..., Reader]):
    one = reader("shop")
    assert one.follow(PROJECT) + one.follow(page) == []


def test_there_are_enough_of_them():
    assert len([*OFFLINE, *SERVERS]) >= 40


@pytest.mark.parametrize("page", [page for page in OFFLINE if page.parent.name == "recipes"], ids=called)
def test_what_is_wrong_in_a_recipe_has_its_place(page: Path):
    assert PLACE.search("\n".join(shown(page)))


@pytest.mark.parametrize("page", MISSPELT, ids=called)
def test_what_is_misspelt_has_a_suggestion(page: Path):
    assert "did you mean" in "\n".join(shown(page))


@pytest.mark.parametrize("page", OFFLINE, ids=called)
def test_what_is_told_before_anything_connects_is_short(page: Path):
    assert 0 < len(shown(page)) <= 6
