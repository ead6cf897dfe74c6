"""`cap demo`: it shows what it says, verifies what it claims, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from capify.cli.demo_ground import STAGING, Ground
from capify.errors import TaskFailed
from capify.testing import unshared
from capify.testing.processes import command_line

DEPLOYED = "hello from production: version one"
CAP = [sys.executable, "-m", "capify"]
UNSHARED = [sys.executable, unshared.__file__]  # mounts of its own, in a chroot too
NO_NAMESPACES = """
set -e
cp /etc/passwd "$1/passwd"
echo 'plain:x:4999:4999::/nonexistent:/bin/sh' >> "$1/passwd"
mount --bind "$1/passwd" /etc/passwd
mkdir "$1/root"
mount --rbind / "$1/root"
mount -t tmpfs -o mode=1777 none "$1/root/mnt"
exec chroot "$1/root" setpriv --reuid=4999 --regid=4999 --clear-groups \
    --inh-caps=+dac_read_search --ambient-caps=+dac_read_search env TMPDIR=/mnt "$2" -m capify demo
"""


@pytest.fixture
def where(tmp_path: Path) -> Path:
    """Where the demonstration makes its folder, and nothing else lies."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


def environment(where: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAPIFY_", "CI"))}
    return {**kept, "TMPDIR": str(where), "HOME": str(where.parent)}


def run(command: list[str], where: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**environment(where), **more}, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/"
    )


def processes(where: Path) -> list[str]:
    """The processes that have to do with a folder; it takes a moment until a killed one is gone."""
    lines: list[str] = []
    for _ in range(100):
        everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        lines = [line for line in map(command_line, everybody) if str(where) in line]
        if not lines:
            break
        time.sleep(0.05)
    return lines


def in_order(text: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
    return True


@pytest.mark.fleet
def test_it_shows_the_main_job_verifies_it_and_leaves_nothing(where: Path):
    done = run([*CAP, "demo"], where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert in_order(done.stdout, [
        "$ capify .", "$ cap stages", "$ cap deploy:setup deploy", "staging (the default stage)",
        "hello from staging: version one", "$ cap production deploy:setup deploy", DEPLOYED,
        "$ cap -n production deploy", "$ cap production deploy", "hello from production: version two",
        "$ cap production deploy:rollback", "$ cap production deploy:releases",
        "each of the 7 invocations left a full log",
    ]), done.stdout  # fmt: skip
    assert "\x1b" not in done.stdout
    assert "warning" not in done.stdout
    assert list(where.iterdir()) == []
    assert processes(where) == []


@pytest.mark.fleet
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("to_all", [True, False], ids=["to the whole group", "to cap alone"])
def test_stopped_in_the_middle_of_a_deployment_it_leaves_nothing(where: Path, sign: signal.Signals, to_all: bool):
    with subprocess.Popen(
        [*CAP, "demo"], env=environment(where), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        stdin=subprocess.DEVNULL, start_new_session=True,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        said = ""
        while "deploy:update_code" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        os.killpg(demo.pid, sign) if to_all else os.kill(demo.pid, sign)
        said += demo.stdout.read()
    assert demo.returncode == 130, said
    assert "Traceback" not in said
    assert said.rstrip().endswith("cap: interrupted"), said
    assert list(where.iterdir()) == []
    assert processes(where) == []


@pytest.mark.fleet
def test_with_a_folder_the_servers_run_until_enter_is_pressed_and_the_files_stay(where: Path):
    folder = where / "kept"
    words = [*CAP[1:], "demo", str(folder)]
    child = pexpect.spawn(CAP[0], words, env=environment(where), encoding="utf-8", timeout=120)
    child.expect(r"run\s+until\s+you\s+press\s+Enter\s+here")
    child.expect("cap -n production deploy")
    project = folder / "application/work"
    done = subprocess.run(
        [folder / "bin/cap", "production", "greet"], cwd=project, env=environment(where), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert DEPLOYED in done.stdout
    child.sendline()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert processes(where) == []
    assert (project / "config/deploy/production.py").exists()


@pytest.mark.fleet
@pytest.mark.root
def test_a_user_who_may_not_divide_the_machine_gets_one_server_for_each_stage(where: Path):
    done = run([*UNSHARED, "sh", "-c", NO_NAMESPACES, "sh", str(where.parent), sys.executable], where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 OpenSSH servers" in done.stdout
    assert in_order(done.stdout, ["hello from staging: version one", DEPLOYED, "hello from production: version two"])


@pytest.mark.root
@pytest.mark.parametrize(("program", "package"), [("sshd", "openssh-server"), ("git", "git")])
def test_a_missing_program_is_named_with_the_way_to_get_it(where: Path, program: str, package: str):
    hide = 'for file in $(which -a "$1"); do mount --bind /dev/null "$file"; done; shift; exec "$@"'
    path = f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
    done = run([*UNSHARED, "sh", "-c", hide, "sh", program, *CAP, "demo"], where, PATH=path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"needs `{program}`, which is not installed" in done.stderr
    assert done.stderr.rstrip().endswith(f"apt-get install -y --no-install-recommends {package}")
    assert done.stdout == ""


def test_a_folder_with_something_in_it_is_not_touched(where: Path):
    (where / "mine").write_text("mine")
    done = run([*CAP, "demo", str(where)], where)
    assert done.returncode == 2
    assert f"`{where}` is not empty" in done.stderr
    assert [entry.name for entry in where.iterdir()] == ["mine"]


@pytest.mark.fleet
def test_what_did_not_come_true_ends_it(where: Path):
    from capify.cli.demo_acts import verify_live

    with Ground(where / "ground") as ground:
        commit = ground.repository.head()
        assert ground.fleet.run(STAGING, f"mkdir -p {ground.deploy_to(STAGING)}/releases/1").returncode == 0
        make = f"cd {ground.deploy_to(STAGING)} && ln -s releases/1 current && echo {commit} > current/REVISION"
        assert ground.fleet.run(STAGING, make).returncode == 0
        verify_live(ground, [STAGING], commit)
        with pytest.raises(TaskFailed, match="this should be so, and is not: `current` of"):
            verify_live(ground, [STAGING], "0" * 40)
        with pytest.raises(TaskFailed, match="exit status 3"):
            ground.types("exit 3")
