"""Claims about the archive of strategy `copy`; that it gives the same tree as a clone is claimed in `test_building`."""

import tarfile
from pathlib import Path

from capify.standard.archive import cache_folder, mirror_name, pack


def test_the_archive_says_nothing_of_who_made_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "folder/empty").mkdir(parents=True)
    (tree / "folder/program").write_text("x")
    (tree / "folder/program").chmod(0o700)
    (tree / "plain").write_text("x")
    (tree / "plain").chmod(0o600)
    (tree / "link").symlink_to("folder")
    assert pack(tree, tmp_path / "a.tar.gz") == 4
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        entries = {entry.name: entry for entry in archive}
    assert set(entries) == {"folder/empty", "folder/program", "plain", "link"}
    assert {(entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, "")}
    assert (entries["folder/program"].mode, entries["plain"].mode) == (0o777, 0o666)
    assert entries["link"].linkname == "folder"


def test_mirrors_lie_in_the_operators_cache_one_for_each_address(tmp_path: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "capify"
    assert cache_folder({"XDG_CACHE_HOME": "relative"}).is_absolute()
    assert mirror_name("ssh://a/b.git") != mirror_name("ssh://a/c.git")
