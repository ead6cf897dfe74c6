"""A strategy that deploys what was built elsewhere: one archive for each commit, such as CI leaves.

config.deploy_via = "artifact"
config.artifact = "/builds/shop-{revision}.tar.gz"
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capify import config
from capify.errors import TaskFailed
from capify.plugins import Archive, Release, StrategyPlugin


class Artifact:
    """Finds the archive of a commit on the operator's machine."""

    @contextmanager
    def files(self, release: Release) -> Iterator[Archive]:
        """Give the archive; it was there before, and stays."""
        path = Path(str(config.artifact).replace("{revision}", release.revision))
        if not path.is_file():
            raise TaskFailed(f"there is no artifact `{path}`", hint="wait until it is built")
        yield Archive(path)


plugin = StrategyPlugin(Artifact(), api=1)
