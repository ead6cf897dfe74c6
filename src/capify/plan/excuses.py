"""Which servers an invocation can do without, when they cannot be reached (`--skip-unreachable`). Pure.

Rule: no task loses its last server. A task for one server is never moved to another: which one it is was promised.
"""

from collections.abc import Iterable, Mapping

from capify.errors import ConnectFailed
from capify.machines import Server
from capify.plan.planner import Step
from capify.wording import ticked


def refuse_missing(steps: Iterable[Step], missing: Mapping[Server, str]) -> None:
    """Raise `ConnectFailed` for the first of these steps that none of its servers is left for.

    `missing` are the servers that cannot be reached, and why.
    """
    for step in steps:
        wanted, options = step.servers, step.task.options
        if not wanted or any(server not in missing for server in wanted):
            continue
        alone = bool(options.once or options.primary)
        if alone or options.on_no_servers != "skip":
            raise Indispensable(step, missing, alone=alone)


class Indispensable(ConnectFailed):
    """A server could not be reached, and a task cannot do without it."""

    def __init__(self, step: Step, reasons: Mapping[Server, str], *, alone: bool) -> None:
        super().__init__(reasons)
        task, lines = step.task.name, "".join(f"\n  {server} | {reason}" for server, reason in reasons.items())
        wanted = ticked(step.servers)
        runs = "runs on one server alone" if alone else "has no other server"
        self.message = f"could not connect to {wanted}, and task `{task}` {runs}: it is not skipped{lines}"
        self.args = (self.message,)
        self.place = step.place or step.task.place
        self.hint = f"mend that server, or leave task `{task}` out"
