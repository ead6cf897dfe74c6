"""What commands may do to the shell that runs them: each once, in every shell. A plain command follows each."""

import asyncio
import re
import signal
from collections.abc import Callable

import pytest
from tests.steering import Steered, alive, kill, token, wait_until

from capify.blocks import Block, Line
from capify.outcomes import LOST


def test_output_and_complaints_stay_apart(courier: Steered):
    result = courier.run("echo out; echo err >&2; echo out2")
    assert (result.stdout, result.stderr, result.status) == ("out\nout2\n", "err\n", 0)


def test_exit_ends_the_command_only(courier: Steered):
    assert courier.run("exit 3").status == 3


def test_exec_replaces_the_command_only(courier: Steered):
    result = courier.run("exec sh -c 'echo replaced; exit 4'")
    assert (result.stdout, result.status) == ("replaced\n", 4)


def test_exec_of_nothing_fails_the_command_only(courier: Steered):
    assert courier.run("exec /no/such/program").status in {126, 127}


def test_set_e_ends_the_command_only(courier: Steered):
    result = courier.run("set -e; false; echo not here")
    assert (result.stdout, result.status) == ("", 1)


def test_set_u_ends_the_command_only(courier: Steered):
    result = courier.run("set -u; echo $capify_no_such_variable; echo not here")
    assert result.stdout == ""
    assert result.status != 0


@pytest.mark.parametrize("text", ["if true", "echo 'never closed", ")", "for x in 1 2; do"])
def test_a_syntax_error_fails_the_command_only(courier: Steered, text: str):
    result = courier.run(text)
    assert result.status != 0
    assert result.stderr


def test_a_segmentation_fault_is_a_signal(courier: Steered):
    assert courier.run("kill -SEGV $$").status == 128 + signal.SIGSEGV


def test_a_command_that_kills_itself_is_a_signal(courier: Steered):
    assert courier.run("kill -9 $$").status == 128 + signal.SIGKILL


def test_a_command_that_kills_its_group_leaves_the_courier(courier: Steered):
    assert courier.run("kill -9 0").status == 128 + signal.SIGKILL


def test_a_command_that_kills_its_parent_is_lost_and_the_next_runs(courier: Steered):
    sleep = token()
    result = courier.run(f"kill -9 $PPID; sleep {sleep}")
    assert (result.note, result.status) == ("lost", LOST)
    assert alive(sleep) == []


def test_a_folder_is_left_behind(courier: Steered):
    first = courier.run("pwd").stdout
    assert courier.run("cd / && pwd").stdout == "/\n"
    assert courier.run("pwd").stdout == first


def test_a_umask_is_left_behind(courier: Steered):
    first = courier.run("umask").stdout
    courier.run("umask 0777")
    assert courier.run("umask").stdout == first


def test_an_exported_variable_is_left_behind(courier: Steered):
    courier.run("export CAPIFY_TEST=1 PATH=/nowhere")
    assert courier.run('echo "${CAPIFY_TEST-unset}"; command -v cat >/dev/null && echo cat').stdout == "unset\ncat\n"


def test_redefined_builtins_do_no_harm(courier: Steered):
    definitions = "".join(f"{name}() {{ :; }}; " for name in ("printf", "echo", "read", "kill", "cat"))
    assert courier.run(f"{definitions} echo gone; exit 5").status == 5


def test_an_exit_trap_runs_before_the_end(courier: Steered):
    result = courier.run("trap 'echo trapped; exit 7' EXIT; exit 1")
    assert (result.stdout, result.status) == ("trapped\n", 7)


def test_an_alias_is_left_behind(courier: Steered):
    courier.run("alias echo='exit 9'")
    assert courier.run("echo plain").stdout == "plain\n"


def test_unset_separators_and_path_do_no_harm(courier: Steered):
    assert courier.run("unset IFS PATH; x='a b'; echo $x").stdout == "a b\n"


def test_closed_descriptors_do_no_harm(courier: Steered):
    assert courier.run("exec 1>&- 2>&- 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exit 6").status == 6


