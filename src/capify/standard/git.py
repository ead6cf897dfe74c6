"""Which commit is meant: what the repository said, and what the operator wrote.

Rule: a revision is resolved once, here, to the full id of a commit; nothing after this knows branches.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capify.errors import RecipeError, UsageError
from capify.standard.layout import reference
from capify.wording import suggestion, ticked

_LINE = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)")
_FULL = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_SHORT = re.compile(r"[0-9a-fA-F]{4,63}")
_PROGRAM = re.compile(r"[A-Za-z0-9+.-]+::")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A commit, what it was called (`branch`, for the log), and a notice if the name could have meant another."""

    revision: str
    branch: str
    notice: str = ""


def repository(url: str) -> str:
    """Check a repository's address: never an option, never a program that git would start."""
    if not url or url.startswith("-") or _PROGRAM.match(url) or re.search(r"[\x00-\x1f\x7f]", url):
        hint = "it is a URL, `user@host:path`, or a path"
        raise RecipeError(f"`repository` cannot be `{url}`", hint=hint, setting="repository")
    return url


def is_commit(text: str) -> bool:
    """Tell the full id of a commit, which needs no repository to be resolved."""
    return _FULL.fullmatch(text) is not None


def environment(ssh_options: Sequence[str] = ()) -> dict[str, str]:
    """Give git what it needs to ask nobody anything, and to trust no unknown host. Options are shell words."""
    ssh = " ".join(["ssh", *ssh_options, "-o BatchMode=yes", "-o StrictHostKeyChecking=yes"])
    return {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_SSH_COMMAND": ssh,
    }


def ls_remote(url: str) -> tuple[str, ...]:
    """Spell the words that ask a repository for its branches and tags."""
    return ("git", "-c", "protocol.ext.allow=never", "ls-remote", "--quiet", "--", repository(url))


def references(output: str) -> dict[str, str]:
    """Read what `git ls-remote` printed: the name of each reference, and its id."""
    found = (_LINE.fullmatch(line) for line in output.splitlines())
    return {match[2]: match[1] for match in found if match}


def resolve(refs: Mapping[str, str], wanted: str) -> Resolved:
    """Find the commit of a branch, a tag, `HEAD` or a full id. Raises `UsageError` with the nearest names."""
    if is_commit(wanted):
        return Resolved(wanted.lower(), wanted.lower())
    reference(wanted)
    branch = refs.get(f"refs/heads/{wanted}", "")
    tag = refs.get(f"refs/tags/{wanted}^{{}}") or refs.get(f"refs/tags/{wanted}", "")
    if branch and tag and branch != tag:
        notice = f"`{wanted}` is a branch and a tag: the branch is taken; the tag is `refs/tags/{wanted}`"
        return Resolved(branch, wanted, notice)
    exact = refs.get(f"{wanted}^{{}}") or refs.get(wanted, "")
    commit = branch or tag or (exact if wanted == "HEAD" or wanted.startswith("refs/") else "")
    if not commit:
        raise _unknown(refs, wanted)
    return Resolved(commit, wanted)


def _unknown(refs: Mapping[str, str], wanted: str) -> UsageError:
    known = [name.removesuffix("^{}") for name in refs if name.startswith(("refs/heads/", "refs/tags/"))]
    names = {name.split("/", 2)[2] for name in known}
    problem = f"`{wanted}` is no branch or tag of the repository"
    if not refs:
        return UsageError("the repository has no commit yet", hint="push one, and try again", setting="repository")
    if _SHORT.fullmatch(wanted) and not suggestion(wanted, names):
        return UsageError(problem, hint="if it is a commit, write its id in full: 40 hexadecimal digits")
    if wanted.removeprefix("origin/") in names:
        return UsageError(problem, hint=f"there it is called `{wanted.removeprefix('origin/')}`")
    few = f"there are {ticked(sorted(names))}" if 0 < len(names) <= 5 else ""
    return UsageError(problem, hint=suggestion(wanted, names) or few)
