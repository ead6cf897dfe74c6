"""Going back: the last release that was live and healthy becomes live again, and the one that is left is bad.

Rule: nothing here needs the repository.
"""

from capify import namespace, say
from capify.standard import history
from capify.standard.answers import State
from capify.standard.site import look, operator, publish

rollback = namespace("deploy:rollback")

rollback.sequence(
    "default",
    "revision",
    ":deploy:restart",
    "cleanup",
    description="Go back to the last good release, and restart.",
)

rollback.sequence("code", "revision", "cleanup", description="Go back to the last good release, without a restart.")

rollback.sequence("cleanup", ":deploy:cleanup", description="Remove what is too much: failed releases, and old ones.")


@rollback.task("revision", releases_only=True)
def go_back() -> None:
    """Make the last good release live again, on all servers at once; the one that is left becomes bad."""
    seen = look()
    release = history.previous(seen)
    commit = next(iter(seen.values())).records[release].revision
    say(f"going back to {release}{f' ({commit[:12]})' if commit else ''}")
    publish(release, seen, leaving=State.BAD, log_line=f"{operator()} rolled back to release {release}")
