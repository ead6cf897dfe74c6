"""The reference: it says what the code says."""

import os

import pytest
from tests.docs.reference import PAGES
from tests.docs.walkthrough import RECORD, ROOT

FOLDER = ROOT / "docs/reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(name: str):
    drawn = PAGES[name]()
    page = FOLDER / f"{name}.md"
    if os.environ.get(RECORD):
        page.write_text(drawn)
    assert page.read_text() == drawn, "draw it anew: RECORD_DOCS=yes script/test tests/docs"


def test_there_is_no_other_page():
    assert sorted(page.stem for page in FOLDER.glob("*.md")) == sorted(PAGES)
