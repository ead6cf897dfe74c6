"""Bad recipes: one message with file and line, and the original as its cause."""

import pytest

from capify.errors import RecipeError

CHAIN = "from capify import config\nconfig.x = lambda: config.y\nconfig.y = lambda: 1 / 0\nconfig.x\n"
FAULTS = [
    ("x = 1\ndef broken(:\n", 2, "syntax error"),
    ("if True:\nx = 1\n", 2, "syntax error"),
    ("x = 1\nsrever('a', 'app')\n", 2, "did you mean `server`? import it: `from capify import server`"),
    ("x = 1\nserver('a', 'app')\n", 2, "import it: `from capify import server`"),
    ("from capify import srever\n", 1, "capify has no word `srever`\n  did you mean `server`"),
    ("import capify\ncapify.srever('a', 'app')\n", 2, "capify has no word `srever`\n  did you mean `server`"),
    ("import nosuchmodule\n", 1, "no module `nosuchmodule`"),
    ("def f():\n    return {}['key']\n\nf()\n", 2, "KeyError: 'key'"),
    ("1 / 0\n", 1, "ZeroDivisionError: division by zero"),
    ("import json\njson.loads('{')\n", 2, "JSONDecodeError"),
    ("open('/nosuch/file')\n", 1, "No such file or directory: `/nosuch/file`"),
    ("from capify import config\nconfig.x = config.color\n", 2, "setting `color` is not set; read: "),
    (CHAIN, 3, "late value `y` failed"),
    ("from capify import server\nserver('-oProxyCommand=x', 'app')\n", 2, "not a host name"),
    ("from capify import config\nconfig.deploy_to = 'www'\n", 2, "must be an absolute path"),
    ("from capify import config\nconfig.linked_dirs.append('log')\n", 2, "config.append(linked_dirs="),
    ("def f():\n    f()\nf()\n", 2, "RecursionError"),
    ("import mine\n", 1, "division"),
]


@pytest.mark.parametrize(("text", "line", "message"), FAULTS, ids=[message for _, _, message in FAULTS])
@pytest.mark.parametrize("file", ["capfile.py", "config/deploy.py", "config/deploy/qa.py"])
def test_a_fault_is_one_message_with_its_line(project, file, text, line, message):
    project.put({"capfile.py": "from capify import load\nload('config/deploy')\n", "config/deploy.py": ""})
    project.put({"config/deploy/qa.py": "", "mine.py": "x = 1\ny = 2\n1 / 0\n", file: text})
    with pytest.raises(RecipeError) as caught:
        project.load("qa")
    assert message in str(caught.value)
    assert caught.value.status == 2
    assert caught.value.place is not None
    expected = ("mine.py", 3) if "mine" in text else (file, line)
    assert (caught.value.place.file, caught.value.place.line) == (str(project.root / expected[0]), expected[1])


def test_the_original_is_the_cause(project):
    project.write(capfile="1 / 0\n")
    with pytest.raises(RecipeError) as caught:
        project.load()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_error_that_a_recipe_raises_itself_gets_its_line(project):
    project.write(capfile="from capify.errors import RecipeError\nraise RecipeError('no')\n")
    with pytest.raises(RecipeError, match=r"capfile.py:2: no"):
        project.load()


def test_a_fault_in_one_stage_leaves_the_others_usable(project):
    project.put({"capfile.py": "", "config/deploy/a.py": "def broken(:\n", "config/deploy/b.py": ""})
    assert project.load("b").stage == "b"


def test_a_fault_in_a_stage_function_or_load_hook_names_its_line(project):
    project.write(capfile="from capify import stage\n@stage\ndef qa():\n    1 / 0\n")
    with pytest.raises(RecipeError, match="division") as caught:
        project.load("qa")
    assert str(caught.value.place).endswith("capfile.py:4")
    project.write(capfile="from capify import on\n@on('load')\ndef derive():\n    1 / 0\n")
    with pytest.raises(RecipeError, match="division") as caught:
        project.load()
    assert str(caught.value.place).endswith("capfile.py:4")


def test_bytes_that_are_no_text_are_named(project):
    project.put({"capfile.py": ""})
    (project.root / "capfile.py").write_bytes(b"x = '\xff'\n")
    with pytest.raises(RecipeError, match=r"syntax error|UTF-8"):
        project.load()
