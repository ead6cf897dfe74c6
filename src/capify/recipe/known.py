"""Known settings: what Capify and the standard deployment understand, as a table.

Rule: only true constants have their default here; what depends on other settings is a default of the standard recipe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe import sorts
from capify.recipe.layers import Mark
from capify.recipe.sorts import Sort
from capify.wording import suggestion


@dataclass(frozen=True, slots=True)
class Known:
    """A setting that Capify understands. What is `private` is shown nowhere: its value is a secret."""

    name: str
    sort: Sort
    doc: str
    default: Any = Mark.UNSET
    private: bool = False


def defaults() -> Mapping[str, Any]:
    """The constants that settings have before anybody sets them."""
    return {known.name: known.default for known in KNOWN.values() if known.default is not Mark.UNSET}


def check(name: str, value: object, place: Place) -> None:
    """Refuse a value that a known setting cannot have, with the place that set it. Raises `RecipeError`."""
    known = KNOWN.get(name)
    if known is None or (value is None and (known.default is Mark.UNSET or known.default is None)):
        return
    wrong = known.sort.wrong(value)
    if wrong:
        shown = f": {value!r}" if _may_be_shown(known, value) else ""
        hint = _meant(value, known.sort) or f"`{name}`: {known.doc}"
        raise RecipeError(f"setting `{name}` {wrong}{shown}", place=place, hint=hint)


def read(name: str, text: str | None) -> Any:
    """Take a value from a word of the command line or the environment, by the setting's sort."""
    if text is None:
        return None
    known = KNOWN.get(name)
    return known.sort.read(text) if known else sorts.read_freely(text)


def _may_be_shown(known: Known, value: object) -> bool:
    return isinstance(value, str | int | float) and not known.private  # a list or mapping could hold a password
def _meant(value: object, sort: Sort) -> str:
    """Ask whether another of the few words was meant."""
    typed = value if isinstance(value, list | tuple) else [value]
    choices = sort.choices
    odd = (str(word) for word in typed if word not in choices)
    return next(filter(None, (suggestion(word, choices) for word in odd)), "") if choices else ""


def _table(*known: Known) -> Mapping[str, Known]:
    return {entry.name: entry for entry in known}


