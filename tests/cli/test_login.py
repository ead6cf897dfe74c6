"""`cap ssh`: which server is meant, and what this process becomes."""

import os
import sys
from pathlib import Path

import pexpect
import pytest

from .conftest import Cap, protect, write

pytestmark = pytest.mark.usefixtures("project")


def test_the_primary_is_meant_where_none_is_named(cap: Cap) -> None:
    said = cap("-n", "production", "ssh")
    assert said.status == 0
    assert said.out.startswith("ssh -t -F ")
    assert " -l deploy -- web1 " in said.out
    assert "/var/www/shop-live/current" in said.out
    assert "StrictHostKeyChecking=yes" in said.out


def test_a_server_is_named_as_everywhere(cap: Cap) -> None:
    assert "-l deploy -p 2222 -- web2 " in cap("-n", "production", "ssh", "web2").out
    assert "-l deploy -p 2222 -- web2 " in cap("-n", "production", "ssh", "deploy@web2:2222").out
    assert "-- db1 " in cap("-n", "production", "HOSTS=db1", "ssh").out


def test_a_stranger_is_refused_with_the_nearest_names(cap: Cap) -> None:
    said = cap("production", "ssh", "wb1")
    assert (said.status, "did you mean `web1`" in said.err) == (2, True)
    assert "did you mean `db1`?" in cap("production", "ssh", "d").err
    assert cap("production", "ssh", "web1", "web2").status == 2


def test_without_a_primary_it_must_be_said_which(cap: Cap, project: Path) -> None:
    stage = project / "config/deploy/production.py"
    stage.write_text(stage.read_text().replace(", primary=True", ""))
    said = cap("production", "ssh")
    assert (said.status, "there are `web1`, `web2:2222` and `db1`" in said.err) == (2, True)


def test_a_protected_stage_is_confirmed_first(cap: Cap, project: Path) -> None:
    protect(project)
    said = cap("production", "ssh", "web1")
    assert (said.status, "give `--confirm production`" in said.err) == (3, True)


def test_ssh_reads_what_our_connections_read(cap: Cap, tmp_path: Path) -> None:
    words = cap("-n", "production", "ssh").out.split()
    file = Path(words[words.index("-F") + 1])
    assert file.is_relative_to(tmp_path / "state")
    assert file.read_text().startswith("StrictHostKeyChecking yes\n")
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_write_to_is_not_used(cap: Cap, tmp_path: Path) -> None:
    folder = tmp_path / "state/capify/ssh"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    said = cap("-n", "production", "ssh")
    assert (said.status, "others can write to" in said.err) == (2, True)


def test_it_lands_in_the_folder_of_the_release(tmp_path: Path) -> None:
    there = tmp_path / "it's here/current"
    there.mkdir(parents=True)
    recipe = 'from capify import config, server\nconfig.transport = "local"\nserver("localhost", "app")\n'
    write(tmp_path, {"capfile.py": f'{recipe}config.deploy_to = "{tmp_path}/it\'s here"\n'})
    for folder, expected in (("it's here", str(there)), ("gone", str(tmp_path))):
        (tmp_path / "capfile.py").write_text((tmp_path / "capfile.py").read_text().replace("it's here", folder))
        it: pexpect.spawn[str] = pexpect.spawn(
            sys.executable, ["-m", "capify", "ssh"], cwd=str(tmp_path), encoding="utf-8", timeout=60, echo=False,
            env={**os.environ, "SHELL": "/bin/sh", "XDG_STATE_HOME": str(tmp_path / "state")},
        )
        it.sendline("echo at=$(pwd)=; exit 7")
        it.expect_exact(f"at={expected}=")
        it.expect(pexpect.EOF)
        it.wait()
        assert it.exitstatus == 7
