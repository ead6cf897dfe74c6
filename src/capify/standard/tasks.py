"""The standard tasks by name and type, for recipes that call them, hang hooks on them, or define them anew.

Rule: names only; `load("deploy")` declares the tasks, and a test holds these names to what it declares.
"""

from typing import Final

from capify.recipe.handles import TaskHandle
from capify.recipe.namespaces import Namespace


class Pending(Namespace):
    """The tasks of `deploy:pending`; called itself, it lists the commits that are not live yet."""

    diff: TaskHandle[[], None]


class Rollback(Namespace):
    """The tasks of `deploy:rollback`; called itself, it goes back to the last good release and restarts."""

    cleanup: TaskHandle[[], None]
    code: TaskHandle[..., None]
    revision: TaskHandle[..., None]


class Deploy(Namespace):
    """The tasks of `deploy`; called itself, it deploys. Tasks of the project's own are found here, too, untyped."""

    abort: TaskHandle[[], None]
    check: TaskHandle[[], None]
    check_health: TaskHandle[[], None]
    cleanup: TaskHandle[[], None]
    cold: TaskHandle[..., None]
    converge: TaskHandle[[], None]
    create_symlink: TaskHandle[[], None]
    diff: TaskHandle[..., None]
    failed: TaskHandle[[], None]
    finalize_update: TaskHandle[[], None]
    finished: TaskHandle[[], None]
    finishing: TaskHandle[[], None]
    history: TaskHandle[[], None]
    lock: TaskHandle[..., None]
    migrate: TaskHandle[..., None]
    migrations: TaskHandle[..., None]
    pending: Pending
    pin: TaskHandle[..., None]
    prepare_code: TaskHandle[[], None]
    preview: TaskHandle[[], None]
    published: TaskHandle[[], None]
    publishing: TaskHandle[[], None]
    releases: TaskHandle[[], None]
    restart: TaskHandle[[], None]
    restarting: TaskHandle[[], None]
    resume: TaskHandle[[], None]
    resume_publishing: TaskHandle[[], None]
    resumed: TaskHandle[[], None]
    rollback: Rollback
    rolling_restart: TaskHandle[[], None]
    rollout: TaskHandle[[], None]
    rollout_with_migrations: TaskHandle[..., None]
    setup: TaskHandle[[], None]
    start: TaskHandle[[], None]
    started: TaskHandle[[], None]
    starting: TaskHandle[[], None]
    status: TaskHandle[[], None]
    stop: TaskHandle[[], None]
    unlock: TaskHandle[..., None]
    unpin: TaskHandle[..., None]
    update: TaskHandle[[], None]
    update_code: TaskHandle[[], None]
    updated: TaskHandle[[], None]
    updating: TaskHandle[[], None]
    upload_shared: TaskHandle[..., None]

    def __init__(self) -> None:
        super().__init__("deploy")
        self.pending = Pending("deploy:pending")
        self.rollback = Rollback("deploy:rollback")


deploy: Final = Deploy()