def test_a_missing_line_end_stays_missing(courier: Steered):
    result = courier.run("printf a; printf b >&2")
    assert (result.out, result.err) == (b"a", b"b")


def test_binary_output_is_unharmed(courier: Steered):
    everything = b"".join(bytes([number]) for number in range(256))
    assert courier.run("cat", stdin=everything * 8).out == everything * 8


def test_output_that_looks_like_a_marker_is_unharmed(courier: Steered):
    pieces = [f"\x1e{courier.session._mark[:length]}".encode() for length in (0, 1, 11, 31)]
    output = b"\x1e\x1e" + b"x".join(pieces)
    assert courier.run("cat", stdin=output).out == output


def test_the_marker_is_hidden_from_commands(courier: Steered):
    result = courier.run("set; env; cat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/cmdline; ps axww; echo; echo end")
    assert courier.session._mark not in result.stdout
    assert result.stdout.endswith("end\n")


def test_the_text_of_a_command_is_in_no_argument_list(courier: Steered):
    word = token()
    result = courier.run(f": {word}; cat /proc/[0-9]*/cmdline 2>/dev/null; echo end")
    assert word not in result.stdout
    assert result.stdout.endswith("end\n")


def test_standard_input_is_empty(courier: Steered):
    assert courier.run("cat; readlink /proc/$$/fd/0").stdout == "/dev/null\n"


def test_signals_have_their_defaults(courier: Steered):
    assert re.search(r"SigIgn:\s0+\n", courier.run("cat /proc/self/status").stdout)


def test_an_interrupt_ends_a_command(courier: Steered):
    assert courier.run("sh -c 'kill -INT $$; echo survived'").stdout == ""


def test_only_the_standard_descriptors_are_open(courier: Steered):
    assert courier.run("exec ls /proc/self/fd").stdout.split()[:4] == ["0", "1", "2", "3"]  # 3 is ls reading


def test_a_background_child_that_keeps_the_output_open_holds_up_nothing(courier: Steered):
    sleep = token()
    assert courier.run(f"sleep {sleep} & echo done").stdout == "done\n"
    assert courier.run("echo next").stdout == "next\n"
    wait_until(lambda: len(alive(sleep)) == 1)  # a daemon of a finished command is never touched
    kill(sleep)


def test_a_command_leads_its_group_and_session(courier: Steered):
    me, group, session = courier.run("echo $$ $(cut -d' ' -f5,6 /proc/$$/stat)").stdout.split()
    assert me == group == session


def test_quoting_is_the_commands_own(courier: Steered):
    text = """printf '%s\\n' 'a  b' "c\\"d" e\\ f '$HOME' "it's" '!' '\\n' '%s' # and a comment"""
    assert courier.run(text).stdout == "a  b\nc\"d\ne f\n$HOME\nit's\n!\n\\n\n%s\n"


def test_a_here_document_needs_no_line_end(courier: Steered):
    assert courier.run("cat <<END\nline\nEND").stdout == "line\n"


def test_bytes_that_are_no_utf8_are_unharmed(courier: Steered):
    result = courier.run(b"printf %s 'caf\xe9'".decode("utf-8", "surrogateescape"))
    assert result.out == b"caf\xe9"


def test_a_text_of_a_megabyte_runs(courier: Steered):
    lines = "x=0\n" + "x=$((x + 1)) # and forty characters of comment.....\n" * 21000
    assert courier.run(f"{lines}echo $x").stdout == "21000\n"


def test_a_word_of_a_megabyte_arrives(courier: Steered):
    assert courier.run(f"x='{'y' * 1_000_000}'; echo ${{#x}}").stdout == "1000000\n"


@pytest.mark.parametrize("size", [1, 4095, 60_000, 300_000])
def test_standard_input_of_any_size_arrives(courier: Steered, size: int):
    assert courier.run("wc -c", stdin=b"z" * size).stdout.strip() == str(size)


def test_standard_input_that_nobody_reads_is_not_taken_for_commands(courier: Steered):
    evil = b"Q\nR 99 99 1 0\necho evil\n" * 2000
    first, second = courier.block(Line("exit 0", "", stdin=evil), Line("echo good", ""))
    assert (first.status, second.stdout) == (0, "good\n")


