"""What is wrong with servers, before anything is deployed to them.

Rule: everything that is wrong is told, for all servers at once.
"""

from collections.abc import Mapping

from capify import Server, config
from capify.standard import room
from capify.standard.answers import Current, Deployment
from capify.wording import ticked

FORMATS = {"", "1"}  # of the records; none at all is a server that Capify never worked on


def problems(seen: Mapping[Server, Deployment]) -> list[str]:
    """List what would make a deployment fail, for all servers at once."""
    return [f"{server}: {problem}" for server, found in seen.items() for problem in _problems(found)]


def _problems(found: Deployment) -> list[str]:
    if not found.exists or not {"releases", "shared"} <= found.folders:
        wrong = f"`{config.deploy_to}` is not set up: run `deploy:setup`"
        return [wrong, *_missing(found)]
    writable = {"releases", "shared", ".", *({".capify"} & found.folders)}
    return [
        *(f"`{config.deploy_to}/{name}` is not writable" for name in sorted(writable - found.writable)),
        *([f"its records have format `{found.format}`: use a newer Capify"] if found.format not in FORMATS else []),
        *([f"`{config.deploy_to}/current` is no symbolic link"] if found.current is Current.DIRECTORY else []),
        *(["git is not installed"] if config.deploy_via == "remote_cache" and not found.git else []),
        *_missing(found),
        *_room(found),
    ]


def _missing(found: Deployment) -> list[str]:
    return [f"linked file {ticked([f'{config.deploy_to}/shared/{path}'])} is missing" for path in found.missing]


def _room(found: Deployment) -> list[str]:
    """Compare what is free with what the last release took, half as much again, and a reserve."""
    need = room.needed(found, float(config.disk_reserve))
    wrong = []
    if found.free_bytes is not None and found.free_bytes < need.bytes:
        wrong.append(f"{found.free_bytes >> 20} MB are free, and a release needs {-(-need.bytes >> 20)} MB")
    if found.free_files is not None and found.free_files < need.files:
        wrong.append(f"{found.free_files} inodes are free, and a release needs {need.files}")
    return wrong
