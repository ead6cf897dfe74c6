"""Claims about which names may become part of a path."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import RecipeError
from capify.standard.layout import Layout, links, reference, release_name, revision

WRONG = ["", "/", "~", "~/app", "app", "/app", "//app", "/a/../b", "/a/./b", "/a/b/..", "/a/b\n", "/a/\x1b"]


@pytest.mark.parametrize("path", WRONG)
def test_a_dangerous_deploy_to_is_refused(path: str) -> None:
    with pytest.raises(RecipeError, match="deploy_to"):
        Layout(path)


def test_the_paths_are_capistranos() -> None:
    layout = Layout("/var/www//shop/")
    assert layout.release("20260101000000") == "/var/www/shop/releases/20260101000000"
    assert layout.current == "/var/www/shop/current"
    assert layout.cache == "/var/www/shop/shared/cached-copy"
    assert layout.records == "/var/www/shop/.capify/releases"
    assert layout.revisions_log == "/var/www/shop/revisions.log"
    with pytest.raises(RecipeError, match="repository_cache"):
        Layout("/var/www/shop", "../releases")


@pytest.mark.parametrize("name", ["", ".", "..", "-rf", "a/b", "a b", "a\n", ".hidden", "*", "ü"])
def test_a_release_has_a_plain_name(name: str) -> None:
    with pytest.raises(RecipeError):
        release_name(name)


def test_a_revision_is_full_and_hexadecimal() -> None:
    assert revision("a" * 40)
    assert revision("0" * 64)
    for wrong in ("abc", "A" * 40, "g" * 40, "a" * 40 + "\n", "HEAD"):
        with pytest.raises(RecipeError):
            revision(wrong)


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (["/etc/passwd"], []), (["../x"], []), (["a/../../x"], []), ([""], []), (["REVISION"], []), ([], ["."]),
        (["log"], ["log"]), ([], ["log", "log/"]), (["log/x"], ["log"]), ([], ["a/b/c", "a/b"]), ([], ["a\tb"]),
    ],
)  # fmt: skip
def test_linked_paths_stay_inside_and_apart(files: list[str], folders: list[str]) -> None:
    with pytest.raises(RecipeError):
        links(files, folders)


def test_linked_paths_that_only_look_alike_are_fine() -> None:
    assert links(["config/a.yml"], ["log", "logs", "public//system/"]) == (
        ("config/a.yml",), ("log", "logs", "public/system"),
    )  # fmt: skip


@given(st.text(st.characters(codec="utf-8"), max_size=12) | st.text("a/.-@{~^:?*[\\ lock", max_size=10))
def test_a_reference_that_passes_is_one_for_git_too(name: str) -> None:
    try:
        reference(name)
    except RecipeError:
        return
    assert not name.startswith("-")
    assert subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0


@pytest.mark.parametrize("name", ["main", "feature/one", "v1.0", "ünï", "a@b", "HEAD", "it's"])
def test_ordinary_references_pass(name: str) -> None:
    assert reference(name) == name
