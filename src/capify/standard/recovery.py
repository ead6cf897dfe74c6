"""What the servers' journals say about somebody who was interrupted, and what follows from it.

Rule: pure.
"""

from collections.abc import Mapping

from capify.errors import Refused
from capify.machines import Server, grouped
from capify.standard.answers import Deployment, Operation
from capify.standard.facts import ago, count
from capify.standard.history import good
from capify.standard.switching import Former
from capify.wording import ticked

_DOING = {
    "building": "building it",
    "prepared": "preparing it",
    "publishing": "making it live",
    "published": "finishing it",
    "returned": "taking it back",
}
_WENT_LIVE = {"publishing", "published"}


def told(operation: Operation, now: int | None = None) -> str:
    """Say what an operation was: by whom, when, and how far it came."""
    what = "the rollback to" if operation.kind == "rollback" else "the deployment of"
    who = operation.facts.get("who", "")
    by = f" by {who}{ago(operation.facts, now)}" if who else ""
    return f"{what} `{operation.release}`{by} was interrupted while {_DOING[operation.phase]}"


def interrupted(deployments: Mapping[Server, Deployment], token: str = "") -> dict[Server, Operation]:
    """Find the operations that were begun and not ended, by somebody who is gone: not by whoever has this token."""
    found = {server: one.operation for server, one in deployments.items() if one.operation is not None}
    return {server: operation for server, operation in found.items() if operation.token != token}


def notices(deployments: Mapping[Server, Deployment], token: str = "") -> list[str]:
    """Say what was interrupted, and how far it came on which servers."""
    found = interrupted(deployments, token)
    groups = grouped({server: told(one, deployments[server].now) for server, one in found.items()})
    return [f"{ticked(servers)}: {text}" for text, servers in groups.items()]


def to_resume(deployments: Mapping[Server, Deployment]) -> Operation:
    """Choose what is to be finished. Raises `Refused` where nothing is, or where nothing had gone live."""
    operation = _latest(deployments)
    if not _went_live(deployments, operation):
        hint = "`deploy:abort` puts it aside; or deploy again, which does so, too"
        raise Refused(f"{told(operation)}: nothing of it was live, so there is nothing to finish", hint=hint)
    without = [server for server, found in deployments.items() if operation.release not in found.releases]
    if without:
        hint = "take it back by `deploy:abort`, or deploy again"
        raise Refused(f"release `{operation.release}` is not on {ticked(without)}", hint=hint)
    return operation


def to_abort(deployments: Mapping[Server, Deployment]) -> Operation:
    """Choose what is to be taken back. Raises `Refused` where nothing was interrupted, or a server has no way back."""
    operation = _latest(deployments)
    lost = [
        server
        for server, found in deployments.items()
        if server not in _same(deployments, operation) and found.live == operation.release
        if (operation.former not in found.releases if operation.former else good(found).earlier)
    ]
    if lost:
        hint = "`deploy:resume` finishes it; `deploy:rollback` goes back then"
        raise Refused(f"{told(operation)}; {ticked(lost)} had finished it, and cannot go back", hint=hint)
    return operation


def returning(deployments: Mapping[Server, Deployment], operation: Operation) -> dict[Server, Former]:
    """Say on which servers an operation's release is live, and what each goes back to.

    One whose journal was closed already goes back with the others.
    """
    same = _same(deployments, operation)
    return {
        server: _former(found, same.get(server, operation))
        for server, found in deployments.items()
        if found.live == operation.release != same.get(server, operation).former
    }


def restarts(deployments: Mapping[Server, Deployment], operation: Operation) -> bool:
    """Whether anybody may run what an operation made live, or has not been restarted since it was taken back."""
    return _went_live(deployments, operation) or any(
        one.phase == "returned" for one in _same(deployments, operation).values()
    )


def _went_live(deployments: Mapping[Server, Deployment], operation: Operation) -> bool:
    same = _same(deployments, operation).items()
    return any(one.phase in _WENT_LIVE or deployments[server].live == one.release for server, one in same)


def _former(found: Deployment, operation: Operation) -> Former:
    target = f"releases/{operation.former}" if operation.former else ""
    record = found.records.get(operation.release)
    if operation.kind == "deploy" or record is None:
        return Former(target, "ready", 0)
    counter = count(record.facts.get("previously", ""))  # what the interrupted publication had found
    return Former(target, "retired", record.published if counter is None else counter)


def _same(deployments: Mapping[Server, Deployment], operation: Operation) -> dict[Server, Operation]:
    found = interrupted(deployments)
    return {server: one for server, one in found.items() if one.token == operation.token}


def _latest(deployments: Mapping[Server, Deployment]) -> Operation:
    found = list(interrupted(deployments).values())
    if not found:
        raise Refused("nothing was interrupted on these servers", hint="`deploy:status` says what is live")
    return max(found, key=lambda operation: operation.facts.get("when", "").zfill(15))
