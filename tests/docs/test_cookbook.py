"""The cookbook and the guide: each of their recipes does what is shown, on servers, and is clean."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.sections import follow, own, sections
from tests.docs.walkthrough import FILE, ROOT, Reader, blocks

from capify.testing import Fleet

GUIDE = ROOT / "docs/guide"
COOKBOOK = GUIDE / "cookbook.md"
PAGES = ("settings", "stages", "tasks-and-hooks", "running-commands", "deploying")
CHAPTERS = [(GUIDE / f"{page}.md", title) for page in PAGES for title in own(GUIDE / f"{page}.md")]
HOSTS = ("staging.example.com", "web1.example.com", "web2.example.com", "db1.example.com", "qa.example.com")
SAYING = '#!/bin/sh\necho "${0##*/} $*${RAILS_ENV:+, RAILS_ENV=$RAILS_ENV, in ${PWD##*/}}"\n'
ASKING = """\
#!/bin/sh
printf 'Enter password: ' >&2; read -r word; echo >&2
[ "$word" = s3cret ] && echo dumped >&2
"""


@pytest.fixture
def programs(fleet: Fleet) -> None:
    """Give the servers the programs that the recipes call."""
    for host in HOSTS:
        for name in ("service", "rsync", "bundle"):
            fleet.command(host, name, SAYING)
        fleet.command(host, "mysqldump", ASKING)
        fleet.command(host, "pg_dump", "#!/bin/sh\necho 'dump of' \"$1\"\n")
        fleet.command(host, "pg_migrate", "#!/bin/sh\necho 'column missing' >&2; exit 1\n")


@pytest.mark.root
@pytest.mark.fleet(*HOSTS)
@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("title", own(COOKBOOK))
def test_a_recipe_does_what_it_shows(title: str, reader: Callable[..., Reader], tmp_path: Path):
    assert follow(reader("shop"), COOKBOOK, title, tmp_path) == []


@pytest.mark.root
@pytest.mark.fleet(*HOSTS)
@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(("page", "title"), CHAPTERS, ids=[f"{page.stem}: {title}" for page, title in CHAPTERS])
def test_a_chapter_shows_what_happens(page: Path, title: str, reader: Callable[..., Reader], tmp_path: Path):
    assert follow(reader("shop"), page, title, tmp_path) == []


def test_there_are_twenty_five():
    assert [title.partition(".")[0] for title in own(COOKBOOK)] == [str(number) for number in range(1, 26)]


@pytest.fixture(scope="module")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every Python file of these pages into a folder, each under a name of its own."""
    folder = tmp_path_factory.mktemp("recipes")
    for page in [COOKBOOK, *(GUIDE / f"{page}.md" for page in PAGES)]:
        for number, text in enumerate(sections(page).values()):
            for place, block in enumerate(blocks(text)):
                found = FILE.fullmatch(block.lines[0]) if block.language == "python" and block.lines else None
                if found and not found[1]:
                    name = f"{page.stem}_{number}_{place}_{re.sub(r'[^a-z]+', '_', found[2])}.py"
                    (folder / name.replace("-", "_")).write_text("\n".join(block.lines[1:]).strip("\n") + "\n")
    return folder


def test_ruff_finds_nothing_in_the_recipes(recipes: Path):
    (recipes / "ruff.toml").write_text(
        f'extend = "{ROOT}/pyproject.toml"\n[lint.per-file-ignores]\n"*.py" = ["ANN", "B018", "S108"]\n'
    )
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", "ruff.toml", "."]
    done = subprocess.run(ruff, cwd=recipes, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_finds_nothing_in_the_recipes(recipes: Path):
    mypy = [sys.executable, "-m", "mypy", "--strict", *sorted(map(str, recipes.glob("*.py")))]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
