"""Recipes of installed packages: found by name, told apart by package, and never in the way."""

import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from capify.errors import RecipeError
from capify.library import Deployment
from capify.testing import Scenario

EXAMPLE = Path(__file__).parents[2] / "examples/plugin"
PLUGIN = """
from pathlib import Path
from capify.plugins import RecipePlugin
plugin = RecipePlugin(recipe=Path(__file__).with_name({module!r} + "_recipe.txt.py"), api={api})
"""
CAPFILE = "from capify import load, server\nserver('web1', 'web')\nload('{name}')\n"

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install packages as installers do: modules, and a folder of metadata beside them."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    known = set(sys.modules)

    def install(package: str, *, name: str = "extra", module: str = "", text: str | None = None, api: int = 1) -> None:
        module = module or package.replace("-", "_")
        (site / f"{module}.py").write_text(PLUGIN.format(module=module, api=api) if text is None else text)
        (site / f"{module}_recipe.txt.py").write_text(
            f"from capify import config, run, task\n\nconfig.colour = {package!r}\n\n"
            f"@task\ndef {module}():\n    run(f'echo {{config.colour}}')\n"
        )
        metadata(site, package, f"[capify.recipes]\n{name} = {module}:plugin\n")

    yield install
    for gone in set(sys.modules) - known:
        if "capify_" in gone:
            del sys.modules[gone]


def metadata(site: Path, package: str, entries: str) -> None:
    folder = site / f"{package.replace('-', '_')}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(entries)


def test_a_recipe_of_a_package_is_loaded_by_its_name_and_sets_defaults(scenario: Scenario, install: Install):
    install("capify-extra")
    scenario.capfile(CAPFILE.format(name="extra")).runs("capify_extra").exits(0)
    scenario.capfile("from capify import config\nconfig.colour = 'mine'\n" + CAPFILE.format(name="extra"))
    scenario.runs("capify_extra").exits(0)
    assert scenario.on("web1").commands == ["echo capify-extra", "echo mine"]


def test_packages_that_nobody_loads_do_nothing(scenario: Scenario, install: Install):
    install("capify-broken", name="broken", text="raise SystemError")
    install("capify-extra")
    scenario.capfile(CAPFILE.format(name="extra")).runs("capify_extra").exits(0)
    scenario.runs("capify_broken").exits(2)


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_the_order_in_which_packages_are_installed_does_not_matter(
    scenario: Scenario, install: Install, order: tuple[str, str]
):
    for name in order:
        install(f"capify-{name}", name="same")
    scenario.capfile(CAPFILE.format(name="same")).runs("x").shows("""
        cap: capfile.py:3: several packages have a recipe `same`: `capify-one 1.0` and `capify-two 1.0`
          uninstall all but one
    """).exits(2)


def test_a_file_of_the_project_goes_before_a_package(scenario: Scenario, install: Install):
    install("capify-extra")
    scenario.file("extra.py", "from capify import run, task\n\n@task\ndef mine():\n    run('true')\n")
    scenario.capfile(CAPFILE.format(name="extra")).runs("mine").exits(0)


@pytest.mark.parametrize(
    ("text", "api", "said", "hint"),
    [
        ("import nothing_such", 1, "cannot be imported: ModuleNotFoundError", "reinstall"),
        ("", 1, "cannot be imported: AttributeError", "reinstall"),
        ("plugin = 'recipe.py'", 1, "is a `str`, and no `capify.plugins.RecipePlugin`", "makers"),
        (None, 2, "is made for version 2 of plugins, not 1", "upgrade Capify"),
        (None, 0, "is made for version 0 of plugins, not 1", "upgrade the package"),
        (PLUGIN.format(module="elsewhere", api=1), 1, "has no file", "reinstall"),
    ],
)
def test_whatever_is_wrong_with_a_plugin_is_said_with_its_name(
    scenario: Scenario, install: Install, text: str | None, api: int, said: str, hint: str
):
    install("capify-extra", text=text, api=api)
    screen = scenario.capfile(CAPFILE.format(name="extra")).runs("x").exits(2).screen
    assert "cap: capfile.py:3: plugin `extra` of capify-extra 1.0" in screen
    assert said in screen
    assert hint in screen


def test_an_error_in_a_plugin_s_recipe_names_it_with_file_and_line(install: Install, tmp_path: Path):
    install("capify-extra")
    (tmp_path / "site/capify_extra_recipe.txt.py").write_text("from capify import config\nconfig.deploy_to = 'here'\n")
    (tmp_path / "capfile.py").write_text(CAPFILE.format(name="extra"))
    with pytest.raises(RecipeError) as error:
        Deployment.load(tmp_path)
    assert error.value.message.startswith("plugin `extra` of capify-extra 1.0 (capify.recipes): ")
    assert error.value.place is not None
    assert (Path(error.value.place.file).name, error.value.place.line) == ("capify_extra_recipe.txt.py", 2)


def test_a_name_that_nobody_has_lists_what_packages_offer(scenario: Scenario, install: Install):
    install("capify-extra")
    scenario.capfile(CAPFILE.format(name="exra")).runs("x").shows("""
        cap: capfile.py:3: there is no `exra` to load
          did you mean `extra`?
          tried `exra.py`, `exra.yml`, `exra.yaml` and `exra.toml`; installed packages have `extra`
    """)


def test_the_example_plugin_works(scenario: Scenario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    site = tmp_path / "site"
    site.mkdir()
    entries = project["entry-points"]["capify.recipes"]
    metadata(site, project["name"], "".join(["[capify.recipes]\n", *(f"{key} = {entries[key]}\n" for key in entries)]))
    monkeypatch.syspath_prepend(EXAMPLE / "src")
    monkeypatch.syspath_prepend(site)
    capfile = "from capify import config, load\nload('deploy')\nconfig.deploy_to = '/srv/shop'\n"
    scenario.capfile(capfile + CAPFILE.format(name="maintenance"))
    scenario.runs("maintenance:on", "maintenance:off").exits(0)
    assert scenario.on("web1").commands[-1] == "rm -f /srv/shop/shared/maintenance.html"
    assert len(scenario.on("web1").commands) >= 2
