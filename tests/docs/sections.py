"""Pages whose sections are independent: each begins anew, with what the page's first sections say.

Rule: "## The project" is what all sections begin with; each of the others is followed in a folder of its own.
"""

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path

from tests.docs.walkthrough import RECORD, Reader, blocks

HEADING = re.compile(r"(?m)^(?=## )")
COMMON = "## The project\n"


def sections(page: Path) -> Mapping[str, str]:
    """Take a page apart: the title of each section, and its text."""
    return {part.partition("\n")[0].removeprefix("## "): part for part in HEADING.split(page.read_text())[1:]}


def own(page: Path) -> list[str]:
    """List the titles of the sections that have something to follow, without the common one."""
    found = sections(page)
    return [title for title, text in found.items() if not text.startswith(COMMON) and any(blocks(text))]


def follow(reader: Reader, page: Path, title: str, folder: Path) -> list[str]:
    """Follow the common section, and then one of the others; returns what they say wrongly. May correct them."""
    wrong = []
    for text in (sections(page).get(COMMON.strip("# \n"), ""), sections(page)[title]):
        part = folder / f"{page.stem}.md"
        part.write_text(text)
        wrong += reader.follow(part)
        if os.environ.get(RECORD):
            _put_back(page, text, part.read_text())
    return wrong


def _put_back(page: Path, old: str, new: str) -> None:
    """Correct a section; several processes may correct sections of one page."""
    with page.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        file.seek(0)
        file.write(text.replace(old, new if old.endswith("\n\n") else new.rstrip("\n") + "\n"))
        file.truncate()
