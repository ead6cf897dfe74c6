"""How the application is: what the settings say of its health, and what the servers answer.

Rule: asking changes nothing that Capify made; what `health_command` does is its own affair.
"""

from contextlib import suppress

from capify import config, dry_run, script
from capify.errors import TaskFailed
from capify.standard.layout import Layout
from capify.standard.probing import Check, command_text, spelled

STALE = "still serving"


def health() -> Check:
    """Gather what the settings ask of a healthy application."""
    named = {name: str(config.get(f"health_{name}") or "") for name in ("url", "host", "expect", "process")}
    return Check(
        command=command_text(config.get("health_command")),
        retries=int(config.health_retries),
        interval=float(config.health_interval),
        timeout=int(config.health_timeout),
        sudo=str(config.sudo) if config.use_sudo else "",
        **named,
    )


def waves() -> list[int | str]:
    """Give 1, 25% and 100% where a health check is set, else all at once."""
    return [1, "25%", "100%"] if health().questions else ["100%"]


def examine(check: Check) -> None:
    """Ask every server of the wave, until it is healthy or has no attempts left. Raises `CommandFailed`."""
    where = Layout(str(config.deploy_to))
    with suppress(*([TaskFailed] if dry_run() else [])):  # a dry run only shows it
        script(
            lambda server: spelled(where, check, server),
            shown="check health",
            timeout=check.deadline,
            silence=check.deadline,
        )
