"""A shop on two web servers and a database: restarted one after the other, migrated when somebody says yes."""

from capify import before, capture, config, confirm, run, run_locally, say, task

config.application = "shop"


@task(roles="web", at_once=1)
def restart():
    """Restart the shop, one server after the other."""
    run("systemctl restart shop")
    run("shop healthy")


@task(roles="db", primary=True)
def migrate(to: str = "head"):
    """Migrate the database."""
    pending = capture(["shop", "pending", to])
    if not pending:
        say("nothing to migrate")
        return
    confirm(f"Apply {pending}?")
    run(["shop", "migrate", to])


@task(local=True)
def assets():
    """Build what browsers load."""
    run_locally("npm run build")


before(restart, assets)
