"""The throw-away fleet: real sshd, each with its own root, faults on demand, nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from capify.errors import CheckFailed
from capify.testing.fleet import Fleet
from capify.testing.hosts import Host
from capify.testing.isolation import Isolation, possible
from capify.testing.plugin import Fleets
from capify.testing.processes import command_line, descendants
from capify.testing.repository import Repository

pytestmark = pytest.mark.fleet

needs_own_roots = pytest.mark.skipif(possible() is Isolation.NONE, reason="this machine allows no namespaces")
needs_root = pytest.mark.root


@needs_own_roots
def test_each_host_has_its_own_name_and_files(fleet: Fleet) -> None:
    for name in fleet.names:
        done = fleet.run(name, f"uname -n; echo {name} > /var/www/x; echo {name} > /tmp/x; pwd")
        assert done.stdout == f"{name}\n/var/www\n"
    for name in fleet.names:
        assert fleet.run(name, "cat /var/www/x /tmp/x").stdout == f"{name}\n{name}\n"
        assert fleet.path(name, "/var/www/x").read_text() == f"{name}\n"


@needs_own_roots
def test_users_log_in_under_their_names(fleet: Fleet) -> None:
    assert fleet.user == "www-data"
    assert fleet.run("web1", "echo $USER $HOME").stdout == "www-data /var/www\n"
    done = fleet.run("web1", "echo $USER $HOME; touch /var/www/deployed", user="deploy")
    assert done.stdout == "deploy /home/deploy\n"
    assert fleet.path("web1", "/var/www/deployed").exists()


@needs_own_roots
def test_a_host_sees_its_own_processes_only(fleet: Fleet) -> None:
    seen = fleet.run("web1", "cat /proc/1/cmdline | tr '\\0' ' '").stdout
    assert "web1/sshd_config" in seen


@needs_own_roots
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash", "busybox"])
def test_the_login_shell_is_the_wished_one(fleets: Fleets, shell: str) -> None:
    fleet = fleets("web1", host=Host(shell=shell))
    said = fleet.run("web1", "echo ${BASH_VERSION:+bash}; readlink /proc/$$/exe; :").stdout.split()
    if shell == "/bin/bash":
        assert said[0] == "bash"
    assert Path(said[-1]) == Path(shutil.which(shell) or "").resolve()


@needs_own_roots
def test_a_host_of_busybox_uses_its_programs_first(fleets: Fleets) -> None:
    fleet = fleets("web1", host=Host(busybox=True))
    found = fleet.run("web1", 'readlink -f "$(command -v stat)"; readlink /proc/$$/exe; :').stdout.split()
    assert [Path(path).name for path in found] == ["busybox", "busybox"]


def test_the_folder_for_all_is_at_the_same_path_everywhere(fleet: Fleet) -> None:
    (fleet.shared / "note").write_text("hello\n")
    for name in fleet.names:
        assert fleet.run(name, f"cat {fleet.shared}/note").stdout == "hello\n"


def test_hosts_can_clone_a_repository_from_its_url(fleet: Fleet, repository: Repository) -> None:
    revision = repository.commit("second")
    there = f"{fleet.home('web1')}/copy"
    done = fleet.run("web1", f"git clone -q {repository.url} {there} && git -C {there} rev-parse HEAD && {there}/start")
    assert done.stdout == f"{revision}\nsecond\n", done.stderr


def test_the_operator_reaches_a_repository_too(fleet: Fleet, repository: Repository) -> None:
    listed = subprocess.run(
        ["git", "ls-remote", repository.url, "master"],
        env=fleet.environment(), check=True, capture_output=True, text=True,
    ).stdout
    assert listed == f"{repository.head()}\trefs/heads/master\n"


def test_connections_are_counted_where_they_arrive(fleet: Fleet) -> None:
    fleet.run("web1", "true")
    fleet.run("web1", "true")
    assert (fleet.accepts("web1"), fleet.accepts("web2")) == (2, 0)


def test_a_connection_that_never_logs_in_is_counted(fleet: Fleet) -> None:
    with socket.create_connection(fleet.address("web2")) as caller:
        assert caller.recv(4) == b"SSH-"
    assert fleet.accepts("web2") == 1


def test_every_host_has_a_key_of_its_own(fleet: Fleet) -> None:
    keys = {line.split()[-1] for line in (fleet.folder / "known_hosts").read_text().splitlines()}
    assert len(keys) == len(fleet.names)


def test_another_host_key_is_refused_until_the_reset(fleet: Fleet) -> None:
    fleet.change_host_key("web1")
    done = fleet.run("web1", "true")
    assert done.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr
    fleet.reset()
    assert fleet.run("web1", "echo back").stdout == "back\n"


def test_a_stopped_host_refuses_and_comes_back_at_the_same_address(fleet: Fleet) -> None:
    address = fleet.address("web1")
    home = fleet.home("web1")
    fleet.run("web1", f"touch {home}/kept")
    fleet.stop("web1")
    assert "Connection refused" in fleet.run("web1", "true").stderr
    assert fleet.run("web2", "echo up").stdout == "up\n"
    fleet.up("web1")
    assert fleet.address("web1") == address
    assert fleet.run("web1", f"ls {home}/kept").returncode == 0


def test_stopping_a_host_breaks_its_sessions(fleet: Fleet) -> None:
    with subprocess.Popen(
        ["ssh", "-F", str(fleet.ssh_config), "web1", "echo ready; sleep 1000"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    ) as session:
        assert session.stdout is not None
        assert session.stdout.readline() == b"ready\n"
        fleet.stop("web1")
        assert session.wait(60) == 255
    assert fleet.processes("web1") == {}


def test_a_frozen_host_says_nothing_until_it_thaws(fleet: Fleet) -> None:
    with subprocess.Popen(
        ["ssh", "-F", str(fleet.ssh_config), "web1", "cat"], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        os.write(session.stdin.fileno(), b"before\n")
        assert session.stdout.readline() == b"before\n"
        fleet.freeze("web1")
        os.write(session.stdin.fileno(), b"after\n")
        with socket.create_connection(fleet.address("web1")) as caller:
            caller.settimeout(0.3)
            with pytest.raises(TimeoutError):
                caller.recv(4)
        fleet.thaw("web1")
        assert session.stdout.readline() == b"after\n"
        session.stdin.close()


def test_a_program_of_a_test_goes_before_the_real_one(fleet: Fleet) -> None:
    fleet.command("web1", "systemctl", '#!/bin/sh\necho "asked to $*"\n')
    assert fleet.run("web1", "systemctl restart app").stdout == "asked to restart app\n"
    fleet.reset()
    assert "asked to" not in fleet.run("web1", "systemctl restart app").stdout


@needs_root
def test_users_may_sudo_and_find_the_same_programs(fleet: Fleet) -> None:
    assert fleet.sudo
    fleet.command("web1", "systemctl", "#!/bin/sh\nid -un\n")
    done = fleet.run("web1", "sudo -n systemctl; sudo -n -u deploy id -un; sudo -n id -un")
    assert (done.stdout, done.stderr) == ("root\ndeploy\nroot\n", "")


@needs_root
def test_root_may_log_in(fleet: Fleet) -> None:
    assert fleet.run("web1", "id -u; echo $HOME", user="root").stdout == "0\n/root\n"


@needs_root
def test_a_full_disk_refuses_to_be_written(fleet: Fleet) -> None:
    fleet.run("web1", "mkdir /var/www/small")
    fleet.full("web1", "/var/www/small", 16384)
    done = fleet.run("web1", "head -c 100000 /dev/zero > /var/www/small/x")
    assert "No space left on device" in done.stderr
    fleet.reset()
    assert fleet.tree("web1", "/var/www")[1:] == []


@needs_own_roots
def test_paths_follow_links_inside_the_host(fleet: Fleet) -> None:
    fleet.run("web1", """cd /var/www && mkdir -p app/releases/1 && echo one > app/releases/1/f
        ln -s /var/www/app/releases/1 app/current; ln -s ../app/current app/again; ln -s app/current now""")
    for path in ("/var/www/app/current/f", "/var/www/app/again/f", "/var/www/now/f", "/var/../var/www/now/../1/f"):
        assert fleet.path("web1", path).read_text() == "one\n", path
    assert fleet.path("web1", "/var/www/app/current").is_symlink()
    assert fleet.path("web1", "/var/run/sshd") == fleet.path("web1", "/run/sshd")
    assert fleet.path("web1", str(fleet.shared / "x")) == fleet.shared / "x"
    assert fleet.path("web1", "/usr/bin/env") == Path("/usr/bin/env")


@needs_own_roots
def test_a_loop_of_links_is_an_error(fleet: Fleet) -> None:
    fleet.run("web1", "ln -s /var/www/b /var/www/a; ln -s /var/www/a /var/www/b")
    with pytest.raises(OSError, match="too many links"):
        fleet.path("web1", "/var/www/a/x")


@pytest.mark.parametrize(
    "change", ["echo other > f", "chmod 600 f", "ln -sfn other link", "mkdir new", "rm f", "mv f g", "mkfifo .hidden"]
)
def test_a_tree_shows_every_change(fleet: Fleet, change: str) -> None:
    top = f"{fleet.home('web1')}/top"
    fleet.run("web1", f"mkdir -p {top}/folder && cd {top} && echo text > f && ln -s f link")
    before = fleet.tree("web1", top)
    assert fleet.tree("web1", top) == before
    assert fleet.run("web1", f"cd {top} && {change}").returncode == 0
    assert fleet.tree("web1", top) != before


def test_an_absent_folder_has_a_tree_too(fleet: Fleet) -> None:
    assert fleet.tree("web1", f"{fleet.home('web1')}/nothing") == [". absent"]


def test_a_reset_makes_everything_new(fleet: Fleet) -> None:
    home = fleet.home("web1")
    first = fleet.tree("web1", home)
    fleet.run("web1", f"echo x > {home}/x; setsid sleep 1000 < /dev/null > /dev/null 2>&1 &")
    fleet.stop("web2")
    fleet.freeze("web1")
    (fleet.shared / "x").touch()
    fleet.reset()
    assert fleet.tree("web1", home) == first
    assert not any("sleep" in line for line in fleet.processes("web1").values())
    assert list(fleet.shared.iterdir()) == []
    assert [fleet.accepts(name) for name in fleet.names] == [0, 0]
    assert fleet.run("web2", "echo up").stdout == "up\n"


@pytest.mark.parametrize("name", ["", "a b", "-x", "a/b", "..", "*"])
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        Fleet(tmp_path, [name])


def test_a_host_that_cannot_start_is_an_error_with_what_sshd_said(tmp_path: Path) -> None:
    with Fleet(tmp_path, ["web1"]) as fleet:
        fleet.stop("web1")
        with (fleet.folder / "hosts/web1/sshd_config").open("a") as config:
            config.write("Nonsense yes\n")
        with pytest.raises(CheckFailed, match="Nonsense"):
            fleet.up("web1")


def test_nothing_is_left_behind_not_even_daemons(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Fleet(tmp_path, ["web1", "web2"]) as fleet:  # noqa: PT012 - the body is the case
        fleet.run("web1", "setsid sleep 1234 < /dev/null > /dev/null 2>&1 &")
        started = [process for name in fleet.names for process in fleet.processes(name)]
        assert any("sleep 1234" in line for line in fleet.processes("web1").values())
        1 / 0  # noqa: B018 - the exception is the case
    assert [process for process in started if command_line(process)] == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


@pytest.mark.parametrize("ending", ["sys.exit(3)", "1 / 0", "os.kill(os.getpid(), 15)", "os.kill(os.getpid(), 9)"])
def test_nothing_is_left_behind_however_the_interpreter_ends(tmp_path: Path, ending: str) -> None:
    program = f"""
