"""Commands are values, and every wrapper applies to every spelling; real shells are the judges."""

import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.shell import Command, Wrapping, command, quote, render

SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
words = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), min_size=1)


def shell(text: str, argv: list[str]) -> str:
    return subprocess.run([*argv, "-c", text], check=True, capture_output=True, text=True, encoding="utf-8").stdout


@pytest.mark.parametrize("argv", SHELLS, ids=lambda argv: argv[0])
@given(words=words)
def test_words_of_a_list_arrive_as_they_are(argv: list[str], words: list[str]):
    spelled = render(command(["printf", "%s\\0", *words]))
    done = subprocess.run([*argv, "-c", spelled], check=True, capture_output=True)
    assert done.stdout == b"".join(word.encode() + b"\0" for word in words)


@given(words=words)
def test_quoting_a_list_is_quoting_its_words(words: list[str]):
    assert quote(words) == " ".join(quote(word) for word in words)


@pytest.mark.parametrize("argv", SHELLS, ids=lambda argv: argv[0])
@pytest.mark.parametrize(
    "spelling",
    [
        ["sh", "-c", 'pwd; echo "$A"; umask'],
        'pwd; echo "$A"; umask',
        'pwd; echo "$A"; umask # a comment',
        'if true; then pwd; fi\necho "$A"\numask',
        "pwd; cat <<END\n$A\nEND\numask",
        '(pwd; echo "$A") && umask',
    ],
)
def test_every_wrapper_applies_to_every_spelling(argv, spelling, tmp_path):
    folder = tmp_path / "a b"
    folder.mkdir()
    wrapped = replace(command(spelling), directory=str(folder), variables=(("A", "it's $HOME"),), umask="0027")
    assert shell(render(wrapped), argv).split("\n")[:3] == [str(folder), "it's $HOME", "0027"]


def test_nothing_runs_in_the_wrong_folder_when_the_right_one_is_not_there(tmp_path):
    mark = tmp_path / "mark"
    text = render(replace(command(f"true; touch {mark}"), directory=str(tmp_path / "absent")))
    assert subprocess.run(["sh", "-c", text], capture_output=True).returncode != 0
    assert not mark.exists()


@pytest.mark.parametrize(
    ("spelling", "line"),
    [
        ("systemctl reload app@1", "sudo -n -u root -- systemctl reload app@1"),
        (["systemctl", "reload", "a b"], "sudo -n -u root -- systemctl reload 'a b'"),
        ("cd /x", "sudo -n -u root -- sh -c 'cd /x'"),
        ("a; b", "sudo -n -u root -- sh -c 'a; b'"),
        ("A=1 b", "sudo -n -u root -- sh -c 'A=1 b'"),
        ("echo $HOME", "sudo -n -u root -- sh -c 'echo $HOME'"),
    ],
)
def test_sudo_runs_a_plain_program_itself_so_that_sudoers_can_name_it(spelling, line):
    assert render(command(spelling).as_user("root")) == line


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.root
def test_wrappers_apply_inside_sudo(tmp_path):
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    wrapped = replace(command("id -un; pwd; echo $A; umask"), directory=str(tmp_path), variables=(("A", "x"),))
    wrapped = replace(wrapped, user="nobody", umask="0077")
    assert shell(render(wrapped), ["sh"]).split() == ["nobody", str(tmp_path), "x", "0077"]


@pytest.mark.parametrize("spelling", ["", "  \n", [], "a\0b"])
def test_what_no_shell_can_run_is_refused(spelling):
    with pytest.raises(ValueError, match="command"):
        command(spelling)


def test_a_variable_must_have_a_name_that_one_can_have():
    with pytest.raises(ValueError, match="A-B"):
        render(Command("x", variables=(("A-B", "1"),)))


def test_what_a_command_states_itself_wins_over_what_surrounds_it():
    outer = Wrapping("/outer", {"A": "1", "B": "1"}, "app")
    inner = outer.around(Command("x", directory="/inner", variables=(("B", "2"),)))
    assert (inner.directory, dict(inner.variables), inner.user) == ("/inner", {"A": "1", "B": "2"}, "app")
