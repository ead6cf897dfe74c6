"""Going back: the last release that was live and healthy becomes live again, and the one that is left is bad.

Rule: nothing here needs the repository.
"""

from capify import namespace, say
from capify.standard import history
from capify.standard.answers import State
from capify.standard.grip import gripped
from capify.standard.publishing import publish
from capify.standard.site import operator
from capify.standard.switching import Publication

rollback = namespace("deploy:rollback")

rollback.sequence(
    "default",
    "revision",
    ":deploy:rolling_restart",
    "cleanup",
    description="Go back to the last good release, or to `release=`, and restart.",
)

rollback.sequence("code", "revision", "cleanup", description="Go back to the last good release, without a restart.")

rollback.sequence("cleanup", ":deploy:cleanup", description="Remove what is too much: failed releases, and old ones.")


@rollback.task("revision", releases_only=True)
def go_back(release: str = "", revision: str = "") -> None:
    """[internal] Make the last good release live again, on all servers at once; the one that is left becomes bad.

    `release` names another one, `revision` the commit of another one, by at least the first seven digits of its id.
    """
    grip = gripped()
    chosen = history.previous(grip.seen, release or revision)
    commit = next(iter(grip.seen.values())).records[chosen].revision
    say(f"going back to {chosen}{f' ({commit[:12]})' if commit else ''}")
    line = f"{operator()} rolled back to release {chosen}"
    publish(Publication(chosen, "rollback", State.BAD, line), grip)
