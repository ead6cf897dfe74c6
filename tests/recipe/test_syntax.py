"""Claims about stages in YAML and TOML that cannot be read: the line to mend is named, and what is wrong with it."""

from pathlib import Path

import pytest

from capify.errors import RecipeError
from capify.recipe.book import Book, opened
from capify.recipe.readers import read

YAML = {
    "branch: main\n\tuser: deploy\n": (2, "YAML takes no tabs"),
    "servers:\n\t- {host: a}\n": (2, "YAML takes no tabs"),
    "branch main\nservers: []\n": (1, "write `name: value`"),
    "branch: main\nservers\n": (2, "write `name: value`"),
    "branch:main\nservers: []\n": (1, "write `branch: main`, with a space"),
    "branch:main\n": (1, "write `branch: main`, with a space"),
    "branch: one: two\n": (1, '`branch: "one: two"`'),
    "branch: main\n  user: deploy\n": (2, "begin in the same column"),
    "servers:\n  - host: a\n   roles: [x]\n": (3, "begin in the same column"),
    "servers:\n  - {host: a, roles: [app}\n": (2, "close the `[`"),
    "servers:\n  - {host: a, roles: [app]\nbranch: x\n": (2, "close the `{`"),
    'branch: "main\nuser: deploy\n': (1, "close the quote"),
    "host: *.example.com\n": (1, '`host: "*.example.com"`'),
    "user: @deploy\n": (1, '`user: "@deploy"`'),
    "branch: main\nbranch: other\n": (2, "keep one of them"),
    "branch: main\n---\nuser: deploy\n": (2, "second `---`"),
}
TOML = {
    "branch = main\n": (1, '`branch = "main"`'),
    "branch: main\n": (1, '`branch = "main"`'),
    "branch main\n": (1, "write `name = value`"),
    "user = 'deploy'\nkeep_releases = 5 of them\n": (2, '`keep_releases = "5 of them"`'),
    "use_sudo = True\n": (1, "`use_sudo = true`"),
    "use_sudo = yes\n": (1, "`use_sudo = true`"),
    'branch = "main\nuser = "deploy"\n': (1, "close the quote"),
    "branch = 'main'\nlinked_dirs = ['log',\n": (2, "close the `[`"),
    "linked_dirs = ['log', tmp]\n": (1, "in there, too"),
    "[[servers]\nhost = 'a'\n": (1, "`[[servers]]`"),
    "branch = 'a'\nbranch = 'b'\n": (2, "keep one of them"),
    "branch = 'a' user = 'b'\n": (1, "one setting a line"),
    "branch =\n": (1, "text in quotes"),
}


@pytest.mark.parametrize(
    ("suffix", "text"), [*(("yml", text) for text in YAML), *(("toml", text) for text in TOML)]
)
def test_the_line_and_what_is_wrong_with_it_are_told(suffix: str, text: str, tmp_path: Path) -> None:
    line, advice = (YAML if suffix == "yml" else TOML)[text]
    path = tmp_path / f"qa.{suffix}"
    path.write_text(text)
    book = Book(tmp_path)
    with opened(book), pytest.raises(RecipeError) as raised:
        read(book, path)
    assert raised.value.place is not None
    assert (raised.value.place.file, raised.value.place.line) == (str(path), line)
    assert advice in raised.value.hint
