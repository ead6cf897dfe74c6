"""How the courier's script travels."""

import shutil
import subprocess

import pytest

from capify.courier.protocol import Session
from capify.courier.script import _compact, exec_request

LOGIN_SHELLS = ["sh", "bash", "bash --posix", "busybox sh", "zsh", "fish", "tcsh", "mksh", "ksh", "yash"]


@pytest.mark.parametrize("login", [shell for shell in LOGIN_SHELLS if shutil.which(shell.split()[0])])
def test_every_login_shell_hands_it_on_unharmed(login: str):
    done = subprocess.run([*login.split(), "-c", exec_request("cafe")], input=b"", capture_output=True, timeout=20)
    assert (done.returncode, done.stdout[:8]) == (0, b"\x1ecafe H ")
    assert done.stderr == done.stdout


def test_nothing_secret_is_in_the_request():
    session = Session(grace=1)
    assert session._mark not in session.request
    assert session.tag not in session.request


def test_it_holds_nothing_that_a_login_shell_could_touch():
    request = exec_request("cafe")
    start, end = request.index("'") + 1, request.rindex("'")
    assert not set("'!\n`") & set(request[start:end])
    assert len(request) < 16_000


@pytest.mark.parametrize("shell", ["sh; rm -rf /", "$(sh)", "", "sh'"])
def test_a_shell_is_a_plain_name(shell: str):
    with pytest.raises(ValueError, match="plain name"):
        exec_request("cafe", shell)


def test_every_shell_can_read_the_script():
    for shell in (["dash"], ["bash", "--posix"], ["busybox", "sh"]):
        subprocess.run([*shell, "-n"], input=_compact().encode(), check=True)
