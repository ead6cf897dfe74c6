"""Traps in the text of recipes: what is one, and, as much, what is none."""

import builtins
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

import capify
from capify.cli.traps import traps

HEAD = "from capify import before, config, on, parallel, run, server, servers, task\n"

NONE = {
    "a function that is used at once": 'for x in "ab":\n    run(sorted("b", key=lambda y: x + y))',
    "one that binds": 'for x in "ab":\n    config[x] = lambda x=x: x',
    "one that takes it": 'for x in "ab":\n    before("t", lambda x: x)',
    "one that is called in the loop": 'for x in "ab":\n    def f():\n        return x\n    f()',
    "a variable of its own": 'for x in "ab":\n    def f():\n        x = 1\n        return x\n    before("t", f)',
    "a local name that is not called as a word": "def f():\n    for server in servers():\n        run(str(server))",
    "a parameter": "def f(run):\n    run()",
    "a name of an enclosing function": "def f():\n    x = 1\n    def g():\n        return x\n    return g",
    "a global of a function": "def f():\n    global made\n    made = 1\ndef g():\n    return made",
    "what an import may bring": "from os.path import *\ndef f():\n    return join('a')",
    "a comprehension": "def f():\n    return [y for y in 'ab' if y]",
    "a class": "class A:\n    x = 1\n    def f(self):\n        return self.x, __name__",
    "an exception": "def f():\n    try:\n        pass\n    except ValueError as error:\n        return error",
}
SOME = {
    "a late value": ('for x in "ab":\n    config[x] = lambda: x', "uses `x` of the loop"),
    "what the loop sets": ('for x in "ab":\n    y = x\n    config[x] = lambda: y', "uses `y` of the loop"),
    "a task": ('for x in "ab":\n    @task(x)\n    def f():\n        run(x)', "`f` uses `x` of the loop"),
    "one handed on": ('for x in "ab":\n    def f():\n        run(x)\n    before("t", f)', "`f` uses `x` of the loop"),
    "a list": ('jobs = [lambda: run(x) for x in "ab"]', "uses `x` of the loop"),
    "in a function": ('def f():\n    for x in "ab":\n        on("exit", lambda: run(x))', "uses `x` of the loop"),
    "an unknown name in a lambda": ("config.x = lambda: nothing", "`nothing` is not defined"),
    "a word that is not imported": ("def f():\n    sudo('x')", "`sudo` is not defined"),
    "a hidden word": ("run = 1", "`run` hides the word"),
    "a word hidden by a loop": ("for server in servers(): pass", "`server` hides the word"),
    "a word hidden by a function": ("def run(): pass", "`run` hides the word"),
    "a word hidden where it is called": ("def f():\n    run('x')\n    run = 3", "`run` hides the word"),
}  # fmt: skip


def told(text: str) -> list[str]:
    return [finding.text for finding in traps(HEAD + text + "\n", "recipe.py", capify.__all__)]


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_trap_is_not_told(name: str):
    assert told(NONE[name]) == []


@pytest.mark.parametrize("name", SOME)
def test_a_trap_is_told_once(name: str):
    text, said = SOME[name]
    (found,) = told(text)
    assert said in found


@given(st.from_regex(r"[a-z_]{1,12}", fullmatch=True))
def test_a_name_is_told_exactly_where_python_would_not_find_it(name: str):
    if not keyword.iskeyword(name) and name != "f":
        known = hasattr(builtins, name) or name in HEAD.partition("import ")[2].replace(",", "").split()
        assert (told(f"def f():\n    return {name}") == []) is known
