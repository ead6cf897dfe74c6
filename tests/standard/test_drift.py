"""Claims about what a server tells of its live release: what was edited in it, what would be lost, who runs from it."""

import os
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from capify.outcomes import Answers
from capify.standard import building, switching
from capify.standard.authors import Author
from capify.standard.drift import SHOWN, Drift, drift, examine
from capify.standard.findings import lost
from capify.standard.spelling import script
from capify.standard.switching import Publication

AUTHOR = Author("a" * 32, "anna@laptop", "12345678")
FILES = {
    "version": "one\n",
    "a b/naïve": "x\n",
    "quote'$(touch pwned)": "y\n",
    "log/.keep": "",
    "public/index.html": "<p>\n",
    "public/uploads/.keep": "",
}
LINKS = {"start": "version", "dangling": "no/where"}


def archive() -> bytes:
    """Pack a release with all kinds of files."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path, text in FILES.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            tar.addfile(entry, BytesIO(text.encode()))
        for path, target in LINKS.items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return packed.getvalue()


def deploy(ground: Any, name: str = "r1", *, folders: tuple[str, ...] = ()) -> Path:
    """Bring a release out, a minute ago; returns where it is."""
    build = building.Build(name, "0" * 40, folders=folders)
    ground.runs(building.receive(ground.layout, build, AUTHOR), archive())
    ground.runs(switching.publish(ground.layout, Publication(name), AUTHOR))
    publication = ground.root / f".capify/releases/{name}"
    os.utime(publication, (publication.stat().st_mtime - 60,) * 2)  # a minute ago, so that nobody has to wait
    release: Path = ground.root / f"releases/{name}"
    for path in (release, *release.rglob("*")):  # and what was built is older than that
        os.utime(path, (publication.stat().st_mtime - 60,) * 2, follow_symlinks=False)
    return release


def look(ground: Any, files: tuple[str, ...] = (), folders: tuple[str, ...] = ()) -> Drift:
    return drift(ground.runs(examine(ground.layout, files, folders)))


def test_what_was_deployed_and_left_alone_has_not_drifted(ground: Any) -> None:
    deploy(ground, folders=("log", "tmp/pids"))
    (ground.root / "shared/log/production.log").write_text("started")
    before = sorted(str(path) for path in ground.root.rglob("*"))
    found = look(ground, folders=("log", "tmp/pids"))
    assert (found.live, found.listed, found.running) == ("r1", True, ())
    assert (found.edited, found.missing, found.written, found.unlinked) == ((), (), {}, {})
    assert found.counts == {"edited": 0, "missing": 0, "written": 0}
    assert sorted(str(path) for path in ground.root.rglob("*")) == before


def test_edited_and_missing_files_are_named(ground: Any) -> None:
    release = deploy(ground)
    (release / "a b/naïve").write_text("hacked\n")
    (release / "quote'$(touch pwned)").unlink()
    (release / "start").unlink()
    (release / "dangling").unlink()
    (release / "dangling").symlink_to("else/where")
    (release / "public/index.html").unlink()
    (release / "public/index.html").mkdir()
    found = look(ground)
    assert set(found.edited) == {"a b/naïve", "dangling", "public/index.html"}
    assert set(found.missing) == {"quote'$(touch pwned)", "start"}
    assert not list(ground.home.rglob("pwned"))


def test_paths_are_bounded_and_cannot_steer_anything(ground: Any) -> None:
    release = deploy(ground)
    for number in range(SHOWN + 5):
        (release / f"public/x{number:03}").write_text("new")
        (release / f"loose{number:03}").write_text("new")
    (release / "public/uploads/e\x1b[31m\nedited\tversion").write_text("new")
    found = look(ground)
    assert found.edited == ()
    assert len(found.written) <= SHOWN
    assert found.counts["written"] == 2 * (SHOWN + 5)


def test_what_was_written_is_told_by_the_folders_that_would_keep_it(ground: Any) -> None:
    release = deploy(ground)
    built = release / "node_modules/big"
    built.mkdir(parents=True)
    (built / "code.js").write_text("built before it went live")
    os.utime(built / "code.js", (1, 1))
    for path in ("public/uploads/2026/a", "public/uploads/b", "log/x.log", "var/deep/er/c", "var/d", "debug.log"):
        (release / path).parent.mkdir(parents=True, exist_ok=True)
        (release / path).write_text("data")
    (release / "lib/__pycache__").mkdir(parents=True)
    (release / "lib/__pycache__/x.pyc").write_text("of no use to anybody")
    found = look(ground)
    assert found.written == {"public/uploads": 2, "log": 1, "var": 2, "debug.log": 0}
    assert found.counts["written"] == 6


def test_the_script_that_builds_the_next_release_can_warn_of_what_will_be_lost(ground: Any) -> None:
    release = deploy(ground)
    (release / "public/uploads/a").write_text("data")
    parts = ("lock", "journal", "write", "release", "manifest", "linking", "receive", "written", "lost")
    values = {"release": "r2", "revision": "0" * 40, "files": "0", **AUTHOR.values}
    answers = ground.runs(script(ground.layout, *parts, values=values), archive())
    assert answers.one("ready") == "r2"
    assert lost(answers) == (
        "1 file written since it went live would be lost with the next deployment: in `public/uploads`;"
        ' `config.append(linked_dirs=["public/uploads"])` keeps them'
    )
    assert ground.traces() == []


@pytest.mark.parametrize("what", ["folder", "file", "missing", "elsewhere", "dangling"])
def test_linked_paths_that_are_no_links_any_more_are_told(ground: Any, what: str) -> None:
    release = deploy(ground, folders=("log",))
    if what == "dangling":
        (ground.root / "shared/log").rmdir()
    else:
        (release / "log").unlink()
    if what == "folder":
        (release / "log").mkdir()
    if what == "file":
        (release / "log").write_text("")
    if what == "elsewhere":
        (release / "log").symlink_to("/tmp")
    assert look(ground, folders=("log",)).unlinked == {"log": what}


def test_processes_tell_which_release_they_work_in(ground: Any) -> None:
    for name in ("r1", "r2"):
        deploy(ground, name)
    with subprocess.Popen(["sleep", "60"], cwd=ground.root / "releases/r1/public") as old:
        try:
            found = look(ground)
        finally:
            old.kill()
    assert (found.live, found.running) == ("r2", ("r1",))


def test_a_server_without_a_live_release_or_a_list_has_nothing_to_compare(ground: Any) -> None:
    assert look(ground, folders=("log",)) == Drift()
    deploy(ground)
    (ground.root / ".capify/files/r1").unlink()
    found = look(ground)
    assert (found.live, found.listed) == ("r1", False)


def test_a_server_that_lies_is_read_strictly() -> None:
    found = drift(Answers(
        "live\t../../etc\ndigest\tnone\nedited\t\x1b[2J\nrunning\t-rf\nrunning\tr1\ncounted\tedited -1\n"
        "counted\tmissing 9999999999999999999\nunlinked\tnonsense log\nunlinked\tfile \n"
        "written\tmany log\nwritten\t3 a\n"
    ))  # fmt: skip
    assert (found.live, found.listed, found.counts, found.unlinked) == ("", False, {}, {})
    assert (found.edited, found.running, found.written) == (("?[2J",), ("r1",), {"a": 3})
