"""`capify DIR`: a project to begin with, that loads without a warning and teaches."""

from pathlib import Path

import pytest

from .operating import Operator


@pytest.fixture
def empty(tmp_path: Path) -> Operator:
    """Somebody in an empty folder."""
    (tmp_path / "project").mkdir()
    return Operator(tmp_path / "project")


def test_a_capified_folder_lists_its_tasks_and_stages_without_a_warning(empty: Operator):
    assert empty.cap(".", program="capify").status == 0
    written = {str(path.relative_to(empty.project)) for path in empty.project.rglob("*") if path.is_file()}
    assert written == {"capfile.py", "config/deploy.py", "config/deploy/production.py", "config/deploy/staging.py"}
    tasks = empty.does("-T")
    assert "cap deploy " in tasks.out
    assert "cap deploy:rollback " in tasks.out
    stages = empty.does("stages")
    assert "production" in stages.out
    assert "staging" in stages.out


def test_every_file_teaches(empty: Operator):
    empty.cap(".", program="capify")
    for path in empty.project.rglob("*.py"):
        text = path.read_text()
        assert '"""' in text or "#" in text, path


def test_its_deployment_can_be_planned_for_both_stages(empty: Operator):
    empty.cap(".", program="capify")
    for stage in ("production", "staging"):
        assert "deploy:create_symlink" in empty.does(stage, "plan", "deploy").out


def test_the_stages_can_be_chosen(empty: Operator):
    assert empty.cap("--stages", "live,qa,demo-2", ".", program="capify").status == 0
    files = sorted(path.name for path in (empty.project / "config/deploy").iterdir())
    assert files == ["demo-2.py", "live.py", "qa.py"]
    for stage in ("live", "qa", "demo-2"):
        assert stage in empty.does("stages").out
        assert "deploy:create_symlink" in empty.does(stage, "plan", "deploy").out


def test_nothing_is_ever_overwritten(empty: Operator):
    empty.write({"config/deploy.py": "mine = True\n", "config/deploy/staging.py": "mine = 2\n"})
    said = empty.cap(".", program="capify")
    assert said.status == 0
    assert (empty.project / "config/deploy.py").read_text() == "mine = True\n"
    assert (empty.project / "config/deploy/staging.py").read_text() == "mine = 2\n"
    assert (empty.project / "capfile.py").exists()
    assert (said.out + said.err).count("skip") == 2


def test_doing_it_twice_changes_nothing(empty: Operator):
    empty.cap(".", program="capify")
    before = {path: path.read_bytes() for path in empty.project.rglob("*") if path.is_file()}
    assert empty.cap(".", program="capify").status == 0
    assert {path: path.read_bytes() for path in empty.project.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "words",
    [(), ("nowhere",), (".", "x"), *(("--stages", name, ".") for name in ("a:b", "stage", "deploy", "../x", ","))],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused_and_writes_nothing(empty: Operator, words: tuple[str, ...]):
    said = empty.cap(*words, program="capify")
    assert said.status == 2
    assert said.err.startswith("capify: ")
    assert list(empty.project.iterdir()) == []


def test_prepare_writes_the_files_of_listed_stages_and_no_others(empty: Operator):
    empty.cap("--stages", "live,qa", ".", program="capify")
    recipe = empty.project / "config/deploy.py"
    recipe.write_text(recipe.read_text() + '\nconfig.stages = ["live", "qa", "review"]\n')
    before = (empty.project / "config/deploy/qa.py").read_bytes()
    empty.does("multistage:prepare")
    assert (empty.project / "config/deploy/review.py").exists()
    assert (empty.project / "config/deploy/qa.py").read_bytes() == before
