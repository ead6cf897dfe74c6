"""Files to and from servers: every byte, every mode, and commands as another user."""

import hashlib
import os

import pytest

from .operating import FOUR, Operator

pytestmark = pytest.mark.fleet

WORDS = "as_user, capture, config, download, exists, put, run, server, sudo, task, upload"
HEAD = f"from capify import {WORDS}\n\n" + "".join(f'server("{name}", "app")\n' for name in FOUR)
BYTES = bytes(range(256)) * 5000 + b"no line end"


def recipe(*lines: str) -> dict[str, str]:
    return {"capfile.py": HEAD + "\n\n@task\ndef move():\n" + "".join(f"    {line}\n" for line in lines)}


def on_servers(operator: Operator, path: str) -> list[bytes]:
    assert operator.fleet
    return [operator.fleet.path(name, path).read_bytes() for name in FOUR]


def mode(operator: Operator, path: str) -> set[str]:
    assert operator.fleet
    return {f"{operator.fleet.path(name, path).stat().st_mode & 0o7777:o}" for name in FOUR}


def test_an_uploaded_file_arrives_byte_by_byte_with_its_mode(four: Operator):
    four.write(recipe('upload("data.bin", "/tmp/data.bin", mode="0640")', 'upload("data.bin", "/tmp/plain.bin")'))
    (four.project / "data.bin").write_bytes(BYTES)
    four.does("move")
    assert on_servers(four, "/tmp/data.bin") == [BYTES] * 4
    assert (mode(four, "/tmp/data.bin"), mode(four, "/tmp/plain.bin")) == ({"640"}, {"644"})


def test_a_large_file_arrives_whole(four: Operator):
    four.write(recipe('upload("data.bin", "/tmp/data.bin")'))
    data = os.urandom(8_000_000)
    (four.project / "data.bin").write_bytes(data)
    four.does("move")
    digests = {hashlib.sha256(found).digest() for found in on_servers(four, "/tmp/data.bin")}
    assert digests == {hashlib.sha256(data).digest()}


def test_a_folder_arrives_with_modes_links_and_odd_names(four: Operator):
    four.write(recipe('upload("folder", "/tmp/folder")'))
    files = {"a b'c.txt": 0o600, "sub/run.sh": 0o755, "sub/deep/-n": 0o644, "naïve": 0o444}
    for name, bits in files.items():
        path = four.project / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() + b"\0\xff")
        path.chmod(bits)
    (four.project / "folder/link").symlink_to("sub/run.sh")
    four.does("move")
    assert four.fleet
    for name, bits in files.items():
        assert on_servers(four, f"/tmp/folder/{name}") == [name.encode() + b"\0\xff"] * 4
        assert mode(four, f"/tmp/folder/{name}") == {f"{bits:o}"}
    assert all(str(four.fleet.path(name, "/tmp/folder/link").readlink()) == "sub/run.sh" for name in FOUR)


def test_put_writes_text_and_bytes(four: Operator):
    bodies = ("put(bytes(range(256)), '/tmp/bytes')", "put('grün', '/tmp/text', mode='0600')", "put('', '/tmp/empty')")
    four.write(recipe(*bodies))
    four.does("move")
    assert on_servers(four, "/tmp/bytes") == [bytes(range(256))] * 4
    assert on_servers(four, "/tmp/text") == ["grün".encode()] * 4
    assert on_servers(four, "/tmp/empty") == [b""] * 4
    assert mode(four, "/tmp/text") == {"600"}


def test_a_file_that_cannot_be_written_leaves_the_old_one(four: Operator):
    assert four.fleet
    four.write(recipe("put('new', '/srv/kept/file')"))
    for name in FOUR:
        folder = four.fleet.path(name, "/srv/kept")
        folder.mkdir()
        (folder / "file").write_text("old")
        folder.chmod(0o555)
    said = four.cap("move")
    for name in FOUR:
        four.fleet.path(name, "/srv/kept").chmod(0o755)
    assert said.status == 1
    assert on_servers(four, "/srv/kept/file") == [b"old"] * 4
    assert all([path.name for path in four.fleet.path(name, "/srv/kept").iterdir()] == ["file"] for name in FOUR)


def test_a_download_is_every_servers_file(four: Operator):
    make = 'run("printf \'%s\\\\000\\\\377\\\\n\' $FLEET_HOST > /tmp/mine")'
    four.write(recipe(make, 'download("/tmp/mine", "got/{host}.bin")'))
    four.does("move")
    assert {path.name: path.read_bytes() for path in (four.project / "got").iterdir()} == {
        f"{name}.bin": name.encode() + b"\0\xff\n" for name in FOUR
    }


def test_a_large_download_is_whole(four: Operator):
    four.write(recipe('upload("data.bin", "/tmp/data.bin")', 'download("/tmp/data.bin", "back.bin", once=True)'))
    data = os.urandom(8_000_000)
    (four.project / "data.bin").write_bytes(data)
    four.does("move")
    assert (four.project / "back.bin").read_bytes() == data


def test_downloads_that_would_overwrite_each_other_are_refused(four: Operator):
    four.write(recipe('download("/etc/hostname", "name")'))
    said = four.cap("move")
    assert said.status == 2
    assert "{host}" in said.err
    assert not (four.project / "name").exists()


def test_a_download_that_fails_leaves_no_half_file(four: Operator):
    four.write(recipe('download("/tmp/nothing", "got-{host}")'))
    said = four.cap("move")
    assert said.status == 1
    assert list(four.project.glob("got-*")) == []


def test_commands_run_as_another_user(four: Operator):
    assert four.fleet
    if not four.fleet.sudo:
        pytest.skip("needs hosts with sudo")
    within = 'with as_user("deploy"): run("cd / && id -un")'
    four.write(recipe('run("id -un")', 'sudo("id -un")', 'sudo("id -un", user="deploy")', within))
    said = four.does("move")
    for name in FOUR:
        mine = [line.partition(" | ")[2] for line in said.lines if line.startswith(f"{name} ")]
        assert mine == ["www-data", "root", "deploy", "deploy"]


def test_a_file_can_be_put_for_another_user(four: Operator):
    assert four.fleet
    if not four.fleet.sudo:
        pytest.skip("needs hosts with sudo")
    given = 'put("mine", "/srv/file", user="root", owner="deploy", mode="0600")'
    four.write(recipe(given, 'sudo("cat /srv/file", user="deploy")'))
    said = four.does("move")
    assert [line.partition(" | ")[2] for line in said.lines] == ["mine"] * 4


def test_words_in_a_list_reach_the_server_as_they_are(four: Operator):
    odd = ["a b", "$HOME", "`id`", "'", '"', "*", "\\", "-n", "ü", "a\tb", "", "~", "!", "#x", "a;b", "|", "\n"]
    asked = "got = capture(['printf', '%s|', *words])"
    four.write(recipe(f"words = {odd!r}", asked, "assert got == '|'.join([*words, '']), got"))
    four.does("move")


def test_what_a_server_is_told_is_found_again(four: Operator):
    four.write(recipe("assert not exists('/tmp/it')", "put('', '/tmp/it')", "assert exists('/tmp/it')"))
    four.does("move")
