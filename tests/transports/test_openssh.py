"""The OpenSSH transport: verified host keys, one login, and complaints that help."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.loopback import Sshd
from tests.steering import Steered

from capify.blocks import Line
from capify.errors import ConnectFailed, Refused, UsageError
from capify.machines import Server
from capify.transports import askpass
from capify.transports.links import ProcessLink
from capify.transports.openssh import OpenSshTransport

pytestmark = pytest.mark.fleet


@pytest.fixture
def steered(sshd: Sshd, server: Server) -> Iterator[Steered]:
    steered = Steered(OpenSshTransport(ssh_config=sshd.config), server)
    steered.connect()
    yield steered
    steered.close()


class Prompter:
    """A terminal with somebody at it who knows these answers."""

    interactive = True

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def ask(self, question: str, *, secret: bool = False) -> str:
        assert secret
        self.questions.append(question)
        if not self.answers:
            raise Refused("nobody is there")
        return self.answers.pop(0)


def failure(transport: OpenSshTransport, server: Server) -> str:
    """Connect, and say why that failed."""
    steered = Steered(transport, server)
    with pytest.raises(ConnectFailed) as caught:
        steered.connect()
    steered.close()
    return str(caught.value.reasons[server])


def with_key(sshd: Sshd, name: str, key: str) -> str:
    """Write a configuration that logs in with another key."""
    config = Path(sshd.configuration(name))
    config.write_text(config.read_text().replace("user_key", key))
    return str(config)


def test_commands_run_and_further_channels_cost_no_login(steered: Steered, sshd: Sshd, tmp_path: Path):
    before = sshd.logins
    target = tmp_path / "copy"
    assert steered.run("echo hello").stdout == "hello\n"
    assert steered.run("wc -c", stdin=b"x" * 500_000).stdout.strip() == "500000"
    assert steered.run("seq 3", into=target).ok
    assert target.read_text() == "1\n2\n3\n"
    assert sshd.logins == before


def test_a_channel_that_times_out_leaves_nothing(steered: Steered):
    result = steered.run("cat >/dev/null; echo $$; exec sleep 999", stdin=b"x" * 100_000, timeout=1)
    assert result.note == "timed out after 1 s"
    assert not Path(f"/proc/{result.text}/exe").exists()


def test_an_unknown_host_key_is_refused_with_advice(sshd: Sshd, server: Server):
    config = sshd.configuration("unknown", known="")
    reason = failure(OpenSshTransport(ssh_config=config), server)
    assert "host key is not known, and keys are always verified; connect once with `ssh -F" in reason


@pytest.mark.parametrize("line", ["StrictHostKeyChecking no", "StrictHostKeyChecking accept-new"])
def test_no_configuration_turns_verification_off(sshd: Sshd, server: Server, line: str):
    config = sshd.configuration("lax", line, "NoHostAuthenticationForLocalhost yes", known="")
    assert "not known" in failure(OpenSshTransport(ssh_config=config), server)


def jump(sshd: Sshd, known: str) -> str:
    return (
        f"Host jump\n  HostName 127.0.0.1\n  Port {sshd.port}\n  IdentityFile {sshd.folder}/user_key\n"
        f"  UserKnownHostsFile {known}\nHost testhost\n  ProxyJump jump\n"
    )


def test_the_host_key_of_a_jump_host_is_verified_too(sshd: Sshd, server: Server):
    lax = jump(sshd, "/dev/null\n  StrictHostKeyChecking no")
    reason = failure(OpenSshTransport(ssh_config=sshd.configuration("jumping", lax)), server)
    assert "host key is not known" in reason


def test_a_jump_host_whose_key_is_known_works(sshd: Sshd, server: Server):
    config = sshd.configuration("jumps", jump(sshd, f"{sshd.folder}/known_hosts"))
    steered = Steered(OpenSshTransport(ssh_config=config), server)
    steered.connect()
    assert steered.run("echo through").stdout == "through\n"
    steered.close()


def test_a_changed_host_key_is_said_to_be_dangerous(sshd: Sshd, server: Server):
    other = (sshd.folder / "other_key.pub").read_text()
    config = sshd.configuration("changed", known=f"[127.0.0.1]:{sshd.port} {other}")
    reason = failure(OpenSshTransport(ssh_config=config), server)
    assert "CHANGED" in reason
    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}'" in reason


def test_a_refused_login_says_what_the_server_takes(sshd: Sshd, server: Server):
    config = with_key(sshd, "stranger", "host_key")
    assert "was refused; the server takes publickey" in failure(OpenSshTransport(ssh_config=config), server)


def test_a_closed_port_and_an_unknown_host_are_told_apart():
    transport = OpenSshTransport(ssh_config="none")
    assert "connection refused" in failure(transport, Server("127.0.0.1", port=1))
    transport = OpenSshTransport(ssh_config="none")
    assert "no host called `no-such-host.invalid`" in failure(transport, Server("no-such-host.invalid"))


def test_a_missing_configuration_is_an_error_and_not_ignored():
    with pytest.raises(UsageError, match="no ssh configuration"):
        OpenSshTransport(ssh_config="/no/such/file")


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ("echo hello from rc; echo oops >&2; exit 0", "ended before it read our script (it said: oops hello from rc)"),
        ("echo This account is not available.; exit 1", "This account is not available."),
    ],
)
def test_a_login_that_ends_before_the_hello_is_one_clear_error(sshd: Sshd, server: Server, shell: str, expected: str):
    (sshd.folder / "authorized_keys").write_text(
        (sshd.folder / "user_key.pub").read_text()
        + f'command="{shell}" ' + (sshd.folder / "other_key.pub").read_text()
    )
    config = with_key(sshd, "forced", "other_key")
    reason = failure(OpenSshTransport(ssh_config=config), server)
    assert expected in reason
    assert "\n" not in reason


def test_what_start_up_files_print_is_no_output(sshd: Sshd, server: Server):
    noisy = r'echo noise; echo more >&2; exec sh -c \"$SSH_ORIGINAL_COMMAND\"'
    (sshd.folder / "authorized_keys").write_text(
        (sshd.folder / "user_key.pub").read_text() + f'command="{noisy}" ' + (sshd.folder / "other_key.pub").read_text()
    )
    config = with_key(sshd, "noisy", "other_key")
    steered = Steered(OpenSshTransport(ssh_config=config), server)
    steered.connect()
    result = steered.run("echo out; echo err >&2")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
    steered.close()


def test_a_connection_that_breaks_is_lost_and_can_be_made_again(steered: Steered):
    link = steered.wire._link
    assert isinstance(link, ProcessLink)
    link._signal(signal.SIGKILL)
    first, second = steered.block(Line("sleep 60", ""), Line("echo no", ""))
    assert (first.note, first.status) == ("lost", 255)
    assert (second.note, second.out) in {("lost", b""), ("skipped", b"")}
    assert steered.run("echo gone").note == "lost"
    steered.connect()
    assert steered.run("echo back").stdout == "back\n"


def test_a_passphrase_is_asked_for_once_for_all_servers(sshd: Sshd):
    key = sshd.folder / "locked_key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "sesame", "-f", key], check=True)
    (sshd.folder / "authorized_keys").write_text(
        (sshd.folder / "user_key.pub").read_text() + (sshd.folder / "locked_key.pub").read_text()
    )
    config = with_key(sshd, "locked", "locked_key")
    Path(config).write_text(Path(config).read_text().replace("Host testhost", "Host testhost otherhost"))
    prompter = Prompter("wrong", "sesame")
    transport = OpenSshTransport(ssh_config=config, terminal=prompter)
    first, second = Steered(transport, Server("testhost")), Steered(transport, Server("otherhost"))
    second.runner.close()
    second.runner = first.runner
    first.connect()
    second.connect()
    assert second.run("echo in").stdout == "in\n"
    assert len(prompter.questions) == 2
    assert prompter.questions[0].startswith("Enter passphrase for key")
    first.runner.run(second.remote.close())
    first.close()


def test_a_question_that_nobody_answers_is_a_refused_login(sshd: Sshd, server: Server):
    key = sshd.folder / "shut_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "sesame", "-f", key], check=True)
    config = with_key(sshd, "shut", "shut_key")
    assert "was refused" in failure(OpenSshTransport(ssh_config=config, terminal=Prompter()), server)


def test_the_private_folder_is_private_and_goes(server: Server):
    transport = OpenSshTransport(ssh_config="none")
    folder = transport._folder
    assert folder.stat().st_mode & 0o777 == 0o700
    asyncio.run(transport.close())
    assert not folder.exists()


def test_the_askpass_program_imports_nothing_heavy():
    command = [sys.executable, "-I", "-S", "-X", "importtime", askpass.__file__]
    done = subprocess.run(command, capture_output=True, text=True, env={})
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "socket" in imported
    assert not {name for name in imported if name.startswith(("capify", "asyncio"))}
