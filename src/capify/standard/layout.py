"""Where a deployment keeps what, on every server, and which names may become part of a path.

Rule: a value that reaches a script has passed here; what passes can be quoted, and leads nowhere out of `deploy_to`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from capify.errors import RecipeError

_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CACHE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|\.lock(?:/|$)|[./]$|^[-/]|^@$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one deployment: Capistrano's, and `.capify` for the records.

    Raises `RecipeError` when `deploy_to` is not an absolute path of at least two folders, or not a plain one.
    """

    deploy_to: str
    repository_cache: str = "cached-copy"

    def __post_init__(self) -> None:
        parts = self.deploy_to.split("/")
        named = [part for part in parts if part]
        if parts[0] or len(named) < 2 or {".", ".."} & set(named) or _CONTROL.search(self.deploy_to):
            raise RecipeError(
                f"`deploy_to` cannot be {self.deploy_to!r}",
                hint="it is an absolute path of at least two folders, without `..`: `/var/www/shop`",
            )
        if not _CACHE.fullmatch(self.repository_cache):
            raise RecipeError(f"`repository_cache` cannot be `{self.repository_cache}`", hint="it is one folder's name")
        object.__setattr__(self, "deploy_to", "/" + "/".join(named))

    @property
    def releases(self) -> str:
        """The folder of all releases."""
        return f"{self.deploy_to}/releases"

    @property
    def shared(self) -> str:
        """The folder of what outlives releases."""
        return f"{self.deploy_to}/shared"

    @property
    def current(self) -> str:
        """The link to the live release."""
        return f"{self.deploy_to}/current"

    @property
    def revisions_log(self) -> str:
        """The log of what was deployed when, in Capistrano 3's words."""
        return f"{self.deploy_to}/revisions.log"

    @property
    def cache(self) -> str:
        """The clone that `remote_cache` keeps on the server, where Capistrano 2 keeps its own."""
        return f"{self.shared}/{self.repository_cache}"

    @property
    def records(self) -> str:
        """The folder of Capify's records, one file a release."""
        return f"{self.deploy_to}/.capify/releases"

    def release(self, name: str) -> str:
        """Say where a release lives. Raises `RecipeError` for a name that no release can have."""
        return f"{self.releases}/{release_name(name)}"


def release_name(name: str) -> str:
    """Check a release's name: letters, digits, `.`, `_` and `-`."""
    if not _RELEASE.fullmatch(name):
        raise RecipeError(
            f"`{name}` cannot be the name of a release", hint="it consists of letters, digits, `.`, `_` and `-`"
        )
    return name


def revision(text: str) -> str:
    """Check a resolved revision: the full id of a commit."""
    if not _REVISION.fullmatch(text):
        raise RecipeError(f"`{text}` is not the full id of a commit", hint="that is 40 or 64 hexadecimal digits")
    return text


def reference(name: str) -> str:
    """Check the name of a branch or tag as git does; it can never be taken for an option."""
    if not name or _NOT_IN_REF.search(name) or _CONTROL.search(name):
        raise RecipeError(f"`{name}` cannot be the name of a branch or tag", hint="try `git check-ref-format --branch`")
    return name


def links(files: Iterable[str], folders: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Check `linked_files` and `linked_dirs` together: inside the release, none twice, none within another."""
    linked_files = tuple(_inside("linked_files", path) for path in files)
    linked_folders = tuple(_inside("linked_dirs", path) for path in folders)
    for one, other in combinations(linked_files + linked_folders, 2):
        if one == other:
            raise RecipeError(f"`{one}` is linked twice", hint="name it once, in `linked_files` or in `linked_dirs`")
        for outer, inner in ((one, other), (other, one)):
            if inner.startswith(outer + "/"):
                raise RecipeError(f"`{inner}` is linked already, as part of `{outer}`", hint="name only one of the two")
    return linked_files, linked_folders


def _inside(setting: str, path: str) -> str:
    parts = [part for part in path.split("/") if part]
    plain = parts and not path.startswith("/") and not {".", ".."} & set(parts) and not _CONTROL.search(path)
    if not plain or parts == ["REVISION"]:
        raise RecipeError(f"`{setting}` cannot contain `{path}`", hint="name a path in a release: `config/keys.yml`")
    return "/".join(parts)
