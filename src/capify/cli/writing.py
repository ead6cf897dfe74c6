"""Writing new files into a project, as `capify` and `cap multistage:prepare` do.

Rule: what exists is never touched, not even when it appears at the last moment.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from capify.errors import UsageError

TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(slots=True)
class Report:
    """What was written, and what was there already."""

    done: list[str]
    skipped: list[str]


def template(name: str, **values: str) -> str:
    """Fill in one of the files in `templates/`."""
    return Template((TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")).substitute(values)


def host_like(stage: str) -> str:
    """Make a host's name of a stage's, for an example."""
    return re.sub(r"[^a-z0-9]+", "-", stage.lower()).strip("-") or "stage"


def write(folder: Path, files: dict[str, str], shown: str) -> Report:
    """Write files (path → text) below a folder, and the folders they need. Raises `UsageError` where that fails."""
    report = Report([], [])
    for path, text in files.items():
        try:
            _make_folders(folder, Path(path).parent, shown, report)
            with (folder / path).open("x", encoding="utf-8") as file:
                file.write(text)
            report.done.append(f"[add] writing '{shown}/{path}'")
        except FileExistsError:
            report.skipped.append(f"[skip] '{shown}/{path}' already exists")
        except OSError as error:
            raise UsageError(f"cannot write `{shown}/{path}`: {error.strerror}") from error
    return report


def _make_folders(folder: Path, inner: Path, shown: str, report: Report) -> None:
    for part in (*reversed(inner.parents), inner):
        if part != Path() and not (folder / part).exists():
            (folder / part).mkdir()
            report.done.append(f"[add] making directory '{shown}/{part}'")
