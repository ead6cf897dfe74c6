"""Asking every server what it has, for `deploy:status`: two scripts that read, and the health check if there is one.

Rule: nothing here changes anything, or needs a lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from capify import Server, config, dry_run, script
from capify.standard import probing
from capify.standard.answers import Deployment, Lock
from capify.standard.drift import Drift, drift, examine, visible
from capify.standard.findings import Finding
from capify.standard.findings import plain as plain_finding
from capify.standard.grip import known
from capify.standard.holders import owned
from capify.standard.site import layout, linked, look
from capify.standard.survey import FORMAT, Survey
from capify.standard.survey import plain as plain_server
from capify.standard.vitals import health


def survey() -> Survey:
    """Read every server of this task."""
    seen = settled()
    text = examine(layout(), *linked())
    drifts = {server: drift(said) for server, said in script(text, reads=True, shown="compare files").items()}
    return Survey(seen, {server: drifts.get(server, Drift()) for server in seen}, _health(seen))


def settled() -> dict[Server, Deployment]:
    """Read every server of this task, without the lock and the operation of this invocation: what it did is done."""
    grip = known()
    own = grip.author.token if grip else ""
    return {
        server: replace(found, lock=Lock(), operation=None) if own and owned(found, own) else found
        for server, found in look().items()
    }


def plain(found: Survey, told: Sequence[Finding]) -> dict[str, Any]:
    """Give everything that was found as plain data: what `cap status --json` prints."""
    return {
        "format": FORMAT,
        "stage": config.get("stage"),
        "application": config.get("application"),
        "deploy_to": layout().deploy_to,
        "drift": any(finding.drift for finding in told),
        "servers": [plain_server(found, server) for server in found.seen],
        "findings": [plain_finding(finding) for finding in told],
    }


def _health(seen: Mapping[Server, Deployment]) -> dict[Server, str]:
    """Ask once, on the servers that run the application and have a live release; what is not asked is not known."""
    check = replace(health(), retries=0)
    asked = tuple(server for server, found in seen.items() if "app" in server.roles and found.live)
    if not check.questions or not asked or (check.command and dry_run()):
        return {}
    answers = script(
        lambda server: _answering(probing.spelled(layout(), check, server)),
        reads=not check.command,
        shown="check health",
        timeout=check.deadline,
        silence=check.deadline,
        on=asked,
    )
    return {server: _complaint(said.one("health")) for server, said in answers.items() if "health" in said}


def _answering(text: str) -> str:
    """Let a check that fails be an answer: its first line of complaint."""
    first = "printf '%s' \"$(printf '%s' \"$said\" | head -n 1)\" | tr '\\000-\\037\\177' '?'"
    bad = f"printf 'health\\tbad %s\\n' \"$({first})\""
    return f"if said=$({text} 2>&1 >/dev/null); then printf 'health\\tok\\n'; else {bad}; fi"


def _complaint(said: str) -> str:
    return "" if said == "ok" else visible(said.removeprefix("bad ")) or "the check failed, and said nothing"
