"""The pytest plugin, as a project of somebody else has it; and the example project, tested by its own tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/tested"
TESTS = """
import pytest

def test_well(scenario):
    scenario.capfile('''
        from capify import run, server, task
        server("web1", "app")

        @task
        def go():
            run("true")
    ''')
    scenario.runs("go").exits(0)

def test_typo(scenario):
    scenario.on("web1").on_command("ture").fails()

def test_broken(scenario):
    scenario.on("web1").on_command("ture").fails()
    raise ValueError

@pytest.mark.fleet("web1")
def test_marked():
    pass
"""


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_pytest_finds_the_fixtures_by_itself_and_an_unused_script_fails_its_test(tmp_path: Path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_recipes.py").write_text(TESTS)
    done = pytest_in(tmp_path, "-q", "-rfE")
    assert "scripted, and never asked for: `ture` on web1" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 failed, 3 passed, 1 error"), done.stdout
    assert "ERROR test_recipes.py::test_typo" in done.stdout


def test_naming_the_plugin_in_a_conftest_as_well_does_no_harm(tmp_path: Path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["capify.testing.plugin"]\n')
    (tmp_path / "test_recipes.py").write_text(TESTS)
    assert pytest_in(tmp_path, "-q", "-k", "well or marked").returncode == 0


def test_the_plugin_loads_nothing_of_capify_that_no_test_asks_for():
    script = "import sys, capify.testing.plugin; print(*sorted(name for name in sys.modules if 'capify' in name))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["capify", "capify.testing", "capify.testing.plugin"]


@pytest.mark.fleet
def test_the_example_project_passes_its_own_tests(tmp_path: Path):
    shutil.copytree(EXAMPLE, tmp_path / "tested", ignore=shutil.ignore_patterns("__pycache__"))
    done = pytest_in(tmp_path / "tested", "-q")
    assert done.returncode == 0, done.stdout
