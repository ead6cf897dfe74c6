"""A project in a folder of its own, written by each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from capify.recipe.book import Book, opened
from capify.recipe.loader import load
from capify.recipe.request import Request


class Project:
    """Files, and what loading them gives."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, **files: str) -> "Project":
        """Write files: `config__deploy__staging` is config/deploy/staging.py."""
        return self.put({f"{name.replace('__', '/')}.py": text for name, text in files.items()})

    def put(self, files: dict[str, str]) -> "Project":
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return self

    def load(self, *words: str, **request: Any) -> Book:
        given: dict[str, Any] = {"cwd": self.root, **request}
        return load(Request(words=words, **given))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    with opened(made):
        yield made


@pytest.fixture
def warnings_of() -> Callable[[Book], list[str]]:
    return lambda book: [f"{warned.text} @ {[str(place) for place in warned.places]}" for warned in book.warnings]
