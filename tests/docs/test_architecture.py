"""The documents about the house: what they name exists, and what exists is named."""

import re
import tomllib

import pytest
from tests.docs.walkthrough import DOCUMENTS, ROOT

PACKAGE = ROOT / "src/capify"
PATH = re.compile(r"`((?:src|tests|docs|script|examples)/[\w./-]+)`")


def named(document: str) -> set[str]:
    return set(PATH.findall((ROOT / document).read_text()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document):
    assert sorted(path for path in PATH.findall(document.read_text()) if not (ROOT / path).exists()) == []


def test_every_room_is_named_in_the_architecture():
    folders = {f"src/capify/{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    modules = {f"src/capify/{path.name}" for path in PACKAGE.glob("*.py")}
    assert sorted((folders | modules) - named("docs/architecture.md")) == []


def test_the_layers_are_the_contract_that_is_tested():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    text = (ROOT / "docs/architecture.md").read_text()
    block = text[text.index("```text\ncli\n") + len("```text\n") :]
    shown = block[: block.index("```")].split("\n")[:-1]
    assert shown == [*layers[: len(shown) - 1], "the nouns"]


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=~ ;\[]", word)[0] for word in wanted}
    text = (ROOT / "docs/dependencies.md").read_text()
    assert sorted(name for name in names if name not in text) == []


def test_every_decision_says_its_context_choice_and_cost():
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert pages
    parts = ("**Context.**", "**Choice.**", "**Cost.**")
    assert [page.name for page in pages if not all(part in page.read_text() for part in parts)] == []


def test_every_document_is_in_the_index():
    index = (ROOT / "docs/README.md").read_text()
    names = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(name for name in names if f"({name})" not in index) == []


def test_documents_have_lines_that_can_be_read_anywhere():
    long = [
        f"{document.name}:{number}"
        for document in DOCUMENTS
        for number, line in enumerate(document.read_text().splitlines(), 1)
        if len(line) > 125 and not line.lstrip().startswith(("|", "note:", "warning:", "dry run", "$ "))
    ]
    assert long == []
