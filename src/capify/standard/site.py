"""What the standard tasks share: where a deployment lies, who works on it, and what every server has.

Rule: what is decided here is decided from what the servers said just now.
"""

import getpass
import os
from collections.abc import Mapping

from capify import Server, config, live_now, script, servers
from capify.standard import scripts
from capify.standard.answers import Deployment, deployment
from capify.standard.layout import Layout, links


def layout() -> Layout:
    """Say where the deployment lies."""
    return Layout(str(config.deploy_to), str(config.repository_cache))


def linked() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the linked files and folders, checked."""
    return links(map(str, config.linked_files), map(str, config.linked_dirs))


def declared() -> tuple[str, ...]:
    """Name all servers that take releases, whatever the command line narrows to."""
    return tuple(server.name for server in servers() if server.takes_releases)


def look() -> dict[Server, Deployment]:
    """Read every server in one round trip, and tell the end table what is live. Needs no lock."""
    text = scripts.read(layout(), linked()[0])
    seen = {server: deployment(found) for server, found in script(text, reads=True, shown="read releases").items()}
    tell_live(seen)
    return seen


def tell_live(seen: Mapping[Server, Deployment]) -> None:
    """Tell the end table what is live."""
    for server, found in seen.items():
        live_now(server, found.live, found.revision)


def operator() -> str:
    """Name who does this, and where: for logs, records and locks."""
    return f"{getpass.getuser()}@{os.uname().nodename or 'unknown'}"