def test_output_comes_while_the_command_runs(courier: Steered):
    came = asyncio.Event()

    async def scenario() -> bool:
        block = Block((Line("echo early; sleep 60", ""),))
        task = asyncio.create_task(courier.remote.execute(block, lambda *_: came.set()))
        await asyncio.wait_for(came.wait(), 20)
        early = not task.done()
        task.cancel()
        await asyncio.wait([task])
        return early

    assert courier.runner.run(scenario())


def test_a_command_that_takes_too_long_is_ended(courier: Steered):
    sleep = token()
    result = courier.run(f"echo before; sleep {sleep}", timeout=0.3)
    assert (result.stdout, result.note, result.status) == ("before\n", "timed out after 0.3 s", 143)
    assert alive(sleep) == []


def test_a_command_that_ignores_its_end_is_killed(courier: Steered):
    sleep = token()
    result = courier.run(f"trap '' TERM HUP INT; sleep {sleep}; sleep {sleep}", timeout=0.3)
    assert (result.note, result.status) == ("timed out after 0.3 s", 137)
    assert alive(sleep) == []


def test_a_silent_command_is_ended_and_a_talking_one_is_not(courier: Steered):
    assert courier.run("for x in 1 2 3 4 5 6 7 8; do echo $x; sleep 0.1; done", silence=0.5).ok
    assert courier.run("echo x; sleep 60", silence=0.3).note == "silent for 0.3 s"


def test_a_failure_skips_the_rest_of_its_block(courier: Steered):
    results = courier.block(*(Line(text, text) for text in ("echo a", "exit 2", "echo c", "echo d")))
    assert [result.status for result in results][:2] == [0, 2]
    assert [result.note for result in results] == ["", "", "skipped", "skipped"]
    assert all(result.out == b"" for result in results[2:])


def test_a_command_that_ends_well_when_stopped_still_stops_its_block(courier: Steered):
    proof = token()
    first, second = courier.block(
        Line("trap 'exit 0' TERM; sleep 60 & wait", "", timeout=0.3), Line(f"sleep {proof} & echo ran", "")
    )
    assert first.note == "timed out after 0.3 s"
    assert (second.note, second.out, alive(proof)) == ("skipped", b"", [])


def test_it_closes_cleanly(start: Callable[..., Steered]):
    courier = start()
    link = courier.wire._link
    courier.runner.run(courier.remote.close())
    assert courier.runner.run(link.wait()) == 0


def test_many_short_commands_in_one_block_keep_their_output_apart(courier: Steered):
    results = courier.block(*(Line(f"echo {number}; echo {number} >&2", "") for number in range(60)))
    assert [result.stdout for result in results] == [f"{number}\n" for number in range(60)]
    assert [result.stderr for result in results] == [f"{number}\n" for number in range(60)]


def test_large_texts_in_one_block_do_not_block(courier: Steered):
    results = courier.block(*(Line(f": {'x' * 30_000}\necho {number}", "") for number in range(6)))
    assert [result.stdout for result in results] == [f"{number}\n" for number in range(6)]


def test_a_flood_on_both_streams_arrives_whole_and_is_kept_up_to_its_bound(courier: Steered):
    result = courier.run("head -c 3000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait", keep=1000)
    assert (len(result.out), len(result.err), result.truncated) == (1000, 1000, True)
    watched = {name: sum(len(data) for _, stream, data in courier.seen if stream == name) for name in ("out", "err")}
    assert watched == {"out": 3_000_000, "err": 3_000_000}


def test_the_environment_is_the_logins_own(courier: Steered):
    names = set(re.findall(r"^(\w+)=", courier.run("env").stdout, re.MULTILINE))
    assert "CAPIFY_TAG" in names
    assert not {name for name in names if name.startswith("cap_")}


def test_nothing_is_left_of_the_courier_when_it_is_closed(start: Callable[..., Steered]):
    courier = start()
    tag = courier.session.tag
    courier.close()
    wait_until(lambda: not alive(tag))
