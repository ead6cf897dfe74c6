"""Claims about which commit is meant."""

import subprocess

import pytest

from capify.errors import RecipeError, UsageError
from capify.standard.git import ls_remote, references, resolve
from capify.testing.repository import Repository


@pytest.fixture
def refs(repository: Repository) -> dict[str, str]:
    """What a real repository says of itself."""
    repository.tag("v1.0")
    repository.commit("after the tag")
    output = subprocess.run(ls_remote(repository.url), capture_output=True, text=True, check=True).stdout
    return references(output)


def test_branches_tags_head_and_full_ids_are_resolved(refs: dict[str, str], repository: Repository) -> None:
    assert resolve(refs, "master").revision == repository.head()
    assert resolve(refs, "HEAD").revision == repository.head()
    assert resolve(refs, "develop").revision == repository.head("develop")
    assert resolve(refs, "refs/heads/develop").revision == repository.head("develop")
    assert resolve(refs, "v1.0").revision == repository.git("rev-parse", "v1.0^{commit}")
    assert resolve(refs, "refs/tags/v1.0").revision == repository.git("rev-parse", "v1.0^{commit}")
    assert resolve(refs, "A" * 40).revision == "a" * 40
    assert resolve(refs, "master").branch == "master"


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("mastr", "did you mean `master`?"),
        ("origin/master", "it is called `master`"),
        ("deadbee", "in full"),
        ("x", "there are"),
    ],
)
def test_an_unknown_name_is_refused_with_what_to_try(refs: dict[str, str], wanted: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        resolve(refs, wanted)
    assert hint in str(refused.value)


def test_of_a_branch_and_a_tag_the_branch_is_taken_and_said() -> None:
    refs = {"refs/heads/one": "a" * 40, "refs/tags/one": "b" * 40}
    found = resolve(refs, "one")
    assert (found.revision, "the branch is taken" in found.notice) == ("a" * 40, True)
    assert resolve(refs, "refs/tags/one").revision == "b" * 40


def test_an_empty_repository_is_told() -> None:
    with pytest.raises(UsageError, match="no commit yet"):
        resolve({}, "main")


@pytest.mark.parametrize("name", ["--upload-pack=x", "$(touch x)master\n", "a b", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RecipeError):
        resolve({"refs/heads/main": "a" * 40}, name)


@pytest.mark.parametrize("url", ["", "-oProxyCommand=x", "ext::sh -c x", "a\nb"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(RecipeError):
        ls_remote(url)


def test_noise_among_the_references_is_left_out() -> None:
    assert references(f"warning: hello\n{'a' * 40}\trefs/heads/main\nxyz\tHEAD\n") == {"refs/heads/main": "a" * 40}
