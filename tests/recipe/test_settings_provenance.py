"""Explaining settings: values with their reasons, and nothing is asked, run or fetched for it."""

import subprocess
import sys
from textwrap import dedent

import pytest

from capify.errors import RecipeError
from capify.recipe.book import Book
from capify.recipe.config import config
from capify.recipe.guard import acting, looking_only
from capify.recipe.layers import Layer
from capify.recipe.provenance import DECIDED_LATER, explain


def test_a_setting_is_explained_with_what_it_replaced_and_what_it_is_made_of(book: Book):
    with book.settings.writing(Layer.SHARED):
        config.application = "shop"
        config.deploy_to = "/srv/old"
    with book.settings.writing(Layer.STAGE):
        config.deploy_to = lambda: f"/srv/{config.application}"
    explained = explain(book.settings, "deploy_to")
    assert (explained.value, explained.hidden, explained.late) == ("/srv/shop", "", True)
    assert explained.decided.layer is Layer.STAGE
    assert [said.value for said in explained.replaced] == ["/srv/old"]
    assert explained.made_of == ("application",)
    assert explained.doc


def test_an_unset_setting_cannot_be_explained(book: Book):
    with pytest.raises(RecipeError, match="not set"):
        explain(book.settings, "color")


def test_a_broken_late_value_is_explained_by_its_error(book: Book):
    config.color = lambda: 1 // 0
    explained = explain(book.settings, "color")
    assert explained.value is None
    assert "ZeroDivisionError" in explained.hidden


def test_words_that_act_are_decided_while_running_also_when_swallowed(book: Book):
    def swallowing() -> str:
        try:
            acting("capture_locally")
        except BaseException:  # noqa: BLE001 - what a bare `except:` of a recipe does
            return "fallback"
        return "asked"

    config.color = swallowing
    config.shade = lambda: f"dark {config.color}"
    for name in ("color", "shade"):
        assert explain(book.settings, name).hidden == DECIDED_LATER
    assert config.shade == "dark asked"


def test_acting_is_free_outside(book: Book):
    acting("capture_locally")
    with looking_only():
        pass
    acting("capture_locally")


ACTS = {
    "subprocess": "__import__('subprocess').run(['touch', 'acted'])",
    "system": "__import__('os').system('touch acted')",
    "spawn": "__import__('os').posix_spawn('/bin/touch', ['touch', 'acted'], {})",
    "fork": "__import__('os').fork() or __import__('os')._exit(0)",
    "socket": "__import__('socket').create_connection(('127.0.0.1', 9))",
    "lookup": "__import__('socket').getaddrinfo('localhost', 80)",
    "input": "input()",
    "readline": "__import__('sys').stdin.readline()",
    "getpass": "__import__('getpass').getpass()",
    "urllib": "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
    "thread": "pool.ThreadPoolExecutor().submit(os.system, 'touch acted').result()",
    "swallowed": "swallow()",
}


def test_plain_python_that_acts_is_decided_while_running(tmp_path):
    program = """
        import concurrent.futures as pool
        import os
        from pathlib import Path
        from capify.recipe.book import Book, opened
        from capify.recipe.config import config
        from capify.recipe.guard import watch_interpreter
        from capify.recipe.provenance import explain

        def swallow():
            try:
                os.system("touch acted")
            except BaseException:
                return "fallback"

        watch_interpreter()
        book = Book(Path("."))
        with opened(book):
            for name, code in ACTS.items():
                config[name] = lambda code=code: eval(code)
            config.calm = lambda: Path("calm").exists()
            for name in (*ACTS, "calm"):
                explained = explain(book.settings, name)
                print(name, explained.hidden or explained.value)
        os.system("touch free")
    """
    text = dedent(program).replace("ACTS", repr(ACTS))
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, input="line\n", check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [*(f"{name} decided while running" for name in ACTS), "calm False"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["free"]
