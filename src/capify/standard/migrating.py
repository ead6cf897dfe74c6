"""Bringing the database to a release: `deploy:migrate`, and the deployments that have it in them.

    cold       = starting, update, migrate, start, finishing (the first deployment)
    migrations = starting, started, [update_code, migrate, publish, restart], finishing, finished

Rule: migrations run once, on one server that no command line can exchange for another.
Rule: what they did to the database is never taken back; whoever rolls back is told so.
"""

from capify import before, cd, config, dry_run, irreversible, namespace, run
from capify.errors import RecipeError, Refused
from capify.standard.answers import Deployment, State
from capify.standard.grip import gripped
from capify.standard.probing import command_text
from capify.standard.shipped import shipped
from capify.standard.site import layout
from capify.wording import ticked

deploy = namespace("deploy")


@deploy.task(roles="db", primary=True, once=True, releases_only=True)
def migrate(target: str = "") -> None:
    """Run `migrate_command` once, on the primary database server, in the newest release.

    `target=current` runs it in the live one.
    """
    command, grip = _command(), gripped()
    wanted = target or str(config.migrate_target)
    if wanted not in {"latest", "current"}:
        raise RecipeError(f"migrations run in the `latest` or the `current` release, not in `{wanted}`")
    made = dry_run() and grip.checked
    releases = {_release(found, wanted, made=made) for found in grip.seen.values()}
    if len(releases) > 1:
        raise Refused(f"the servers differ in which release migrations should run in: {ticked(sorted(releases))}")
    (release,) = releases
    irreversible(f"the migrations of release {release}")
    bound = float(config.migrate_timeout)
    with cd(layout().current if wanted == "current" else layout().release(release)):
        run(command, env=dict(config.migrate_env), timeout=bound, silence=bound)


deploy.sequence(
    "cold", "starting", "update", "migrate", "start", "finishing",
    description="Deploy for the first time: update, run migrations, start.",
)  # fmt: skip

deploy.sequence(
    "rollout_with_migrations",
    "update_code", "migrate", "publishing", "create_symlink", "published", "rolling_restart",
    in_transaction=True,
    description="[internal] Build the release, migrate, make it live, restart; or undo all but the migrations.",
)  # fmt: skip

deploy.sequence(
    "migrations", "starting", "started", "rollout_with_migrations", "finishing", "finished",
    description="Deploy, and run migrations before the release goes live.",
)  # fmt: skip


@before("deploy:cold")
@before("deploy:migrations")
def know_how_to_migrate() -> None:
    """Refuse before anything is built what would fail in the middle."""
    if shipped("deploy:migrate"):
        _command()


def _command() -> str:
    command = command_text(config.get("migrate_command"))
    if not command:
        hint = 'config.migrate_command = "bin/migrate"; or define the task `deploy:migrate`'
        raise RecipeError("nobody said how to run migrations: `migrate_command` is not set", hint=hint)
    return command


def _release(found: Deployment, wanted: str, *, made: bool) -> str:
    """Choose where to run: the live release, or what this invocation made, or else the newest that may go live."""
    if wanted == "current":
        if not found.live:
            raise Refused("no release is live, so migrations cannot run in it")
        return found.live
    release = str(config.release_name)
    if made or release in found.records:
        return release
    fit = [one for one in found.records.values() if one.state is State.READY or one.release == found.live]
    if not fit:
        raise Refused("there is no release to run migrations in", hint="`deploy:migrations` makes one")
    return max(fit, key=lambda record: record.sequence).release