import os, sys
from pathlib import Path
from capify.testing.fleet import Fleet
fleet = Fleet(Path({str(tmp_path)!r}), ["web1", "web2"])
fleet.start()
print(*(process for name in fleet.names for process in fleet.processes(name)), flush=True)
{ending}
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    started = [int(word) for word in done.stdout.split()]
    assert len(started) >= 2
    _wait_until_gone(started)


def test_without_roots_of_their_own_hosts_still_have_names_and_homes(fleets: Fleets) -> None:
    fleet = fleets("web1", "web2", isolation=Isolation.NONE)
    assert not fleet.own_roots
    for name in fleet.names:
        write = f'echo {name} > "$HOME/x"; touch {fleet.home(name)}/deployed'
        done = fleet.run(name, f'echo $FLEET_HOST; {write}; cat "$HOME/x"')
        assert done.stdout == f"{name}\n{name}\n"
        assert fleet.path(name, f"{fleet.home(name)}/deployed").exists()
    with pytest.raises(CheckFailed, match="own roots"):
        fleet.full("web1", fleet.home("web1"))


def test_without_roots_of_their_own_nothing_is_left_behind_either(tmp_path: Path) -> None:
    with Fleet(tmp_path, ["web1"], isolation=Isolation.NONE) as fleet:
        fleet.run("web1", "setsid sleep 1234 < /dev/null > /dev/null 2>&1 &")
        started = list(fleet.processes("web1"))
        assert any("sleep 1234" in line for line in fleet.processes("web1").values())
    assert [process for process in started if command_line(process)] == []


