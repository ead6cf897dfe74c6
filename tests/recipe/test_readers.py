"""Readers: stages as YAML and TOML."""

import pytest

from capify.errors import RecipeError
from capify.recipe.layers import Layer

YAML_LIST = """
    branch: develop          # line 1
    linked_dirs: [log, tmp]
    default_env:
      LANG: C
    odd-name: 3
    servers:
      - {host: deploy@a.example:2222, roles: [app, web], primary: true}
      - host: b.example
        roles: db
        zone: eu
"""
YAML_MAPPING = """
    branch: develop
    linked_dirs: [log, tmp]
    default_env: {LANG: C}
    odd-name: 3
    servers:
      "deploy@a.example:2222":
        roles: [app, web]
        primary: true
      b.example: {roles: [db], zone: eu}
"""
TOML = """
    branch = "develop"
    linked_dirs = ["log", "tmp"]
    odd-name = 3

    [[servers]]
    host = "deploy@a.example:2222"
    roles = ["app", "web"]
    primary = true

    [[servers]]
    host = "b.example"
    roles = "db"
    zone = "eu"

    [default_env]
    LANG = "C"
"""
TOML_TABLES = """
    branch = "develop"
    linked_dirs = ["log", "tmp"]
    default_env = { LANG = "C" }
    odd-name = 3

    [servers."deploy@a.example:2222"]
    roles = ["app", "web"]
    primary = true

    [servers."b.example"]
    roles = ["db"]
    zone = "eu"
"""
SAME = [("yml", YAML_LIST), ("yaml", YAML_MAPPING), ("toml", TOML), ("toml", TOML_TABLES)]


@pytest.mark.parametrize(("suffix", "text"), SAME)
def test_every_spelling_says_the_same(project, suffix, text):
    project.put({"capfile.py": "", f"config/deploy/qa.{suffix}": text})
    book = project.load("qa")
    read = book.settings.read
    assert (read("branch"), read("linked_dirs"), read("default_env"), read("odd-name")) == (
        "develop", ["log", "tmp"], {"LANG": "C"}, 3,
    )  # fmt: skip
    a, b = book.servers()
    assert (a.address, a.roles, a.primary) == ("deploy@a.example:2222", {"app", "web"}, True)
    assert (b.host, b.roles, b.properties) == ("b.example", {"db"}, {"zone": "eu"})
    said = book.settings.history("branch")[-1]
    assert (said.layer, said.place.file.endswith(f"qa.{suffix}"), said.place.line) == (Layer.STAGE, True, 1)
    lines = text.split("\n")
    for entry in book.inventory.declared:
        shown = "".join(lines[entry.place.line : entry.place.line + 2])
        assert entry.server.host in shown


@pytest.mark.parametrize("suffix", ["yml", "toml"])
def test_an_empty_file_is_a_stage(project, suffix):
    project.put({"capfile.py": "", f"config/deploy/qa.{suffix}": "# nothing yet\n"})
    assert project.load("qa").stage == "qa"


WRONG = [
    ("yml", "branch: develop\ncolor: [red\n", 2, "not valid YAML"),
    ("yml", "branch: develop\n\tx: y\n", 2, "not valid YAML"),
    ("yml", "branch: a\ncolor: red\nbranch: b\n", 3, "`branch` stands twice"),
    ("yml", "color: !!python/object/apply:os.system ['touch acted']\n", 1, "not valid YAML"),
    ("yml", "- a\n- b\n", 1, "must be a mapping"),
    ("yml", "color: red\ndeploy_to: www\n", 2, "must be an absolute path"),
    ("yml", "color: red\nstage: x\n", 2, "first word of the command line"),
    ("yml", "color: red\nservers: web1\n", 2, "must be a list"),
    ("yml", "servers:\n  - web1\n", 2, "must have a host and roles"),
    ("yml", "servers:\n  - {roles: [app]}\n", 2, "needs a `host`"),
    ("yml", "servers:\n  - {host: web1}\n", 2, "has no roles"),
    ("yml", "servers:\n  a: [app]\n  -x: [app]\n", 3, "not a host name"),
    ("yml", "servers:\n  - {host: a, roles: {app: 1}}\n", 2, "must be a list"),
    ("yml", "servers:\n  - {host: a, roles: [1]}\n", 2, "not a role name"),
    ("yml", "servers:\n  - {host: a, roles: [app], place: x}\n", 2, "no property `place`"),
    ("yml", "1: 2\n", 1, "cannot be the name"),
    ("yml", "color: red\x01\n", 1, "not valid YAML"),
    ("toml", 'branch = "a"\ncolor = red\n', 2, "not valid TOML"),
    ("toml", 'branch = "a"\nbranch = "b"\n', 2, "not valid TOML"),
    ("toml", 'color = "red"\ndeploy_to = "www"\n', 2, "must be an absolute path"),
    ("toml", 'color = "red"\n\n[servers.web1]\nprimary = true\n', 3, "has no roles"),
    ("toml", '[[servers]]\nhost = "a"\nroles = ["app"]\n[[servers]]\nhost = "b"\n', 4, "has no roles"),
    ("toml", "servers = 3\n", 1, "must be a list"),
]


@pytest.mark.parametrize(("suffix", "text", "line", "message"), WRONG)
def test_what_is_wrong_is_named_with_its_line(project, suffix, text, line, message):
    project.put({"capfile.py": ""})
    path = project.root / "config" / "deploy" / f"qa.{suffix}"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        project.load("qa")
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.line) == (str(path), line)
    assert not (project.root / "acted").exists()


def test_bytes_that_are_no_text_are_named(project):
    project.put({"capfile.py": "", "config/deploy/qa.toml": "", "config/deploy/qb.yml": ""})
    for name in ("qa.toml", "qb.yml"):
        (project.root / "config/deploy" / name).write_bytes(b"a = '\xff'\n")
        with pytest.raises(RecipeError, match="not UTF-8") as caught:
            project.load(name[:2])
        assert name in str(caught.value)
