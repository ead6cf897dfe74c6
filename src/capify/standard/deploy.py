"""The standard deployment: a recipe like any other, written in the words that every recipe has.

    deploy = update (= update_code, create_symlink), restart, cleanup
    update_code = prepare_code, finalize_update

Prepare everywhere, then publish everywhere, otherwise nowhere; only then restart and clean up. Tasks are named as in
Capistrano 2, and a project hangs its own before and after them, or defines them anew.

Rule: nothing here knows the engine; a project could have written it.
"""

from capify import config, load, namespace
from capify.standard.site import layout
from capify.standard.source import resolved

load("update")
load("upkeep")
load("rollback")

config.setdefault(
    deploy_to=lambda: f"/u/apps/{config.application}",
    deploy_via="remote_cache",
    repository_cache="cached-copy",
    branch="HEAD",
    revision=resolved,
    keep_failed=1,
    current_path=lambda: layout().current,
    releases_path=lambda: layout().releases,
    release_path=lambda: layout().release(str(config.release_name)),
    shared_path=lambda: layout().shared,
)

deploy = namespace("deploy")

deploy.sequence("default", "update", "restart", "cleanup", description="Deploy: update, restart, clean up.")

deploy.sequence(
    "update",
    "update_code",
    "create_symlink",
    in_transaction=True,
    description="Build the release on all servers, then make it live on all of them; or undo both.",
)

deploy.sequence(
    "update_code",
    "prepare_code",
    "finalize_update",
    in_transaction=True,
    description="Build the release on all servers; nothing is live yet.",
)


@deploy.task(roles="app", on_no_servers="skip")
def restart() -> None:
    """Restart the application; empty until a project defines it."""


@deploy.task(roles="app", on_no_servers="skip")
def start() -> None:
    """Start the application; empty until a project defines it."""


@deploy.task(roles="app", on_no_servers="skip")
def stop() -> None:
    """Stop the application; empty until a project defines it."""
