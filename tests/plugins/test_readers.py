"""Readers of installed packages: found by the suffix of a file that is met, and never otherwise."""

from pathlib import Path

import pytest
from tests.plugins.conftest import Sites

from capify.errors import CapifyError, RecipeError, UsageError
from capify.library import Deployment
from capify.recipe.loader import load
from capify.recipe.request import Request

READER = """
from capify.errors import RecipeError
from capify.places import Place
from capify.plugins import Declared, ReaderPlugin

def read(path):
    {body}

plugin = ReaderPlugin(read, api=1)
"""
PAIRS = READER.format(
    body="""
    pairs = [line.split(" = ") for line in path.read_text().splitlines()]
    lines = {name: number for number, (name, _) in enumerate(pairs, 1)}
    return Declared({**dict(pairs), "servers": {"web1": "app"}}, lines)"""
)
WORDS = READER.format(
    body="""
    from capify import server, task
    server("web1", "app")
    task(path.stem + "_task")(lambda: None)
    return Declared({})"""
)
CAPFILE = "from capify import config, task\n\n@task\ndef hello():\n    pass\n"


def declares(body: str) -> str:
    return READER.format(body=body)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "config/deploy").mkdir(parents=True)
    (made / "capfile.py").write_text(CAPFILE)
    return made


def offer(sites: Sites, text: str, name: str = "pairs", package: str = "capify-extra") -> None:
    module = package.replace("-", "_").removeprefix("capify_")
    sites.install(package, {"capify.readers": {name: f"{module}:plugin"}}, **{module: text})


@pytest.mark.parametrize("name", ["pairs", ".pairs"])
def test_a_stage_s_file_is_read_by_the_reader_of_its_suffix(sites: Sites, folder: Path, name: str):
    offer(sites, PAIRS, name)
    (folder / "config/deploy/staging.pairs").write_text("colour = blue\n")
    deployment = Deployment.load(folder, stage="staging")
    assert (deployment.setting("colour"), [server.name for server in deployment.servers]) == ("blue", ["web1"])


def test_a_recipe_that_is_named_with_its_suffix_is_read(sites: Sites, folder: Path):
    offer(sites, PAIRS)
    (folder / "shared.pairs").write_text("colour = blue\n")
    (folder / "capfile.py").write_text("from capify import load\nload('shared.pairs')\n")
    assert Deployment.load(folder).setting("colour") == "blue"
    assert load(Request(files=("shared.pairs",), cwd=folder)).settings.read("colour") == "blue"


def test_without_its_suffix_a_recipe_is_capify_s_own_whatever_is_installed(sites: Sites, folder: Path):
    offer(sites, PAIRS)
    (folder / "shared.pairs").write_text("colour = blue\n")
    (folder / "capfile.py").write_text("from capify import load\nload('shared')\n")
    with pytest.raises(RecipeError, match="there is no `shared` to load"):
        Deployment.load(folder)


def test_a_reader_may_declare_in_the_words_of_recipes(sites: Sites, folder: Path):
    offer(sites, WORDS)
    (folder / "config/deploy/staging.pairs").write_text("")
    deployment = Deployment.load(folder, stage="staging")
    assert ("staging_task" in deployment.tasks, len(deployment.servers)) == (True, 1)


def test_a_reader_is_not_imported_where_no_file_asks_for_it(sites: Sites, folder: Path):
    offer(sites, "raise SystemError")
    (folder / "config/deploy/staging.py").write_text("")
    (folder / "config/deploy/notes.txt").write_text("not a stage\n")
    (folder / "config/deploy/other.pairs").write_text("")
    assert Deployment.load(folder, stage="staging").stages == ("other", "staging")


