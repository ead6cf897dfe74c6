"""Following documents: what is wrong in one is found, and only that."""

import os
from pathlib import Path

import pytest
from tests.docs.walkthrough import RECORD, Reader

from capify.testing.sameness import Names

DOCUMENT = """\
Text with a `$ sign`.

```python
# folder/hello.py
print("hello")
```

```console
$ mkdir -p made && cd made
$ cat ../folder/hello.py
print("hello")
$ echo 20260101120000 took 3.1 s; seq 3
20251231235959 took 0.2 s
1
…
$ echo "one two three"; false  # exit status 1
one … three
```

```sh
rm -rf what/is/not/run
```
"""


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    (tmp_path / "home").mkdir()
    return Reader(tmp_path / "home", {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]})


def written(tmp_path: Path, text: str) -> Path:
    document = tmp_path / "document.md"
    document.write_text(text)
    return document


@pytest.fixture(autouse=True)
def _compares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RECORD, raising=False)


def test_a_true_document_is_found_to_be_true(reader: Reader, tmp_path: Path):
    assert reader.follow(written(tmp_path, DOCUMENT)) == []


def test_a_false_line_is_found(reader: Reader, tmp_path: Path):
    wrong = reader.follow(written(tmp_path, DOCUMENT.replace("\none … three", "\none … four")))
    assert len(wrong) == 1
    assert "one two three" in wrong[0]


def test_a_missing_and_an_additional_line_are_found(reader: Reader, tmp_path: Path):
    assert len(reader.follow(written(tmp_path, DOCUMENT.replace('\nprint("hello")\n$', "\n$")))) == 1


def test_another_exit_status_is_found(reader: Reader, tmp_path: Path):
    wrong = reader.follow(written(tmp_path, DOCUMENT.replace("  # exit status 1", "")))
    assert len(wrong) == 1
    assert "ended with 1" in wrong[0]


def test_questions_get_their_answers(reader: Reader, tmp_path: Path):
    asking = 'printf "Who? "; read name; echo "Hello, $name"'
    console = f"```console\n$ {asking}  # types Ada\nWho? Ada\nHello, Ada\n```\n"
    assert reader.follow(written(tmp_path, console)) == []


def test_recording_corrects_what_is_false_and_nothing_else(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(RECORD, "yes")
    document = written(tmp_path, DOCUMENT.replace('\nprint("hello")\n$', "\nprint(\n$"))
    assert reader.follow(document) == []
    assert document.read_text() == DOCUMENT


def test_commits_are_told_apart_and_servers_brought_in_order():
    names = Names()
    assert names.plain(["b | 1", "a | 2", "b | 0", "at 293a106"]) == ["a | 2", "b | 1", "b | 0", "at <commit 1>"]
    assert names.plain(["293a106b4fed and 5391345"]) == ["<commit 1> and <commit 2>"]