@pytest.fixture
def ordinary() -> Iterator[Path]:
    """A folder of `nobody`'s, outside pytest's, which only its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_an_ordinary_user_has_a_fleet_too(ordinary: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(_as_nobody(ordinary))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, (ordinary / "said").read_text()


def _as_nobody(folder: Path) -> int:
    try:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        possible.cache_clear()
        with Fleet(folder / "fleet", ["web1", "web2"]) as fleet:
            if fleet.own_roots:
                assert fleet.run("web1", "uname -n; id -un; touch /var/www/x").stdout == "web1\nwww-data\n"
                assert [fleet.path(name, "/var/www/x").exists() for name in fleet.names] == [True, False]
                assert "denied" in fleet.run("web1", "cd; touch x; chmod 0 x; cat x").stderr
            else:
                assert fleet.user == "nobody"
            assert fleet.accepts("web2") == 0
            left = [process for name in fleet.names for process in fleet.processes(name)]
            assert descendants(os.getpid())
        assert [process for process in left if command_line(process)] == []
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as a second pytest
        (folder / "said").write_text(repr(error))
        return 1
    return 0


def _wait_until_gone(processes: list[int]) -> None:
    """Wait for the guard, which acts after the interpreter has ended; pytest's own time limit is the bound."""
    for process in processes:
        while command_line(process):
            os.sched_yield()
            signal.sigtimedwait([], 0.01)
