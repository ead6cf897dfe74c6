"""Claims about the standard tasks: three hosts over OpenSSH, a real repository, `cap` as users start it."""

from pathlib import Path

import pytest
from tests import shops

from capify.testing.plugin import Fleets

HOSTS = ("web1", "web2", "db1")
CAPFILE = """\
from capify import after, before, config, load, run, server

load("deploy")
config.application = "shop"
config.user = "{user}"
config.repository = "{url}"
config.deploy_to = "{home}/shop"
config.linked_dirs = ["log"]
server("web1", "app", primary=True)
server("web2", "app")
server("db1", "db")
"""
FAILING_LINK = '#!/bin/sh\ncase "$*" in *current*) echo "ln: no space" >&2; exit 1 ;; esac\nexec /bin/ln "$@"\n'
FAILING_LATER = """\
#!/bin/sh
case "$*" in *current*) [ ! -e /tmp/once ] || exit 1; touch /tmp/once ;; esac
exec /bin/ln "$@"
"""
TELLING_MOVE = '#!/bin/sh\n/bin/mv "$@" || exit\ncase "$*" in *" current") touch {switched} ;; esac\n'
WAITING_LINK = """\
#!/bin/sh
case "$*" in *current*) while [ ! -e {switched} ]; do sleep 0.1; done; echo "ln: no space" >&2; exit 1 ;; esac
exec /bin/ln "$@"
"""
pytestmark = pytest.mark.fleet(*HOSTS)


class Shop(shops.Shop):
    """A shop of which all servers should have the same."""

    def live(self) -> set[str]:
        """What `version.txt` says in `current`, over all hosts."""
        return self._each("version.txt")

    def commits(self) -> set[str]:
        """What `REVISION` says in `current`, over all hosts."""
        return self._each("REVISION")

    def releases(self) -> set[tuple[str, ...]]:
        """The names of the releases, over all hosts."""
        return {tuple(sorted(path.name for path in (self.root(host) / "releases").iterdir())) for host in HOSTS}

    def _each(self, file: str) -> set[str]:
        found = set()
        for host in HOSTS:
            release = (self.root(host) / "current").readlink().name
            found.add((self.root(host) / "releases" / release / file).read_text().strip())
        return found


@pytest.fixture
def shop(fleets: Fleets, tmp_path: Path) -> Shop:
    """A project on a fresh fleet."""
    return shops.opened(Shop, fleets, tmp_path, hosts=HOSTS, capfile=CAPFILE)


@pytest.mark.parametrize("via", ["remote_cache", "copy"])
def test_deploying_twice_and_going_back_is_the_same_everywhere(shop: Shop, via: str, tmp_path: Path) -> None:
    shop.add(f'config.deploy_via = "{via}"\n')
    first = shop.repository.head()
    shop.cap("deploy:setup", "deploy")
    assert shop.commits() == {first}
    second = shop.repository.commit("second")
    shop.cap("deploy")
    assert (shop.commits(), shop.live()) == ({second}, {"second"})
    assert len(shop.releases()) == 1
    shop.repository.origin.rename(tmp_path / "gone")
    shop.cap("deploy:rollback")
    assert shop.commits() == {first}
    assert "nothing" not in shop.cap("deploy:releases")
    log = (shop.root("db1") / "revisions.log").read_text().splitlines()
    assert f"(at {second}) deployed as release" in log[1]
    assert "rolled back to release" in log[2]
    assert shop.cap("deploy:rollback", status=3).count("no earlier good release") == 1
    assert shop.commits() == {first}


def test_a_server_that_fails_to_publish_sends_all_of_them_back(shop: Shop) -> None:
    shop.cap("deploy:setup", "deploy")
    first, releases = shop.commits(), shop.releases()
    shop.repository.commit("second")
    shop.fleet.command("web2", "ln", FAILING_LINK)
    shop.cap("deploy", status=6)
    assert (shop.commits(), shop.releases()) == (first, releases)
    (shop.fleet.command("web2", "ln", "#!/bin/sh\n")).unlink()
    shop.cap("deploy")
    assert shop.live() == {"second"}


