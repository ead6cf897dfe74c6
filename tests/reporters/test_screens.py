"""Claims about whole screens."""

from textwrap import dedent
from typing import Any

from capify.events import Failure, InvocationEnded, InvocationStarted, LiveNow, Outcome, Verdict
from capify.machines import Server
from capify.places import Place
from capify.reporters.screens import closing, failure_screen, opening, table
from capify.reporters.text import labels

PRODUCTION = Server("production.server.com")
DATABASE = Server("db1")
COMMIT = "1a2b3c4d5e" * 4


def screen(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def started(**changes: object) -> InvocationStarted:
    given: dict[str, Any] = {"id": "7f", "words": ("deploy",), "stage": "staging", "chosen": "default",
             "servers": (Server("web1"), Server("web2")), "user": "deploy"} | changes
    return InvocationStarted(**given)


def test_the_first_line_names_stage_servers_and_user() -> None:
    event = started(chosen="named")
    assert opening(event, labels(event.servers)) == "staging · web1, web2 · as deploy"


def test_the_first_line_says_when_the_stage_was_chosen_by_default() -> None:
    assert opening(started(), {}) == "staging (the default stage) · web1, web2 · as deploy"


def test_the_first_line_marks_a_dry_run_and_names_the_revision() -> None:
    assert opening(started(dry=True, stage=None, chosen="none", revision=COMMIT), {}) == (
        "dry run, nothing will be changed · web1, web2 · as deploy · would publish 1a2b3c4"
    )
    assert opening(started(revision="r812"), {}).endswith("· publishes r812")


def test_the_table_shows_what_is_live_now() -> None:
    ended = InvocationEnded(
        0, (Outcome(PRODUCTION, Verdict.OK),), (LiveNow(PRODUCTION, "20261123101500", COMMIT),), seconds=3.2
    )
    assert screen([*table(ended, {}), closing(ended)]) == dedent("""\
        server                 outcome  live now
        production.server.com  ok       20261123101500 (1a2b3c4)
        done in 3.2 s
    """)


def test_the_table_says_why_and_what_is_not_known() -> None:
    live = (LiveNow(PRODUCTION, "20261123101500", "r812"), LiveNow(Server("web2"), ""))
    outcomes = (
        Outcome(PRODUCTION, Verdict.FAILED, "exit 1: rake\x1b[0m db:migrate\nand more"),
        Outcome(Server("web2"), Verdict.OK),
        Outcome(DATABASE, Verdict.UNREACHED, "no route to host"),
    )
    assert screen(table(InvocationEnded(5, outcomes, live), {})) == dedent("""\
        server                 outcome    live now               why
        production.server.com  failed     20261123101500 (r812)  exit 1: rake\\x1b[0m db:migrate
        web2                   ok         nothing
        db1                    unreached  not known              no route to host
    """)


def test_a_table_without_releases_has_no_column_for_them() -> None:
    ended = InvocationEnded(0, (Outcome(DATABASE, Verdict.OK), Outcome(PRODUCTION, Verdict.UNKNOWN)))
    assert screen(table(ended, {})) == dedent("""\
        server                 outcome
        db1                    ok
        production.server.com  unknown
    """)


def test_of_very_many_servers_every_one_that_is_not_ok_has_its_line() -> None:
    fleet = [Server(f"web{n}") for n in range(200)]
    bad = {fleet[3]: "exit 1", fleet[77]: "exit 2"}
    outcomes = tuple(Outcome(s, Verdict.FAILED if s in bad else Verdict.OK, bad.get(s, "")) for s in fleet)
    live = tuple(LiveNow(s, "20261122090000" if s in bad else "20261123101500", COMMIT) for s in fleet)
    ended = InvocationEnded(1, outcomes, live)
    assert screen(table(ended, {})) == dedent("""\
        server       outcome  live now                  why
        198 servers  ok       20261123101500 (1a2b3c4)
        web3         failed   20261122090000 (1a2b3c4)  exit 1
        web77        failed   20261122090000 (1a2b3c4)  exit 2
    """)
    assert len(table(ended, {}, fold=False)) == 201


def test_an_end_without_failure_that_is_not_plain_success_says_so() -> None:
    assert closing(InvocationEnded(4, seconds=3)) == "done, but something needs a look after 3.0 s (exit 4)"
    assert closing(InvocationEnded(0, seconds=3), dry=True) == "dry run done in 3.0 s, nothing was changed"


def test_the_failure_screen_says_everything_in_one_view() -> None:
    failure = Failure(
        "command failed on `db1` of 2 servers\n  db1 | exit 1: rake db:migrate", "deploy:migrate",
        Place("config/deploy.py", 31), "cd /var/www/shop &&\nrake db:migrate",
        {DATABASE: ("rake aborted!", "PG::Bad \x1b[31m")}, {DATABASE: "exit 1", PRODUCTION: "exit 0"},
        "nothing: the release before is live", "cap production deploy:check",
    )
    ended = InvocationEnded(6, failure=failure, seconds=12.4)
    assert screen(failure_screen(ended, failure, {}, log="/home/ann/shop.log")) == dedent("""\
        db1 | rake aborted!
        db1 | PG::Bad \\x1b[31m

        failed, and rolled back after 12.4 s: command failed on `db1` of 2 servers
          task     deploy:migrate
          at       config/deploy.py:31
          command  cd /var/www/shop &&
                   rake db:migrate
          servers  db1                    exit 1
                   production.server.com  exit 0
          changed  nothing: the release before is live
          next     cap production deploy:check
          log      /home/ann/shop.log
    """)


def test_a_failure_of_which_little_is_known_says_only_that() -> None:
    failure = Failure("could not connect to `db1`\n  db1 | connection refused")
    assert screen(failure_screen(InvocationEnded(5, seconds=0.2), failure, {})) == dedent("""\
        could not connect to `db1` after 0.2 s
          db1 | connection refused
    """)


def test_what_many_servers_said_alike_is_shown_once() -> None:
    fleet = [Server(f"web{n}") for n in range(4)]
    failure = Failure("command failed", tails=dict.fromkeys(fleet[:3], ("no space left",)) | {fleet[3]: ("killed",)})
    assert screen(failure_screen(InvocationEnded(1), failure, {})) == dedent("""\
        web0 | no space left
        (the same from web1, web2)

        web3 | killed

        failed: command failed
    """)


def test_the_last_twenty_lines_of_a_server_are_whole_however_long() -> None:
    failure = Failure("x", tails={DATABASE: tuple(f"{n} {'y' * 100_000}" for n in range(50))})
    lines = failure_screen(InvocationEnded(1), failure, {})
    assert lines[:20] == [f"db1 | {n} {'y' * 100_000}" for n in range(30, 50)]


def test_the_last_lines_name_the_failing_command_however_many_servers_failed() -> None:
    fleet = [Server(f"web{n}") for n in range(200)]
    failure = Failure(
        "command failed", "deploy:restart", Place("a.py", 1), "restart-it",
        {s: tuple(f"{s} line {n}" for n in range(20)) for s in fleet[:100]},
        {s: "exit 3" if s in fleet[:100] else "exit 0" for s in fleet}, "some", "try",
    )
    last = failure_screen(InvocationEnded(7), failure, {}, log="/x.log")[-30:]
    assert "  command  restart-it" in last
    assert f"  servers  exit 3: {', '.join(map(str, fleet[:100]))}" in last
    assert f"           exit 0: {', '.join(map(str, fleet[100:108]))} and 92 more" in last


def test_a_fault_of_our_own_shows_its_traceback_above_the_facts() -> None:
    failure = Failure("this is a fault of Capify", "deploy", traceback="Traceback:\n  File x\nKeyError: 1\n")
    assert screen(failure_screen(InvocationEnded(1), failure, {})) == (
        "  Traceback:\n    File x\n  KeyError: 1\nfailed: this is a fault of Capify\n  task     deploy\n"
    )
