"""The standard tasks by name and type, for recipes that call them, hang hooks on them, or define them anew.

Rule: names only; `load("deploy")` declares the tasks, and a test holds these names to what it declares.
"""

from typing import Final

from capify.recipe.handles import TaskHandle
from capify.recipe.namespaces import Namespace


class Rollback(Namespace):
    """The tasks of `deploy:rollback`; called itself, it goes back to the last good release and restarts."""

    cleanup: TaskHandle[[], None]
    code: TaskHandle[[], None]
    revision: TaskHandle[[], None]


class Deploy(Namespace):
    """The tasks of `deploy`; called itself, it deploys. Tasks of the project's own are found here, too, untyped."""

    check: TaskHandle[[], None]
    cleanup: TaskHandle[[], None]
    create_symlink: TaskHandle[[], None]
    finalize_update: TaskHandle[[], None]
    prepare_code: TaskHandle[[], None]
    releases: TaskHandle[[], None]
    restart: TaskHandle[[], None]
    rollback: Rollback
    setup: TaskHandle[[], None]
    start: TaskHandle[[], None]
    stop: TaskHandle[[], None]
    update: TaskHandle[[], None]
    update_code: TaskHandle[[], None]

    def __init__(self) -> None:
        super().__init__("deploy")
        self.rollback = Rollback("deploy:rollback")


deploy: Final = Deploy()
