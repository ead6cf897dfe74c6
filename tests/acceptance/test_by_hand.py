"""By hand, on real servers: one command, a console, a login; nothing that a recipe declares."""

import pexpect
import pytest

from .operating import PRODUCTION, SHOP, STAGING, Operator, fleet_of
from .test_at_a_terminal import status, terminal

pytestmark = pytest.mark.fleet


def test_one_command_runs_on_every_server(shop: Operator) -> None:
    said = shop.cap("--", "echo", "a  b")
    assert (said.status, sorted(said.lines)) == (0, [f"{PRODUCTION} | a  b", f"{STAGING}    | a  b"])


def test_the_console_connects_when_a_line_needs_it_and_again_when_it_was_lost(shop: Operator) -> None:
    fleet = fleet_of(shop)
    before = fleet.accepts(PRODUCTION)
    shop.variables["NO_COLOR"] = "1"
    with terminal(shop, "console") as it:
        it.expect_exact(">>> ")
        it.sendline("config.application")
        it.expect_exact("'shop'")
        assert fleet.accepts(PRODUCTION) == before
        it.sendline('run("echo $((6 * 7))")')
        it.expect(r"2 servers +\| 42")
        it.expect_exact(">>> ")
        fleet.stop(PRODUCTION)
        fleet.up(PRODUCTION)
        it.sendline('run("true")')
        it.expect_exact("command failed on")
        it.expect_exact(">>> ")
        it.sendline('run("echo $((6 * 8))")')
        it.expect(r"2 servers +\| 48")
        it.expect_exact(">>> ")
        it.sendeof()
        assert status(it) == 0


def test_a_login_lands_where_the_release_is(shop: Operator) -> None:
    fleet = fleet_of(shop)
    home = fleet.path(PRODUCTION, SHOP)
    (home / "releases/1").mkdir(parents=True)
    (home / "current").symlink_to("releases/1")
    for argv, folder in ((("ssh",), f"{SHOP}/current"), (("ssh", STAGING), "/")):
        with terminal(shop, *argv) as it:
            it.sendline("echo at=$(pwd)=; exit 7")
            it.expect_exact(f"at={folder}")
            it.expect(pexpect.EOF)
            it.wait()
            assert it.exitstatus == 7


def test_a_login_verifies_the_host_key(shop: Operator) -> None:
    fleet_of(shop).change_host_key(PRODUCTION)
    with terminal(shop, "ssh", PRODUCTION) as it:
        it.expect_exact("REMOTE HOST IDENTIFICATION HAS CHANGED")
        it.expect(pexpect.EOF)
        it.wait()
        assert it.exitstatus == 255
