"""Whether the application is healthy, and runs from the release that was published: `deploy:check_health`.

Rule: a status of the restart proves nothing; what the servers answer now does.
"""

from capify import config, dry_run, namespace, say
from capify.errors import CommandFailed
from capify.standard.shipped import hooked, shipped
from capify.standard.vitals import STALE, examine, health, waves

_AROUND_RESTART = [f"deploy:{name}" for name in ("create_symlink", "publishing", "published", "restart", "restarting")]

deploy = namespace("deploy")
config.setdefault(restart_waves=waves)


@deploy.task(roles="app", releases_only=True, on_no_servers="skip")
def check_health() -> None:
    """Check that the application is healthy and runs from the live release, as the `health_…` settings say."""
    check = health()
    if check.questions:
        try:
            examine(check)
        except CommandFailed as error:
            if any(STALE in result.stderr for result in error.results.failed.values()):
                error.hint = "`deploy:restart` must make the process go to `current` again, not to the folder it had"
            raise
    elif _nothing_restarts() and not dry_run():
        say("nothing restarts the application, and no `health_…` setting says how to look: what runs is not known")


def _nothing_restarts() -> bool:
    """Whether restarting is as empty as Capify ships it, with nothing of the project's own around it."""
    return shipped("deploy:restart") and not hooked(_AROUND_RESTART)
