"""What Capify's own tests use, shipped for yours: a fake remote, and a throw-away fleet of real OpenSSH servers.

    with Fleet(Path("/tmp/fleet"), ["web1", "web2"]) as fleet:
        application = Repository.create(fleet.shared / "application")      # config.repository = application.url
        subprocess.run(["cap", "deploy"], env=fleet.environment(), check=True)
        assert fleet.path("web1", "/var/www/app/current/REVISION").read_text().strip() == application.head()
        assert fleet.accepts("web2") == 0

`Fleet` starts real `sshd` processes on loopback addresses, each with its own root where the machine allows it: as root
always (in a container or a chroot, too, if it may mount), as an ordinary user where user namespaces are open. `Host`
says what a host shall be like; `Repository` makes something to deploy; `FakeRemote` answers blocks from a script.
`capify.testing.plugin` has fixtures for pytest: `fleet`, `fleets`, `repository`.

Rule: nothing outside the fleet's folder is written, and only what the fleet started is ended, by its process id.
"""

from capify.testing.fake import FakeRemote
from capify.testing.fleet import Fleet
from capify.testing.hosts import Host
from capify.testing.repository import Repository

__all__ = ["FakeRemote", "Fleet", "Host", "Repository"]
