"""`capify DIR` and `cap multistage:prepare`: new recipes that teach, and nothing that exists overwritten."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cap, Said, write

CAPIFY = "capify.cli.generate"
FILES = ["capfile.py", "config/deploy.py", "config/deploy/production.py", "config/deploy/staging.py"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def capify(cap: Cap, tmp_path: Path) -> Cap:
    """Start `capify` as its users do."""
    (tmp_path / "start.py").write_text("from capify.cli.entry import capify\ncapify()\n")
    (tmp_path / "new").mkdir()

    def start(*argv: str) -> Said:
        return cap(*argv, program="start", environment={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path / "new")

    return start


def recipes(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))


def test_a_project_gets_its_recipes(capify: Cap, tmp_path: Path) -> None:
    said = capify(".")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "[add] writing './capfile.py'",
        "[add] making directory './config'",
        "[add] writing './config/deploy.py'",
        "[add] making directory './config/deploy'",
        "[add] writing './config/deploy/production.py'",
        "[add] writing './config/deploy/staging.py'",
        "[done] capified!",
    ]
    assert recipes(tmp_path / "new") == FILES


def test_what_exists_is_never_overwritten(capify: Cap, tmp_path: Path) -> None:
    write(tmp_path / "new", dict.fromkeys(FILES[:3], "mine"))
    said = capify(".")
    assert said.status == 0
    assert said.out.splitlines() == ["[add] writing './config/deploy/staging.py'", "[done] capified!"]
    assert said.err.splitlines() == [f"[skip] './{file}' already exists" for file in FILES[:3]]
    assert {(tmp_path / "new" / file).read_text() for file in FILES[:3]} == {"mine"}


def test_a_dangling_link_is_not_written_through(capify: Cap, tmp_path: Path) -> None:
    (tmp_path / "new/capfile.py").symlink_to(tmp_path / "elsewhere")
    assert "[skip] './capfile.py' already exists" in capify(".").err
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "please specify the directory to capify, e.g. `capify .`"),
        (("nowhere",), "`nowhere` does not exist"),
        (("../start.py",), "`../start.py` is not a directory"),
        ((".", "x"), "too many arguments; please specify only the directory to capify"),
        (("--stage", "a", "."), "there is no option `--stage`"),
        (("--stages",), "`--stages` needs names"),
        (("--stages=,", "."), "`--stages` needs names"),
        (("--stages", "../x", "."), "`../x` cannot be the name of a stage"),
        (("--stages", "a,a:b", "."), "`a:b` cannot be the name of a stage"),
        (("--stages", "stage", "."), "a stage cannot be called `stage`"),
        (("--stages", "a,deploy", "."), "a stage cannot be called `deploy`"),
        (("--stages", "vars", "."), "a stage cannot be called `vars`"),
    ],
)
def test_what_is_not_understood_writes_nothing(capify: Cap, tmp_path: Path, argv: tuple[str, ...], said: str) -> None:
    told = capify(*argv)
    assert (told.status, told.out) == (2, "")
    assert told.err.startswith(f"capify: {said}")
    assert recipes(tmp_path / "new") == []


def test_stages_are_chosen_by_name(capify: Cap, cap: Cap, tmp_path: Path) -> None:
    assert capify("--stages", "qa, production/eu,production", ".").status == 0
    assert recipes(tmp_path / "new") == [
        "capfile.py", "config/deploy.py", "config/deploy/production.py", "config/deploy/production/eu.py",
        "config/deploy/qa.py",
    ]  # fmt: skip
    said = cap("stages", cwd=tmp_path / "new")
    assert (said.status, said.err) == (0, "")
    assert "default" not in said.out  # nobody said which one is safe to mean
    assert "production-eu.example.com" in said.out


def test_the_new_recipes_work_as_they_stand_without_a_warning(capify: Cap, cap: Cap, tmp_path: Path) -> None:
    capify(".")
    for argv in (["-T"], ["stages"], ["vars"], ["production", "plan", "deploy"], ["plan", "uptime"]):
        said = cap(*argv, cwd=tmp_path / "new")
        assert said.status == 0, said.err
        assert "warning" not in said.err
    assert "uptime" in cap("-Tt", cwd=tmp_path / "new").out


def test_the_new_recipes_pass_lint_and_types(capify: Cap, tmp_path: Path) -> None:
    new = tmp_path / "new"
    capify("--stages", "production,staging,qa", ".")
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(new)]
    assert subprocess.run(ruff, capture_output=True, check=False).returncode == 0
    for file in recipes(new):
        mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(new / file)]
        done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_prepare_writes_the_files_that_are_missing(cap: Cap, project: Path) -> None:
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text().replace('"staging"]', '"staging", "qa", "staging/eu"]'))
    said = cap("multistage:prepare")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "[add] writing './config/deploy/qa.py'",
        "[add] making directory './config/deploy/staging'",
        "[add] writing './config/deploy/staging/eu.py'",
    ]
    assert cap("multistage:prepare").out == ""
    assert "qa.example.com" in cap("stages").out


def test_prepare_writes_the_default_stage_too(cap: Cap, project: Path) -> None:
    for name in ("production", "staging"):
        (project / f"config/deploy/{name}.py").unlink()
    assert cap("multistage:prepare").status == 0
    assert cap("vars").status == 0
