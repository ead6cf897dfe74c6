"""Words that are used oddly: each is refused where it was written, or does what it says; never something else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import (
    abort,
    as_user,
    capture,
    cd,
    config,
    download,
    env,
    exists,
    namespace,
    put,
    role,
    run,
    run_locally,
    script,
    server,
    sudo,
    task,
    test,
    upload,
)  # fmt: skip
from capify.errors import TaskFailed
from capify.events import CommandPreviewed, CommandStarted, InvocationEnded, Undecided
from capify.outcomes import Verdict
from capify.shell import command as spelled
from capify.shell import quote, render


def playing(body: Callable[[], Any], **given: Any) -> Rehearsal:
    """One server `a1`, and one task with this body."""

    def recipe() -> None:
        server("a1", "app")
        task("work")(body)

    return Rehearsal(recipe, **given)


def message(ended: InvocationEnded) -> str:
    assert ended.failure is not None
    return ended.failure.message


MISUSES: dict[str, tuple[Callable[[], object], str]] = {
    "bytes": (lambda: run(b"ls"), "cannot be a word"),
    "None": (lambda: run(None), "`None` cannot be a word"),  # type: ignore[arg-type]
    "a list in a list": (lambda: run(["echo", ["a"]]), "cannot be a word"),
    "None in a list": (lambda: run(["echo", None]), "`None` cannot be a word"),
    "a generator": (lambda: run(x for x in "ab"), "cannot be a word"),  # type: ignore[arg-type]
    "an empty list": (lambda: run([]), "empty"),
    "a bad variable": (lambda: run("x", env={"A B": "1"}), "`A B` cannot be the name"),
    "a NUL in a value": (lambda: run("x", env={"A": "a\0b"}), "NUL"),
    "no value": (lambda: env(A=None), "`None` cannot be"),
    "an option as user": (lambda: sudo("x", user="-x"), "`-x` is not a user name"),
    "an option as user, around": (lambda: as_user("-x"), "`-x` is not a user name"),
    "no user": (lambda: as_user(""), "`` is not a user name"),
    "no folder": (lambda: cd(None), "`None` cannot be"),
    "an unknown argument of run's kin": (lambda: sudo("x", onec=True), "no argument `onec`"),
    "an unknown argument of capture": (lambda: capture("x", onec=True), "no argument `onec`"),
    "an unknown argument of put": (lambda: put("x", "/x", onec=True), "no argument `onec`"),
    "an unknown server": (lambda: run("x", on=["a1", "a7"]), "no server `a7` is declared"),
    "a mode that is none": (lambda: put("x", "/x", mode="rw"), "is not a mode"),
    "no content": (lambda: put(None, "/x"), "text or bytes"),  # type: ignore[arg-type]
    "no path": (lambda: exists(None), "`None` cannot be"),
    "input from nowhere": (lambda: run("cat", stdin=Path("nowhere")), "there is no file"),
    "an exit status that a shell would cut": (lambda: abort("x", exit=256), "from 1 to 255"),
}


@pytest.mark.parametrize("case", MISUSES)
def test_a_misused_word_is_an_error_of_the_recipe_with_its_line_and_sends_nothing(case: str, tmp_path: Path):
    misuse, said = MISUSES[case]
    rehearsal = playing(misuse, root=tmp_path)
    ended = rehearsal.runs("work")
    assert said in message(ended)
    assert ended.failure is not None
    assert (ended.status, ended.failure.ours, ended.failure.traceback) == (2, False, "")
    assert str(ended.failure.place).startswith("tests/engine/test_attack_words.py:")
    assert rehearsal.commands("a1") == []


def test_paths_and_numbers_are_words_and_values():
    assert render(spelled(["tail", "-n", 5, Path("/a b")])) == "tail -n 5 '/a b'"
    assert render(spelled("x").with_variables({"A": 1, "B": "a\nb"})) == "export A=1 && export B='a\nb' && { x\n}"


@pytest.mark.parametrize("words", [["cd", "/x"], ["A=b", "x"]])
def test_what_sudo_cannot_start_as_a_program_goes_through_a_shell(words: list[str]):
    assert render(spelled(words).as_user("app")) == f"sudo -n -u app -- sh -c {quote(' '.join(words))}"


def test_what_server_returned_still_means_that_server_when_the_user_is_known():
    kept = []

    def recipe() -> None:
        config.user = "deploy"
        one = server("a1", "app")
        server("a2", "app")

        @task
        def work():
            kept.append(run("x", on=one)[one].ok)

    rehearsal = Rehearsal(recipe)
    assert rehearsal.runs("work").status == 0
    assert (kept, rehearsal.commands("a2")) == ([True], [])


def test_a_server_is_named_by_its_address_too():
    def recipe() -> None:
        server("deploy@a1:2222", "app")

        @task
        def work():
            for name in ("a1", "a1:2222", "deploy@a1", "deploy@a1:2222"):
                run("x", on=name)

    assert Rehearsal(recipe).runs("work").status == 0


def test_the_result_of_a_server_that_was_not_asked_is_a_key_error_that_says_who_was():
    def body() -> None:
        results = run("x")
        assert results.get("a7") is None  # type: ignore[call-overload]
        results["a7"]

    ended = playing(body).runs("work")
    assert "the command went to `a1`" in message(ended)
    assert ended.failure is not None
    assert not ended.failure.ours


def test_a_task_that_carries_on_does_not_count_the_failed_as_an_answer():
    kept: list[Any] = []

    def recipe() -> None:
        role("app", "a1", "a2")

        @task(on_error="continue")
        def work():
            kept.append(capture("cat VERSION"))
            kept.append(list(capture("cat VERSION", each=True).values()))

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("cat VERSION").fails(1)
    rehearsal["a2"].on("cat VERSION").says("7\n")
    assert rehearsal.runs("work").status == 1
    assert kept == ["7", ["7"]]


@pytest.mark.parametrize("ask", [lambda: capture("x"), lambda: test("x"), lambda: script("x", reads=True)])
def test_a_question_that_the_operator_skips_has_no_answer(ask: Callable[[], object]):
    rehearsal = playing(ask, asks=True, answers=["n"])
    ended = rehearsal.runs("work")
    assert "skipped by the operator" in message(ended)
    assert (ended.status, rehearsal.commands("a1"), rehearsal.seen(CommandStarted)) == (1, [], [])


@pytest.mark.parametrize("look", ["ok", "stdout", "stderr", "status", "text", "out"])
def test_a_local_command_that_was_only_previewed_has_no_result(look: str):
    rehearsal = playing(lambda: getattr(run_locally("make"), look), dry=True)
    assert rehearsal.runs("work").status == 0
    assert "it depends on what `make` gives" in rehearsal.seen(Undecided)[0].reason
    assert [event.command for event in rehearsal.seen(CommandPreviewed)] == ["make"]


def test_a_local_command_in_a_folder_that_is_not_there_is_told_as_such(tmp_path: Path):
    ended = playing(lambda: run_locally("true", cwd="nowhere"), root=tmp_path).runs("work")
    assert (ended.status, message(ended)) == (1, f"there is no folder `{tmp_path}/nowhere` to run a local command in")


def test_a_local_command_takes_numbers_in_its_environment(tmp_path: Path):
    kept = []
    playing(lambda: kept.append(run_locally('echo "$A"', env={"A": 5}).text), root=tmp_path).runs("work")
    assert kept == ["5"]


def test_a_mode_may_be_a_number():
    rehearsal = playing(lambda: put("x", "/x", mode=0o750))
    assert rehearsal.runs("work").status == 0
    assert "chmod 0750 " in rehearsal["a1"].lines[0].text


def test_a_folder_is_not_uploaded_with_a_mode_or_owner_that_it_would_not_get(tmp_path: Path):
    (tmp_path / "site").mkdir()
    rehearsal = playing(lambda: upload("site", "/srv/site", owner="www"), root=tmp_path)
    assert "takes no `mode` and no `owner`" in message(rehearsal.runs("work"))
    assert rehearsal.commands("a1") == []


def test_a_file_is_never_put_into_a_folder_of_its_name(tmp_path: Path):
    (tmp_path / "target").mkdir()
    rehearsal = playing(lambda: put("x", tmp_path / "target"))
    rehearsal.runs("work")
    line = rehearsal["a1"].lines[0]
    kept = []
    again = playing(lambda: kept.append(run_locally(["sh", "-c", line.text], check=False)), root=tmp_path)
    again.runs("work")
    assert (kept[0].ok, list((tmp_path / "target").iterdir())) == (False, [])
    assert "is a folder" in kept[0].stderr


def test_two_users_of_one_host_are_downloaded_into_two_files(tmp_path: Path):
    def recipe() -> None:
        role("app", "one@a1", "two@a1", "a2")

        @task
        def work():
            download("/etc/motd", "got/{host}")

    rehearsal = Rehearsal(recipe, root=tmp_path)
    rehearsal["a1"].on(r"").says("hello\n")
    assert rehearsal.runs("work").status == 0
    assert sorted(path.name for path in (tmp_path / "got").iterdir()) == ["a2", "one@a1", "two@a1"]


def test_a_download_that_cannot_be_stored_fails_like_a_command(tmp_path: Path):
    (tmp_path / "file").write_text("")
    ended = playing(lambda: download("/etc/motd", "file/x"), root=tmp_path).runs("work")
    assert (ended.status, "cannot make the folder" in message(ended)) == (1, True)


def test_what_fails_on_the_operators_side_leaves_the_other_servers_results_alone():
    def recipe() -> None:
        role("app", "a1", "a2")

        @task
        def work():
            run("x")

    rehearsal = Rehearsal(recipe)

    async def fails(*_: object) -> Any:
        raise TaskFailed("cannot read `x`: gone")

    rehearsal["a1"].execute = fails  # type: ignore[method-assign, assignment]
    ended = rehearsal.runs("work")
    assert {str(one.server): one.verdict for one in ended.outcomes} == {"a1": Verdict.FAILED, "a2": Verdict.OK}
    assert message(ended) == "command failed on `a1` of 2 servers"


def test_invoke_takes_a_namespace_and_refuses_a_function():
    from capify import invoke

    kept = []

    def recipe() -> None:
        server("a1", "app")
        deploy = namespace("deploy")

        @task("deploy")
        def whole():
            kept.append(1)

        @task
        def work():
            invoke(deploy)
            invoke(len)  # type: ignore[arg-type]

    assert "`len` is a function, not a task" in message(Rehearsal(recipe).runs("work"))
    assert kept == [1]


def test_more_output_than_is_kept_is_no_answer_of_a_local_command(monkeypatch: pytest.MonkeyPatch):
    from capify import capture_locally
    from capify.blocks import Line

    monkeypatch.setattr(Line.__init__, "__defaults__", (*(Line.__init__.__defaults__ or ())[:-1], 10))
    ended = playing(lambda: capture_locally("echo 123456789012")).runs("work")
    assert (ended.status, message(ended)) == (1, "the output is too long to capture: echo 123456789012")


def test_long_answers_that_differ_fit_on_a_screen():
    def recipe() -> None:
        role("app", "a1", "a2")
        task("work")(lambda: capture("cat"))

    rehearsal = Rehearsal(recipe)
    rehearsal["a1"].on("cat").says("x" * 5000)
    ended = rehearsal.runs("work")
    assert "… (5000 characters)" in message(ended)
    assert len(message(ended)) < 400