def test_a_value_that_cannot_be_is_said_with_the_file_and_line_that_the_reader_gave(sites: Sites, folder: Path):
    offer(sites, PAIRS)
    file = folder / "config/deploy/staging.pairs"
    file.write_text("colour = blue\ndeploy_to = here\n")
    with pytest.raises(RecipeError, match="must be an absolute path") as caught:
        Deployment.load(folder, stage="staging")
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.line) == (str(file), 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("plugin = 7", "is a `int`, and no `capify.plugins.ReaderPlugin`"),
        ("from capify.plugins import ReaderPlugin\nplugin = ReaderPlugin(None, api=1)", "has a `read` that is no func"),
        ("from capify.plugins import ReaderPlugin\nplugin = ReaderPlugin(len, api='1')", "is made for version 1 of"),
        (declares("return {}"), "read a `dict`, and no `capify.plugins.Declared`"),
        (declares("return path.nothing"), "failed: AttributeError: 'PosixPath' object has no attribute 'nothing'"),
        (declares("raise RecipeError('not so', place=Place(str(path), 3))"), ": not so"),
    ],
)
def test_whatever_is_wrong_is_said_with_plugin_package_group_and_file(sites: Sites, folder: Path, text: str, said: str):
    offer(sites, text)
    (folder / "config/deploy/staging.pairs").write_text("")
    with pytest.raises(RecipeError) as caught:
        Deployment.load(folder, stage="staging")
    assert caught.value.message.startswith("plugin `pairs` of capify-extra 1.0 (capify.readers)")
    assert said in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.file == str(folder / "config/deploy/staging.pairs")


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_two_that_claim_a_suffix_are_an_error_in_any_order_of_installation(
    sites: Sites, folder: Path, order: tuple[str, str]
):
    for name in order:
        offer(sites, PAIRS, {"one": "pairs", "two": ".pairs"}[name], f"capify-{name}")
    (folder / "config/deploy/staging.pairs").write_text("")
    with pytest.raises(
        RecipeError, match=r"several packages have a reader `\.pairs`: `capify-one 1.0` and `capify-two"
    ):
        Deployment.load(folder, stage="staging")


@pytest.mark.parametrize("name", ["py", "yml", "yaml", "toml"])
def test_a_suffix_of_capify_s_own_cannot_be_claimed(sites: Sites, folder: Path, name: str):
    offer(sites, PAIRS)
    offer(sites, PAIRS, name, "capify-greedy")
    (folder / "config/deploy/staging.pairs").write_text("")
    with pytest.raises(RecipeError, match=rf"of capify-greedy 1.0 .* claims `\.{name}`, which Capify reads itself"):
        Deployment.load(folder, stage="staging")


def test_a_file_that_nobody_reads_is_refused_with_what_is_read_here(sites: Sites, folder: Path):
    offer(sites, PAIRS)
    (folder / "shared.json").write_text("{}")
    with pytest.raises(UsageError) as caught:
        load(Request(files=("shared.json",), cwd=folder))
    assert caught.value.hint == "recipes end in `.py`, `.yml`, `.yaml`, `.toml` and `.pairs`"
    (folder / "capfile.py").write_text("from capify import load\nload('shared.json')\n")
    with pytest.raises(RecipeError, match="cannot read") as refused:
        Deployment.load(folder)
    assert "`.pairs`" in refused.value.hint


def test_a_stage_whose_reader_is_not_installed_is_said_to_be_there(folder: Path):
    (folder / "config/deploy/staging.pairs").write_text("")
    with pytest.raises(UsageError, match="there is no task `staging`") as caught:
        load(Request(words=("staging", "hello"), cwd=folder))
    assert caught.value.hint == "`config/deploy/staging.pairs` is there, and nothing here reads such a file"


def test_a_stage_with_a_file_of_each_kind_is_refused(sites: Sites, folder: Path):
    offer(sites, PAIRS)
    for suffix in ("py", "pairs"):
        (folder / f"config/deploy/staging.{suffix}").write_text("")
    with pytest.raises(CapifyError, match="stage `staging` has two files"):
        Deployment.load(folder, stage="staging")
