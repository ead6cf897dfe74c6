"""The house rules that a machine can check: sizes, docstrings, imports, and what start-up may load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import capify

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "capify"
SOURCES = sorted(PACKAGE.rglob("*.py"))

LONGEST_BODY = 30
LONGEST_FILE = 300
MOST_NAMES = 7
MOST_POSITIONAL = 3

# Vocabularies: a closed list of nouns or words is one thing, however many names it has.
VOCABULARIES = {
    "__init__.py", "errors.py", "events.py", "outcomes.py", "ports.py", "shell.py", "machines.py", "plugins.py",
    "courier/messages.py", "engine/asking.py", "engine/commands.py", "plan/selection.py", "recipe/declare.py",
    "recipe/definition.py", "recipe/paths.py",
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def body_length(function: Function) -> int:
    statements = function.body[ast.get_docstring(function) is not None :] or function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1


def public_names(path: Path) -> list[str]:
    found = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, Function | ast.ClassDef):
            if not any(getattr(decorator, "id", "") == "overload" for decorator in node.decorator_list):
                found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [target.id for target in targets if isinstance(target, ast.Name) and not target.id.isupper()]
    return [name for name in found if not name.startswith("_") and name not in {"P", "R", "T", "B"}]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_body_is_longer_than_a_screen(path: Path):
    assert [f"{one.name}: {body_length(one)}" for one in functions(path) if body_length(one) > LONGEST_BODY] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_file_is_longer_than_a_room(path: Path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", [path for path in SOURCES if name_of(path) not in VOCABULARIES], ids=name_of)
def test_a_module_has_few_public_names(path: Path):
    assert len(public_names(path)) <= MOST_NAMES, public_names(path)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_functions_take_few_positional_parameters(path: Path):
    def positional(function: Function) -> int:
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        return len([name for name in names if name not in {"self", "cls"}])

    public = [one for one in functions(path) if not one.name.startswith("_")]
    assert [one.name for one in public if positional(one) > MOST_POSITIONAL] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_room_says_what_it_is(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_public_functions_and_classes_say_what_they_are(path: Path):
    nodes = [node for node in ast.parse(path.read_text()).body if isinstance(node, Function | ast.ClassDef)]
    bare = [node.name for node in nodes if not node.name.startswith("_") and not ast.get_docstring(node)]
    overloads = {node.name for node in nodes if getattr(node, "decorator_list", None)}
    assert [name for name in bare if name not in overloads] == []


def test_imports_point_one_way():
    done = subprocess.run([sys.executable, "-m", "importlinter.cli", "lint"], cwd=ROOT, capture_output=True, text=True)
    if "No module named" in done.stderr:
        done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_but_reporters_and_cli_prints():
    quiet = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] not in {"reporters", "cli", "testing"}]
    printing = [
        f"{name_of(path)}:{node.lineno}"
        for path in quiet
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert printing == []


def test_no_word_of_recipes_is_also_the_name_of_a_module():
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert modules & set(capify.__all__) == set()


def test_every_word_of_recipes_can_be_imported():
    assert [word for word in capify.__all__ if getattr(capify, word, None) is None] == []
