"""What became of the live release on a server: what was edited in it, what would be lost with it, what runs from it.

Rule 1: pure; the script only reads.
Rule 2: a server is not trusted: paths are made visible, counts are numbers, and few are kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from capify.outcomes import Answers
from capify.standard.layout import Layout, links
from capify.standard.spelling import script

SHOWN = 20  # paths of a kind; of all others there is the number
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_COUNTED = re.compile(r"([a-z]{1,10}) (0|[1-9][0-9]{0,14})")
_WRITTEN = re.compile(r"([1-9][0-9]{0,14}) (.+)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNLINKED = ("dangling", "elsewhere", "folder", "file", "missing")


@dataclass(frozen=True, slots=True)
class Drift:
    """How the live release of one server differs from what was deployed; `listed` is whether that can be told.

    `edited` and `missing` are paths of the commit, `written` the folders (with numbers of files) and files that were
    written since it went live. `unlinked` are paths that should be links to what is shared, and what they are.
    `counts` are the numbers of all, `running` the releases that processes work in.
    """

    live: str = ""
    listed: bool = False
    digest: str = ""
    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    written: Mapping[str, int] = field(default_factory=dict)
    unlinked: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    running: tuple[str, ...] = ()


def examine(layout: Layout, files: Sequence[str] = (), folders: Sequence[str] = ()) -> str:
    """Look at the live release: its files, its links to these shared files and folders, and who works in it."""
    linked_files, linked_folders = links(files, folders)
    return script(layout, "written", "drift", values={"most": str(SHOWN)}, words=[*linked_files, *linked_folders])


def drift(answers: Answers) -> Drift:
    """Make the answers of `examine` one value."""
    digest = answers.one("digest")
    return Drift(
        live=_matching(answers.one("live")),
        listed=_DIGEST.fullmatch(digest) is not None,
        digest=digest if _DIGEST.fullmatch(digest) else "",
        edited=paths(answers, "edited"),
        missing=paths(answers, "missing"),
        written=_written(answers),
        unlinked=dict(pair for line in answers.get("unlinked", ()) if (pair := _unlinked(line))),
        counts=counts(answers),
        running=tuple(sorted({name for name in answers.get("running", ()) if _NAME.fullmatch(name)}))[:SHOWN],
    )


def paths(answers: Answers, name: str, most: int = SHOWN) -> tuple[str, ...]:
    """Give the paths that a script named, made visible."""
    return tuple(visible(path) for path in answers.get(name, ())[:most])


def counts(answers: Answers) -> dict[str, int]:
    """Give the numbers that a script counted, by name."""
    found = (_COUNTED.fullmatch(line) for line in answers.get("counted", ()))
    return {match[1]: int(match[2]) for match in found if match}


def visible(text: str, most: int = 300) -> str:
    """Make a path or a fact something that can be printed on one line."""
    return "".join(character if character.isprintable() else "?" for character in text[:most])


def _matching(text: str) -> str:
    return text if _NAME.fullmatch(text) else ""


def _unlinked(line: str) -> tuple[str, str] | None:
    state, _, path = line.partition(" ")
    return (visible(path), state) if state in _UNLINKED and path else None


def _written(answers: Answers) -> dict[str, int]:
    """Fold folders into those above them, so that each file is in one; files at the top stand for themselves."""
    found: dict[str, int] = dict.fromkeys(paths(answers, "loose"), 0)
    named = (_WRITTEN.fullmatch(line) for line in answers.get("written", ())[:SHOWN])
    for folder, count in sorted((visible(match[2]), int(match[1])) for match in named if match):
        above = next((other for other in found if folder == other or folder.startswith(f"{other}/")), folder)
        found[above] = found.get(above, 0) + count
    return found
