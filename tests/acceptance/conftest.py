"""The projects and servers of acceptance tests.

Rule: the article's project is a copy of `examples/multistage`, to the letter; only the environment points it elsewhere.
"""

import shutil
from pathlib import Path

import pytest

from capify.testing.fleet import Fleet
from capify.testing.plugin import Fleets
from capify.testing.repository import Repository

from .operating import FOUR, PRODUCTION, SHOP_RECIPE, STAGING, Operator, fleet_of

SEED = Path(__file__).parents[2] / "examples" / "multistage"


@pytest.fixture
def article(fleets: Fleets, tmp_path: Path) -> Operator:
    """The article's project, to the letter, with its two servers."""
    return article_at(fleets, tmp_path)


def article_at(fleets: Fleets, folder: Path) -> Operator:
    """Copy the article's project, and give it its two servers."""
    fleet = _isolated(fleets(PRODUCTION, STAGING))
    project = folder / "project"
    shutil.copytree(SEED, project)
    fleet.command(PRODUCTION, "systemctl", f'#!/bin/sh\necho "$(id -un): $*" >> {fleet.shared}/systemctl.log\n')
    if not fleet.sudo:  # where nobody can become root: something that looks like it
        fleet.command(PRODUCTION, "sudo", '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    return Operator(project, fleet)


@pytest.fixture
def source(article: Operator) -> Repository:
    """The article's repository: `master`, and `develop` for staging."""
    assert article.fleet is not None
    made = Repository.create(article.fleet.shared / "repository")
    article.variables["CAPIFY_REPOSITORY"] = made.url
    return made


@pytest.fixture
def four(fleets: Fleets, tmp_path: Path) -> Operator:
    """A project without stages and with four servers; its recipe is for the test to write."""
    return Operator(tmp_path / "project", _isolated(fleets(*FOUR)))


@pytest.fixture
def two(fleets: Fleets, tmp_path: Path) -> Operator:
    """The same with the two servers of the article, named in the test's own recipe."""
    return Operator(tmp_path / "project", _isolated(fleets(PRODUCTION, STAGING)))


@pytest.fixture
def shop(two: Operator) -> Operator:
    """A project without stages, on two servers."""
    return two.write({"capfile.py": SHOP_RECIPE})


@pytest.fixture
def code(shop: Operator) -> Repository:
    """What is deployed."""
    made = Repository.create(fleet_of(shop).shared / "repository")
    shop.variables["CAPIFY_REPOSITORY"] = made.url
    return made


@pytest.fixture
def offline(tmp_path: Path) -> Operator:
    """The article's project, without any server to reach."""
    shutil.copytree(SEED, tmp_path / "project")
    return Operator(tmp_path / "project")


def _isolated(fleet: Fleet) -> Fleet:
    if not fleet.own_roots:
        pytest.skip("servers with the same paths need roots of their own: run as root, or allow user namespaces")
    return fleet