def test_a_first_publication_that_fails_leaves_no_current(shop: Shop) -> None:
    shop.cap("deploy:setup")
    shop.fleet.command("web2", "ln", FAILING_LINK)
    shop.cap("deploy", status=6)
    assert not any((shop.root(host) / "current").is_symlink() for host in HOSTS)
    assert shop.releases() == {()}


def test_a_server_that_fails_to_prepare_publishes_nothing_anywhere(shop: Shop) -> None:
    shop.cap("deploy:setup", "deploy")
    first, releases = shop.commits(), shop.releases()
    shop.repository.commit("second")
    shop.fleet.command("db1", "git", "#!/bin/sh\necho broken git >&2\nexit 1\n")
    said = shop.cap("deploy", status=6)
    assert "broken git" in said
    assert (shop.commits(), shop.releases()) == (first, releases)


def test_a_rollback_that_fails_on_one_server_is_put_back_on_all(shop: Shop) -> None:
    shop.cap("deploy:setup", "deploy")
    shop.repository.commit("second")
    shop.cap("deploy")
    shop.fleet.command("db1", "ln", FAILING_LINK)
    shop.cap("deploy:rollback", status=6)
    assert shop.live() == {"second"}
    assert "bad" not in shop.cap("deploy:releases")


def test_a_server_that_cannot_be_put_back_is_named_and_said_to_be_unknown(shop: Shop) -> None:
    shop.cap("deploy:setup", "deploy")
    shop.repository.commit("second")
    shop.fleet.shared.chmod(0o777)
    switched = shop.fleet.shared / "switched"
    shop.fleet.command("web2", "ln", WAITING_LINK.format(switched=switched))  # else it might fail before db1 switches
    shop.fleet.command("db1", "ln", FAILING_LATER)
    shop.fleet.command("db1", "mv", TELLING_MOVE.format(switched=switched))
    said = shop.cap("deploy", status=7)
    assert [line for line in said.splitlines() if line.startswith("db1") and line.endswith("unknown")]
    assert [line for line in said.splitlines() if line.startswith("web1") and "unknown" not in line]


def test_a_hook_that_fails_once_the_release_is_healthy_reverts_nothing(shop: Shop) -> None:
    shop.add('@after("deploy:finished")\ndef warm_up():\n    run("exit 9", once=True)\n')
    shop.cap("deploy:setup", "deploy", status=1)
    assert shop.commits() == {shop.repository.head()}
    shop.cap("deploy:rollback", status=3)  # the lock was let go, so this is refused for want of a release


def test_a_restart_that_fails_sends_all_of_them_back_and_restarts_what_was_live(shop: Shop) -> None:
    shop.cap("deploy:setup", "deploy")
    first = shop.commits()
    shop.repository.commit("second")
    shop.add(
        "from capify import deploy\n"
        "@deploy.task\ndef restart():\n    run(f'cat {deploy_path}/current/version.txt >>{deploy_path}/restarted')\n"
        "    run(f'! grep -q second {deploy_path}/current/version.txt')\n"
        "from capify import deploy_path\n"
        "@after('deploy:restart')\ndef never():\n    run('touch /tmp/never')\n"
    )
    shop.cap("deploy", status=6)
    assert shop.commits() == first
    for host in ("web1", "web2"):
        assert (shop.root(host) / "restarted").read_text().split()[-1] != "second"
        assert not shop.fleet.path(host, "/tmp/never").exists()


def test_all_missing_linked_files_of_all_servers_are_one_refusal_before_anything_is_made(shop: Shop) -> None:
    shop.add('config.linked_files = ["config/keys.yml", "token"]\n')
    shop.cap("deploy:setup")
    said = shop.cap("deploy", status=3)
    assert said.count("is missing") == 6
    assert shop.releases() == {()}
    assert shop.cap("deploy:check", status=4).count("is missing") == 6


