"""The same recipes on a real OpenSSH server of this machine, with faults that no script of answers can show."""

from pathlib import Path

import pytest

from capify.library import Deployment, Ending
from capify.testing import Fleet

RECIPES = Path(__file__).parent.parent
SHOP = """#!/bin/sh
case $1 in
  pending) echo "2 migrations" ;;
  migrate) echo "$@" >> "$HOME/migrated" ;;
esac
"""

pytestmark = pytest.mark.fleet("db1")


class Agrees:
    """An operator who agrees to migrations."""

    interactive = True

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Say yes to migrations."""
        return "yes" if "migrations" in question and not secret else ""


def migrate(fleet: Fleet) -> Ending:
    fleet.command("db1", "shop", SHOP)
    deployment = Deployment.load(
        RECIPES, stage="production", environment={**fleet.environment(), "HOSTS": "db1"}, terminal=Agrees()
    )
    return deployment.invoke("migrate")


def test_the_database_is_migrated(fleet: Fleet) -> None:
    assert migrate(fleet).check().ok
    assert fleet.run("db1", 'cat "$HOME/migrated"').stdout == "migrate head\n"


def test_a_server_that_is_down_is_named(fleet: Fleet) -> None:
    fleet.stop("db1")
    ending = migrate(fleet)
    assert (ending.status, [str(outcome.server) for outcome in ending.outcomes]) == (5, ["db1"])


def test_a_server_with_another_host_key_is_not_logged_in_to(fleet: Fleet) -> None:
    fleet.change_host_key("db1")
    assert migrate(fleet).status == 5
