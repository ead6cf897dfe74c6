"""`cap shell`: Capistrano's prompt."""

from pathlib import Path

import pytest

from .test_console import Spawned, at_prompt, piped, shop

__all__ = ["at_prompt", "shop"]


def test_lines_are_commands_and_bangs_are_tasks(shop: Path) -> None:
    script = "echo a | tr a b\n\n!greet name=me greet\nwith app echo c\non localhost echo d\nexit\necho never\n"
    said = piped(shop, script, "shell")
    shown = ["b", "hello me", "hello you", "c", "d"]
    assert (said.returncode, said.stdout.splitlines()) == (0, [f"localhost | {text}" for text in shown])


@pytest.mark.parametrize("line", ["false", "!nosuch", "on nosuch uname", "with nosuch uname", "!"])
def test_without_a_terminal_the_first_failure_ends_it(shop: Path, line: str) -> None:
    said = piped(shop, f"{line}\necho never\n", "shell")
    assert (said.returncode in {1, 2}, said.stdout) == (True, "")


def test_at_a_terminal_it_goes_on(at_prompt: Spawned) -> None:
    it = at_prompt("shell")
    it.expect_exact("cap> ")
    it.sendline("exit 3")
    it.expect_exact("command failed on `localhost`")
    it.expect_exact("cap> ")
    it.sendline("echo begun; sleep 300")
    it.expect_exact("localhost | begun")
    it.sendintr()
    it.expect_exact("cap> ")
    it.sendline("with app")
    it.expect_exact("cap with app> ")
    it.sendline("on all")
    it.expect_exact("cap> ")
    it.sendline("help")
    it.expect_exact("!TASK")
    it.expect_exact("cap> ")
    it.sendline("exit")
    it.expect_exact("done in")
    it.wait()
    assert it.exitstatus == 0
