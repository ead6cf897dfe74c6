"""What Capify's own tests use, shipped for yours: scenarios, and a throw-away fleet of real OpenSSH servers.

    def test_a_failed_restart_is_told(scenario):                          # no server, no network: recipes only
        scenario.capfile("capfile.py").on("web1").on_command("systemctl restart shop").fails(1, "boom")
        scenario.runs("production", "restart").exits(1)

    with Fleet(Path("/tmp/fleet"), ["web1", "web2"]) as fleet:            # real servers on loopback
        application = Repository.create(fleet.shared / "application")      # config.repository = application.url
        subprocess.run(["cap", "deploy"], env=fleet.environment(), check=True)
        assert fleet.path("web1", "/var/www/app/current/REVISION").read_text().strip() == application.head()
        assert fleet.accepts("web2") == 0

`Fleet` starts real `sshd` processes on loopback addresses, each with its own root where the machine allows it: as root
always (in a container or a chroot, too, if it may mount), as an ordinary user where user namespaces are open. `Host`
says what a host shall be like; `Repository` makes something to deploy; `FakeRemote` answers blocks from a script, and
`Scenario` plays whole recipes against such. pytest finds the fixtures `scenario`, `fleet`, `fleets` and `repository`
by itself (`capify.testing.plugin`).

Rule: nothing outside the fleet's folder is written, and only what the fleet started is ended, by its process id.
Rule: names resolve on first use: pytest loads this package in every run, also where no test needs it.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capify.testing.fake import FakeRemote
    from capify.testing.fleet import Fleet
    from capify.testing.hosts import Host
    from capify.testing.repository import Repository
    from capify.testing.scenario import Scenario
    from capify.testing.transcript import Transcript

_HOMES = {
    "FakeRemote": "fake", "Fleet": "fleet", "Host": "hosts", "Repository": "repository", "Scenario": "scenario",
    "Transcript": "transcript",
}  # fmt: skip

__all__ = ["FakeRemote", "Fleet", "Host", "Repository", "Scenario", "Transcript"]


def __getattr__(name: str) -> Any:
    """Find a name where it lives."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"capify.testing has no `{name}`", name=name, obj=sys.modules[__name__])
    value = getattr(import_module(f"capify.testing.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