KNOWN: Final = _table(
    Known("application", sorts.NAME, "the name of what is deployed"),
    Known("repository", sorts.WORD, "where its source is: what `git clone` takes"),
    Known("scm", sorts.choice("git"), "the program that keeps the source", "git"),
    Known("deploy_to", sorts.ABSOLUTE, "the folder on the servers that holds releases, shared files and `current`"),
    Known(
        "deploy_via", sorts.pluggable("capify.strategies", "remote_cache", "copy"), "how the source gets to the servers"
    ),
    Known("branch", sorts.BRANCH, "the branch, tag or commit to deploy"),
    Known("revision", sorts.REVISION, "exactly what is deployed; resolved from `branch` once"),
    Known("preview", sorts.NAME, "the preview to apply, by its id; refused where anything has changed since"),
    Known("release_name", sorts.NAME, "the folder of this invocation's release"),
    Known("repository_cache", sorts.INSIDE, "the folder below `shared` that keeps the clone"),
    Known("linked_files", sorts.INSIDES, "files that every release takes from `shared`", []),
    Known("linked_dirs", sorts.INSIDES, "folders that every release takes from `shared`", []),
    Known("keep_releases", sorts.SOME, "how many releases cleaning up leaves", 5),
    Known("keep_failed", sorts.COUNT, "how many failed releases cleaning up leaves"),
    Known("health_command", sorts.COMMAND, "a command on each server that succeeds when the application is healthy"),
    Known("health_url", sorts.WEB_ADDRESS, "what each server asks of itself: an address that answers 200 when healthy"),
    Known("health_host", sorts.WORD, "the name under which `health_url` is asked, if it is not the address's own"),
    Known("health_expect", sorts.TEXT, "what the answer of `health_url` must contain, such as `{revision}`"),
    Known("health_process", sorts.WORD, "what must run from the live release: a pid file, a unit, or a process's name"),
    Known("health_retries", sorts.COUNT, "how often a failed health check is repeated", 15),
    Known("health_interval", sorts.SECONDS, "how long to wait before a health check is repeated", 2),
    Known("health_timeout", sorts.SOME, "how many seconds each health check may take", 5),
    Known("restart_waves", sorts.WAVES, "how many servers restart at once: the first wave, the second, and so on"),
    Known("migrate_command", sorts.COMMAND, "what brings the database to the release, in the release's folder"),
    Known("migrate_env", sorts.MAPPING, "environment variables for `migrate_command`", {}),
    Known("migrate_target", sorts.choice("latest", "current"), "the release that migrations run in", "latest"),
    Known("migrate_timeout", sorts.SECONDS, "how long migrations may take; 0 is for ever", 3600),
    Known("user", sorts.USER_NAME, "the login on servers that name none"),
    Known("group", sorts.USER_NAME, "the group that deployed files belong to"),
    Known("umask", sorts.UMASK, "the permissions that new files lack"),
    Known("use_sudo", sorts.FLAG, "whether the standard deployment works through sudo", default=False),
    Known("sudo", sorts.WORD, "the program that `sudo` starts", "sudo"),
    Known("default_env", sorts.MAPPING, "environment variables for every command", {}),
    Known("stages", sorts.NAMES, "the names of the stages; without it, the files in `stage_dir`"),
    Known("default_stage", sorts.WORD, "the stage that is meant when none is named"),
    Known("protected_stages", sorts.NAMES, "stages that must be named and confirmed", []),
    Known("stage_dir", sorts.WORD, "the folder of the stages' files", "config/deploy"),
    Known("stage", sorts.WORD, "the chosen stage; set by `cap` alone", None),
    Known("ssh_config", sorts.WORD, "the OpenSSH configuration to use instead of the user's own"),
    Known(
        "transport", sorts.pluggable("capify.transports", "auto", "openssh", "local"), "the way to the servers", "auto"
    ),
    Known("reporters", sorts.plugins("capify.reporters"), "plugins that are told of events, beside screen and log", []),
    Known("connect_timeout", sorts.SECONDS, "how long connecting may take", 10),
    Known("fetch_timeout", sorts.SECONDS, "how long a server may take to fetch and check out a commit", 1800),
    Known("silence", sorts.SECONDS, "how long a command may say nothing; 0 is for ever", 300),
    Known("command_timeout", sorts.SECONDS, "how long a command may take; 0 is for ever", 0),
    Known("grace", sorts.SECONDS, "how long a stopped command may take to end before it is killed", 5),
    Known("lease", sorts.BOUND, "how long a lock holds without a sign of life", 45),
    Known("require", sorts.REQUIRED, "how many servers must be ready for a release to go live", "100%"),
    Known("allowed_branches", sorts.NAMES, "the only branches that may be deployed, as patterns; empty: any", []),
    Known("lock_wait", sorts.SECONDS, "how long to wait for somebody else's lock", 0),
    Known("publish_timeout", sorts.SECONDS, "how long a server may take to make a release live", 30),
    Known("disk_reserve", sorts.COUNT, "megabytes that must be free besides what a release needs", 20),
    Known("shared_source", sorts.WORD, "the folder of your machine with copies of linked files", "config/shared"),
    Known("shared_mode", sorts.MODE, "the permissions of linked files that are uploaded", "0600"),
    Known("notify_webhook", sorts.WEB_ADDRESS, "where a chat service takes messages about deployments", private=True),
    Known("notify_command", sorts.COMMAND, "a command of your machine that is given messages about deployments"),
    Known("notify_on", sorts.choices("start", "success", "failure"), "what is notified", ["success", "failure"]),
    Known("notify_timeout", sorts.BOUND, "how long notifications may delay the end of an invocation", 5),
    Known("connections", sorts.SOME, "how many servers are connected to at once", 64),
)
