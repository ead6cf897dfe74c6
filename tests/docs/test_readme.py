"""The README: its project does what it shows, its commands exist, its links lead somewhere."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.walkthrough import DOCUMENTS, ROOT, Reader

HELLO = """\
git clone -q git@git.example.com:hello.git . && git symbolic-ref HEAD refs/heads/main &&
echo 'print("Hello, world")' > hello.py && git add . && git commit -qm 'Say hello' && git push -q origin main
"""
LINK = re.compile(r"\[[^]]+\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.mark.root
@pytest.mark.fleet("staging.example.com", "web1.example.com", "web2.example.com")
def test_the_readme_shows_what_happens(reader: Callable[..., Reader], tmp_path: Path):
    one = reader("hello")
    shown, status = one.type(HELLO)
    assert status == 0, shown
    assert one.follow(ROOT / "README.md") == []


@pytest.mark.parametrize("script", ["script/demo", "script/test"])
def test_the_two_commands_can_be_started(script: str):
    assert script in (ROOT / "README.md").read_text()
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", ROOT / script]).returncode == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path):
    links = LINK.findall(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
