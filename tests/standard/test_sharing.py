"""`deploy:upload_shared`: what servers lack arrives whole and private, and what they have stays as it is."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capify.errors import Refused
from capify.events import Event, Notice
from capify.library import Deployment, Ending
from capify.machines import Server
from capify.outcomes import Answers
from capify.recipe.discovery import STANDARD
from capify.standard import copies
from capify.standard.layout import Layout
from capify.testing.plugin import Fleets

DATABASE, KEYS = "config/database.yml", "config/deep/keys with blanks.yml"


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., bytes]:
    """Pack files, given as name and text."""

    def packed(**files: str) -> bytes:
        found = {}
        for number, (name, text) in enumerate(files.items()):
            found[name] = tmp_path / f"copy-{number}"
            found[name].write_text(text)
        copies.pack(found, tmp_path / "shared.tar")
        return (tmp_path / "shared.tar").read_bytes()

    return packed


def said(answers: Answers) -> dict[str, tuple[str, ...]]:
    return {name: answers[name] for name in answers if name != "made"}


def test_what_is_missing_is_uploaded_and_private(ground, archive: Callable[..., bytes]):
    given = archive(**{DATABASE: "word\n", KEYS: "key"})
    answers = ground.runs(copies.upload(ground.layout, [DATABASE, KEYS]), given)
    assert said(answers) == {"uploaded": (DATABASE, KEYS)}
    shared = ground.root / "shared"
    assert [(shared / name).read_text() for name in (DATABASE, KEYS)] == ["word\n", "key"]
    assert [(shared / name).stat().st_mode & 0o777 for name in (DATABASE, KEYS)] == [0o600, 0o600]
    assert (shared / "config").stat().st_mode & 0o777 == 0o755
    assert ground.traces() + list(shared.rglob(".capify*")) == []


def test_what_is_there_stays_unless_it_is_to_be_replaced(ground, archive: Callable[..., bytes]):
    names, given = [DATABASE, KEYS], archive(**{DATABASE: "new", KEYS: "key"})
    mine = ground.root / "shared" / DATABASE
    mine.parent.mkdir()
    mine.write_text("mine")
    mine.chmod(0o644)
    answers = ground.runs(copies.upload(ground.layout, names), given)
    assert said(answers) == {"there": (DATABASE,), "uploaded": (KEYS,)}
    assert (mine.read_text(), mine.stat().st_mode & 0o777) == ("mine", 0o644)
    answers = ground.runs(copies.upload(ground.layout, names, overwrite=True, mode="0640"), given)
    assert said(answers) == {"replaced": (DATABASE,), "same": (KEYS,)}
    assert (mine.read_text(), mine.stat().st_mode & 0o777) == ("new", 0o640)


def test_only_the_named_files_of_the_archive_are_placed(ground, archive: Callable[..., bytes]):
    ground.runs(copies.upload(ground.layout, [DATABASE]), archive(**{DATABASE: "word", "other": "x"}))
    assert not (ground.root / "shared/other").exists()


def test_folders_and_links_are_not_written_over(ground, archive: Callable[..., bytes]):
    given, shared = archive(**{DATABASE: "word", "keys.yml": "key"}), ground.root / "shared"
    text = copies.upload(ground.layout, ["keys.yml", DATABASE], overwrite=True)
    (shared / DATABASE).mkdir(parents=True)
    assert f"shared/{DATABASE}` is a folder" in ground.refuses(text, given)
    (shared / DATABASE).rmdir()
    (shared / DATABASE).symlink_to(ground.home / "elsewhere")
    assert "is a symbolic link, which is not overwritten" in ground.refuses(text, given)
    missing = copies.upload(ground.layout, ["keys.yml", DATABASE])
    assert "is a symbolic link that leads nowhere" in ground.refuses(missing, given)
    assert not (shared / "keys.yml").exists()
    assert not (ground.home / "elsewhere").exists()


def test_an_archive_that_does_not_arrive_whole_places_nothing(ground, archive: Callable[..., bytes]):
    given = archive(**{"a.yml": "a" * 5000, "b.yml": "b" * 5000})
    text = copies.upload(ground.layout, ["a.yml", "b.yml"])
    assert "did not arrive" in ground.refuses(text, given[:7000])
    assert "did not arrive" in ground.refuses(text, given[:512])
    assert list((ground.root / "shared").iterdir()) == []
    assert ground.traces() == []


def test_a_server_that_is_not_set_up_says_so(open_ground, archive: Callable[..., bytes]):
    bare = open_ground("dash")
    assert "run `deploy:setup` first" in bare.refuses(copies.upload(bare.layout, ["a"]), archive(a="a"))


def test_copies_are_looked_for_in_the_stage_and_in_what_is_around_it(tmp_path: Path):
    places = copies.folders(tmp_path, "production/eu")
    assert places == [tmp_path / "production/eu", tmp_path / "production", tmp_path]
    assert copies.folders(tmp_path, None) == [tmp_path]
    for folder, names in (("production/eu", "a"), ("production", "ab"), (".", "abc")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            (tmp_path / folder / name).write_text(folder)
    found = copies.found(places, ["a", "b", "c", "d"])
    assert {name: file.read_text() for name, file in found.items()} == {
        "a": "production/eu", "b": "production", "c": "."
    }  # fmt: skip


def test_a_copy_that_is_no_file_is_refused(tmp_path: Path):
    (tmp_path / "a").mkdir()
    with pytest.raises(Refused, match="cannot upload `"):
        copies.found([tmp_path], ["a"])


def test_copies_that_are_lacking_are_listed_with_their_servers(tmp_path: Path):
    one, two = Server("web1"), Server("web2")
    missing = {one: ("a", "b"), two: ("b", "c")}
    lacking = copies.unmet(missing, {"c": tmp_path / "c"}, [tmp_path])
    assert lacking == [f"`{tmp_path}/a`, for web1", f"`{tmp_path}/b`, for web1 and web2"]


RECIPE = str(STANDARD / "sharing.py")
CAPFILE = """
from capify import config, load, server