def test_a_dry_run_changes_nothing_on_fresh_and_on_deployed_servers(shop: Shop) -> None:
    for setup in ((), ("deploy:setup", "deploy")):
        if setup:
            shop.cap(*setup)
        before = [shop.fleet.tree(host, shop.fleet.home(host)) for host in HOSTS]
        said = shop.cap("-n", "deploy")
        assert [shop.fleet.tree(host, shop.fleet.home(host)) for host in HOSTS] == before
        assert "fetch and check out" in said
        assert "publish" in said


def test_a_failing_cleanup_is_only_a_warning(shop: Shop) -> None:
    shop.add("config.keep_releases = 2\n")
    shop.cap("deploy:setup", "deploy")
    shop.cap("deploy")
    shop.repository.commit("third")
    shop.fleet.command("web1", "rm", '#!/bin/sh\ncase "$*" in *trash*) exit 1 ;; esac\nexec /bin/rm "$@"\n')
    shop.fleet.command("web2", "mv", '#!/bin/sh\ncase "$*" in *trash*) exit 1 ;; esac\nexec /bin/mv "$@"\n')
    said = shop.cap("deploy")
    assert f"web1: could not delete (owner, file) {shop.fleet.user} .capify/trash/" in said
    assert "web2: cleaning up failed with status 1" in said
    assert shop.live() == {"third"}


def test_setup_makes_deploy_to_by_sudo_only_if_asked(shop: Shop) -> None:
    if not shop.fleet.sudo or shop.fleet.user == "root":
        pytest.skip("sudo does not work here, or is not needed")
    shop.add('config.deploy_to = "/var/apps/my shop"\n')
    assert "cannot make" in shop.cap("deploy:setup", status=1)
    shop.cap("deploy:setup", "deploy", "-s", "use_sudo=true")
    made = shop.fleet.path("db1", "/var/apps/my shop")
    assert made.owner() == shop.fleet.user
    assert (made / "current").is_symlink()


def test_servers_without_releases_are_left_alone(shop: Shop) -> None:
    shop.add('server("db1", "db", no_release=True)\n')
    shop.cap("deploy:setup", "deploy")
    assert not shop.root("db1").exists()
    assert (shop.root("web2") / "current").is_symlink()


def test_a_branch_that_moves_while_deploying_changes_nothing(shop: Shop) -> None:
    first = shop.repository.head()
    mover = f"git -C {shop.repository.path} -c user.name=x -c user.email=x@x commit -q --allow-empty -m moved"
    push = f"git -C {shop.repository.path} push -q origin HEAD"
    shop.add(
        "from capify import run_locally\n"
        f'@before("deploy:prepare_code")\ndef move():\n    run_locally("{mover} && {push}")\n'
    )
    shop.repository.git("checkout", "-q", "master")
    shop.cap("deploy:setup", "deploy")
    assert shop.commits() == {first}
    assert shop.repository.git("ls-remote", shop.repository.url, "HEAD").split()[0] != first


def test_a_tag_and_a_full_id_can_be_deployed_and_an_unknown_branch_is_refused(shop: Shop) -> None:
    tagged = shop.repository.tag("v1")
    shop.repository.commit("later")
    shop.cap("deploy:setup")
    shop.cap("-s", "branch=v1", "deploy")
    assert shop.commits() == {tagged}
    shop.cap("-s", f"revision={shop.repository.head('develop')}", "deploy")
    assert shop.commits() == {shop.repository.head("develop")}
    accepts = shop.fleet.accepts("web1")
    said = shop.cap("-s", "branch=mastr", "deploy", status=2)
    assert "did you mean `master`?" in said
    assert shop.fleet.accepts("web1") == accepts
