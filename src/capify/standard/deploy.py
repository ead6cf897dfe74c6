"""The standard deployment: a recipe like any other, written in the words that every recipe has.

    deploy = starting, started, rollout (= update, rolling_restart), finishing, finished
    update = update_code, publishing, create_symlink, published
    update_code = updating, prepare_code, finalize_update, updated

Prepare everywhere, then publish everywhere, otherwise nowhere; then restart in waves, each proved healthy before the
next; only then clean up. Tasks that do something are named as in Capistrano 2, the empty ones between them as in
Capistrano 3; a project hangs its own before and after any of them, or defines them anew.

Rule: nothing here knows the engine; a project could have written it.
"""

from capify import config, load, namespace, on
from capify.standard import previewing
from capify.standard.grip import known
from capify.standard.site import layout

load("update")
load("health")
load("migrating")
load("upkeep")
load("rollback")
load("recovering")
load("converging")
load("locks")
load("sharing")
load("status")
load("pending")
load("preview")
load("pinning")

config.setdefault(
    deploy_to=lambda: f"/u/apps/{config.application}",
    deploy_via="remote_cache",
    repository_cache="cached-copy",
    branch="HEAD",
    revision=previewing.resolved,
    keep_failed=1,
    current_path=lambda: layout().current,
    releases_path=lambda: layout().releases,
    release_path=lambda: layout().release(str(config.release_name)),
    shared_path=lambda: layout().shared,
)

deploy = namespace("deploy")

deploy.sequence(
    "default",
    "starting",
    "started",
    "rollout",
    "finishing",
    "finished",
    description="Deploy: build everywhere, publish everywhere, restart in waves, prove it healthy, clean up.",
)

deploy.sequence(
    "rollout",
    "update",
    "rolling_restart",
    in_transaction=True,
    description="[internal] Bring the release out; if it is not published, restarted and healthy, take it back.",
)

deploy.sequence(
    "update",
    "update_code",
    "publishing",
    "create_symlink",
    "published",
    in_transaction=True,
    description="Build the release on all servers, then make it live on all of them; or undo both.",
)

deploy.sequence(
    "update_code",
    "updating",
    "prepare_code",
    "finalize_update",
    "updated",
    in_transaction=True,
    description="Build the release on all servers; nothing is live yet.",
)

deploy.sequence(
    "rolling_restart",
    "restarting",
    "restart",
    "check_health",
    roles="app",
    at_once=lambda: config.restart_waves,
    on_no_servers="skip",
    description="Restart in waves, each proved healthy before the next.",
)

deploy.sequence("finishing", "cleanup", description="[internal] Do what a deployment leaves to do: clean up.")


PLACES = {
    "started": "the servers are locked, and nothing was changed.",
    "updating": "the release will be built now.",
    "finalize_update": "the release is whole but for what a project adds to it.",
    "updated": "the release is built on all servers, and nothing is live.",
    "publishing": "the release goes live now.",
    "published": "the release is live on all servers, and nothing was restarted.",
    "finished": "the release is live and healthy; nothing takes it back any more.",
}
for place, when in PLACES.items():
    deploy.sequence(place, releases_only=True, description=f"[internal] A place for hooks: {when}")

deploy.sequence(
    "failed", description="[internal] A place for hooks: a deployment failed, and was taken back as far as it could be."
)


@deploy.task(roles="app", on_no_servers="skip")
def restarting() -> None:
    """[internal] Nothing; for hooks: a wave is restarted now. Take it away from its load balancer before this."""
    grip = known()
    if grip is not None:
        grip.restarted = True


@deploy.task(roles="app", on_no_servers="skip")
def restart() -> None:
    """Restart the application; empty until a project defines it."""


@deploy.task(roles="app", on_no_servers="skip")
def start() -> None:
    """Start the application; empty until a project defines it."""


@deploy.task(roles="app", on_no_servers="skip")
def stop() -> None:
    """Stop the application; empty until a project defines it."""


on("failure", "deploy:failed", only=("deploy", "deploy:cold", "deploy:migrations"))