load("deploy")
load({recipe!r})
config.application = "shop"
config.repository = "/nowhere"
config.transport = "local"
config.deploy_to = {deploy_to!r}
config.linked_files = ["config/database.yml", "keys.yml"]
server("localhost", "app")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a stage, and with a copy of one linked file."""
    folder = tmp_path / "project"
    (folder / "config/deploy").mkdir(parents=True)
    (folder / "config/deploy/staging.py").touch()
    (folder / "capfile.py").write_text(CAPFILE.format(recipe=RECIPE, deploy_to=f"{tmp_path}/var/www/shop"))
    copy(folder, f"staging/{DATABASE}", "word")
    return folder


def copy(project: Path, name: str, text: str) -> None:
    file = project / "config/shared" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def invoke(project: Path, *tasks: str, dry: bool = False, **arguments: Any) -> tuple[Ending, list[str]]:
    """Invoke tasks; returns how it ended, and the notices."""
    heard: list[Event] = []
    deployment = Deployment.load(project, stage="staging", listen=heard.append)
    ending = (deployment.preview if dry else deployment.invoke)(*tasks, **arguments)
    return ending, [event.text for event in heard if isinstance(event, Notice)]


def test_everything_that_lacks_is_one_error_before_anything_is_sent(project: Path):
    assert invoke(project, "deploy:setup")[0].ok
    ending, _ = invoke(project, "deploy:upload_shared")
    assert ending.status == 3
    assert ending.failure is not None
    assert "there is no copy to upload" in ending.failure.message
    assert "config/shared/staging/keys.yml`, for localhost" in ending.failure.message
    assert "database" not in ending.failure.message
    assert not list((project.parent / "var/www/shop/shared").rglob("*.yml"))


def test_uploading_twice_changes_nothing_and_overwriting_only_what_differs(project: Path):
    copy(project, "keys.yml", "key")
    assert invoke(project, "deploy:setup")[0].ok
    ending, notices = invoke(project, "deploy:upload_shared")
    assert (ending.failure, notices[-1]) == (None, "localhost: uploaded config/database.yml and keys.yml")
    copy(project, "keys.yml", "another")
    ending, notices = invoke(project, "deploy:upload_shared")
    assert (ending.failure, notices[-1]) == (None, "localhost: all linked files are there")
    ending, notices = invoke(project, "deploy:upload_shared", overwrite=True)
    assert (ending.failure, notices[-1]) == (
        None,
        "localhost: replaced keys.yml; already the same: config/database.yml",
    )
    assert (project.parent / "var/www/shop/shared/keys.yml").read_text() == "another"


def test_a_dry_run_sends_nothing(project: Path):
    copy(project, "keys.yml", "key")
    assert invoke(project, "deploy:setup")[0].ok
    ending, _ = invoke(project, "deploy:upload_shared", dry=True)
    assert ending.failure is None
    assert not list((project.parent / "var/www/shop/shared").rglob("*.yml"))


@pytest.mark.fleet
def test_each_server_gets_what_it_lacks(fleets: Fleets, project: Path):
    fleet = fleets("web1.example.com", "web2.example.com")
    if not fleet.own_roots:
        pytest.skip("hosts share one root here")
    recipe = CAPFILE.format(recipe=RECIPE, deploy_to="/var/www/shop").replace('config.transport = "local"', "")
    recipe = recipe.replace(
        'server("localhost", "app")',
        f"config.ssh_config = {str(fleet.ssh_config)!r}\n"
        'server("web1.example.com", "app")\nserver("web2.example.com", "app")',
    )
    (project / "capfile.py").write_text(recipe)
    copy(project, "keys.yml", "key")
    assert invoke(project, "deploy:setup")[0].failure is None
    fleet.run("web2.example.com", "cd /var/www/shop/shared && echo mine > keys.yml")
    ending, notices = invoke(project, "deploy:upload_shared")
    assert ending.failure is None
    assert sorted(notices[-2:]) == [
        "web1.example.com: uploaded config/database.yml and keys.yml",
        "web2.example.com: uploaded config/database.yml",
    ]
    texts = {name: fleet.path(name, "/var/www/shop/shared/keys.yml").read_text() for name in fleet.names}
    assert texts == {"web1.example.com": "key", "web2.example.com": "mine\n"}


def test_the_script_is_shell_that_every_shell_reads():
    text = copies.upload(Layout("/var/www/shop"), ["a"])
    assert subprocess.run(["sh", "-n", "-c", text], check=False).returncode == 0
