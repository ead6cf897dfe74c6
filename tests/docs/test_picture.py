"""The picture in the README is of this Capify, and stands alone."""

import re
from xml.etree import ElementTree as ET

from tests.docs.picture import COMMAND, PICTURE, drawn
from tests.docs.walkthrough import ROOT

TEXT = "{http://www.w3.org/2000/svg}text"


def test_the_readme_shows_the_picture_and_says_in_words_what_is_on_it():
    alternative = re.search(r"!\[([^\]]+)\]\(docs/picture\.svg\)", (ROOT / "README.md").read_text())
    assert alternative
    assert f"`{' '.join(COMMAND)}`" in alternative[1]


def test_the_picture_shows_a_deployment_and_links_to_nothing():
    text = PICTURE.read_text()
    shown = "\n".join(one.text or "" for one in ET.fromstring(text).iter(TEXT))
    assert " ".join(COMMAND) in shown
    assert re.search(r"production · web1\.example\.com", shown)
    assert "done in" in shown
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in text


def test_colours_and_signs_of_markup_are_drawn():
    svg = ET.fromstring(drawn("\x1b[1;31mbad\x1b[0m <&> \x1b[2mfaint\x1b[0m", 20))
    texts = [(one.text, one.get("fill"), one.get("font-weight"), one.get("opacity")) for one in svg.iter(TEXT)]
    assert texts == [
        ("bad", "#f47067", "bold", None), ("<&>", "#d1d5da", None, None), ("faint", "#d1d5da", None, "0.6"),
    ]  # fmt: skip
