"""Output that is piped: whole lines, one prefix each, nothing for a terminal, nothing lost."""

import subprocess

import pytest

from .operating import FOUR, GUARD, PROGRAMS, Operator

pytestmark = pytest.mark.fleet

SERVERS = "from capify import run, server, task\n\n" + "".join(f'server("{name}", "app")\n' for name in FOUR)
MUCH = 10_000_000


def recipe(command: str) -> str:
    return f"{SERVERS}\n@task\ndef say():\n    run({command!r})\n"


def everything(operator: Operator, *words: str) -> bytes:
    """Run `cap` with stdout and stderr in one pipe."""
    done = subprocess.run(
        [PROGRAMS / "cap", *words], cwd=operator.project, env=operator.environment, check=False, timeout=GUARD * 2,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def prefixed(data: bytes) -> dict[str, list[bytes]]:
    """Sort lines by their prefix; every line must have one."""
    sorted_lines: dict[str, list[bytes]] = {name: [] for name in FOUR}
    for line in data.split(b"\n")[:-1]:
        name, bar, text = line.partition(b" | ")
        assert bar, line[:200]
        sorted_lines[name.decode().strip()].append(text)
    assert data.endswith(b"\n")
    return sorted_lines


def test_every_line_has_one_prefix(four: Operator):
    four.write({"capfile.py": recipe('for n in 1 2 3 4 5; do echo "$FLEET_HOST $n"; done')})
    said = four.does("say")
    expected = {name: [f"{name} {number}".encode() for number in range(1, 6)] for name in FOUR}
    assert prefixed(said.raw) == expected


def test_half_lines_of_several_servers_are_never_mixed(four: Operator):
    half = 'printf "<$FLEET_HOST"; sleep 0.0$n; printf " $n"; sleep 0.01; printf ">\\n"'
    four.write({"capfile.py": recipe(f"for n in 1 2 3; do {half}; done; printf rest")})
    found = prefixed(four.does("say").raw)
    assert found == {name: [*(f"<{name} {n}>".encode() for n in (1, 2, 3)), b"rest"] for name in FOUR}


def test_half_lines_on_both_streams_do_not_meet(four: Operator):
    four.write({"capfile.py": recipe('printf "out "; printf "err " >&2; printf "put\\n"; printf "or\\n" >&2')})
    data = everything(four, "say")
    found = [line.partition(b" | ")[2] for line in data.splitlines() if b" | " in line]
    assert sorted(found) == [b"err or"] * 4 + [b"out put"] * 4


def test_binary_bytes_are_shown_harmless_and_cut_no_line(four: Operator):
    command = r"""printf 'a\000b\033[31mred\007\377\376\r\nlast\033]0;title\007\n'"""
    four.write({"capfile.py": recipe(command)})
    for data in (four.does("say").raw, everything(four, "say")):
        shown = [line for line in data.split(b"\n") if b" | " in line]
        assert len(shown) == 8
        assert not any(byte in data for byte in b"\x00\x1b\x07\r")
        assert all(line.count(b" | ") == 1 for line in shown)
        data.decode("utf-8")


def test_random_bytes_are_shown_as_text_without_escapes(four: Operator):
    four.write({"capfile.py": recipe("head -c 20000 /dev/urandom")})
    data = four.does("say").raw
    assert b"\x1b" not in data
    assert all(b" | " in line for line in data.split(b"\n")[:-1])
    data.decode("utf-8")


def test_ten_megabytes_arrive_whole(four: Operator):
    four.write({"capfile.py": recipe(f"test $FLEET_HOST != web1 || seq -f %099.0f 1 {MUCH // 100}")})
    assert four.does("say").raw == b"".join(b"web1 | %099d\n" % number for number in range(1, MUCH // 100 + 1))


def test_a_line_of_ten_megabytes_is_one_line(four: Operator):
    long = f"head -c {MUCH} /dev/zero | tr '\\000' x; echo; echo end"
    four.write({"capfile.py": recipe(f"test $FLEET_HOST != web1 || {{ {long}; }}")})
    lines = four.does("say").raw.split(b"\n")
    assert all(line.startswith(b"web1 | ") for line in lines[:-1])
    assert sum(line.count(b"x") for line in lines) == MUCH
    assert lines[-2] == b"web1 | end"


def test_a_whole_invocation_is_free_of_escapes_wherever_it_goes(four: Operator):
    four.write({"capfile.py": recipe("echo hello")})
    assert b"\x1b" not in everything(four, "say")
    assert b"\x1b" not in everything(four, "-v", "say")
    assert "\x1b" not in four.does("say").out + four.does("say").err


def test_a_reader_that_went_away_is_no_fault(four: Operator):
    four.write({"capfile.py": recipe("seq 1 20000")})
    done = subprocess.run(
        ["sh", "-c", f'"{PROGRAMS}/cap" say 2>"$HOME/err" | head -n 1'], cwd=four.project, env=four.environment,
        check=True, capture_output=True, timeout=GUARD, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert four.fleet
    assert done.stdout.endswith(b" | 1\n")
    assert "Traceback" not in (four.fleet.folder / "operator/err").read_text()
