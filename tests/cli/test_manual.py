"""The manual page: drawn from the tables, and the same in the repository, the package and `cap help --man`."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from capify.cli.commands import COMMANDS
from capify.cli.manual import manual
from capify.cli.options import OPTIONS

from .conftest import Cap

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/cap.1"


def test_the_page_in_the_repository_is_the_one_that_is_drawn() -> None:
    drawn = "\n".join(manual()) + "\n"
    if os.environ.get("RECORD_DOCS"):
        PAGE.write_text(drawn)
    assert PAGE.read_text() == drawn, "`cap help --man > docs/cap.1` renews it"


def test_the_page_is_where_man_looks_for_it() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    shared = built["wheel"]["shared-data"]
    assert shared["docs/cap.1"] == "share/man/man1/cap.1"
    assert all((ROOT / path).is_file() for path in shared)


def test_it_is_printed_and_is_no_page_of_anything_else(cap: Cap, tmp_path: Path) -> None:
    assert cap("help", "--man", cwd=tmp_path).out == PAGE.read_text()
    assert cap("help", "deploy", "--man").status == cap("vars", "--man").status == 2


def test_every_option_and_command_is_in_it_without_a_fault_of_roff() -> None:
    page = PAGE.read_text().replace("\\-", "-")
    assert [option.long for option in OPTIONS if f"--{option.long}" not in page] == []
    assert [command.usage for command in COMMANDS.values() if command.usage.replace("…", "...") not in page] == []
    if shutil.which("groff"):
        checked = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z", PAGE], capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")
