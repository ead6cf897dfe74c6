"""`cap plugins`: what is installed, whatever the order; nothing of it is imported."""

import itertools
import json
from pathlib import Path

import pytest
from tests.plugins.conftest import Project, Sites

from capify.cli.arguments import Arguments
from capify.cli.asked import Asked
from capify.cli.plugins import show
from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.plugged import TRANSPORTS, find, names
from capify.recipe.request import Request
from capify.recipe.suffixes import endings

PACKAGES = {
    "capify-one": {"capify.transports": {"pigeon": "one:plugin"}, "capify.readers": {"json": "one:plugin"}},
    "capify-two": {"capify.transports": {"pigeon": "two:plugin", "local": "two:plugin", "a.b": "two:plugin"}},
    "capify-three": {
        "capify.readers": {".json": "three:plugin", "py": "three:plugin"},
        "capify.reporter": {"x": "y:z"},
    },
    "capify-four": {"capify.strategies": {"artifact": "four:plugin"}, "capify.recipes": {"extra": "four:plugin"}},
}


def test_it_lists_what_packages_bring_and_imports_nothing(sites: Sites, project: Project):
    sites.install("capify-four", PACKAGES["capify-four"], four="raise SystemError")
    assert project.cap("plugins") == (
        "capify.recipes     extra     capify-four 1.0\n"
        "capify.strategies  artifact  capify-four 1.0\n"
        "this Capify takes version 1 of plugins\n"
    )
    assert json.loads(project.cap("plugins", "--json"))[0] == {
        "group": "capify.recipes", "name": "extra", "distribution": "capify-four", "version": "1.0",
        "value": "four:plugin", "takes": 1,
    }  # fmt: skip


def test_without_plugins_it_says_so(project: Project):
    assert "no package here brings plugins" in project.cap("plugins")


def test_the_order_of_installation_never_matters(tmp_path: Path):
    seen = set()
    for number, order in enumerate(itertools.permutations(PACKAGES)):
        with pytest.MonkeyPatch.context() as patch:
            sites = Sites(tmp_path / str(number), patch)
            for package in order:
                sites.install(package, PACKAGES[package], **{package.partition("-")[2]: "raise SystemError"})
            with pytest.raises(RecipeError) as clash:
                find(TRANSPORTS, "pigeon", Place("capfile.py", 1))
            answer = show(Asked(Arguments(), Request()))
            seen.add((answer, str(clash.value), names("capify.transports"), endings()))
    assert len(seen) == 1
    ((answer, clash_text, offered, _),) = seen
    assert (answer.status, len(answer.lines)) == (4, 10)
    assert answer.remarks[:-1] == (
        "`capify-three 1.0`: there is no group `capify.reporter`; did you mean `capify.reporters`?",
        "`capify-two 1.0`: `a.b` is no name; use letters, digits, `-` and `_`",
        "`capify-one 1.0` and `capify-three 1.0`: several have `.json` in capify.readers; uninstall all but one",
        "`capify-three 1.0`: `.py` in capify.readers is Capify's own, and theirs is never used",
        "`capify-two 1.0`: `local` in capify.transports is Capify's own, and theirs is never used",
        "`capify-one 1.0` and `capify-two 1.0`: several have `pigeon` in capify.transports; uninstall all but one",
    )
    assert "`capify-one 1.0` and `capify-two 1.0`" in clash_text
    assert offered == ("local", "pigeon")
