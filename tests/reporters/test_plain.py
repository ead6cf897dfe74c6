"""Claims about what an invocation looks like."""

import io
import re
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.events import (
    CommandEnded,
    CommandPreviewed,
    CommandStarted,
    Connected,
    ConnectionLost,
    Event,
    Failure,
    Interrupting,
    InvocationEnded,
    InvocationStarted,
    LiveNow,
    Notice,
    Outcome,
    OutputLine,
    TaskEnded,
    TaskSkipped,
    TaskStarted,
    Undecided,
    Undoing,
    Verdict,
    Warned,
)
from capify.machines import Server
from capify.places import Place
from capify.reporters.plain import Plain
from capify.reporters.text import harmless

WEB1, WEB2, DB = FLEET = (Server("web1"), Server("web2"), Server("db1.example.org"))
COMMIT = "1a2b3c4d5e" * 4
GOLDEN = Path(__file__).parent / "golden"
STARTED = InvocationStarted("7f", ("deploy",), "staging", "default", FLEET, "deploy", COMMIT, log="/home/ann/shop.log")
DEPLOY: tuple[Event, ...] = (
    Warned("`deploy_too` is set, and nothing reads it; did you mean `deploy_to`?", (Place("config/deploy.py", 12),)),
    STARTED,
    Notice("no server is marked primary: the first, `web1`, is", Place("config/deploy/staging.py", 3)),
    Connected(WEB1, "openssh"),
    TaskStarted("deploy", FLEET, place=Place("capify/standard/deploy.py", 4)),
    TaskStarted("deploy:update_code", FLEET, 1),
    CommandStarted("readlink /var/www/shop/current", FLEET, reads=True),
    OutputLine(WEB1, "out", "/var/www/shop/releases/20261122090000", quiet=True),
    CommandEnded(WEB1, "readlink /var/www/shop/current", 0, "", 0.04, quiet=True),
    CommandStarted("git clone -q ssh://ourserver/shop.git \\\n  /var/www/shop/releases/20261123101500", FLEET),
    OutputLine(WEB1, "err", "Cloning into '20261123101500'..."),
    OutputLine(DB, "out", "\x1b[2Jowned\x07 by \u202egpj.exe"),
    CommandEnded(WEB1, "git clone", 0, "", 2.1),
    CommandStarted("test -e Gemfile", (WEB2,)),
    CommandEnded(WEB2, "test -e Gemfile", 1, quiet=True),
    TaskEnded("deploy:update_code", ok=True, depth=1),
    TaskStarted("deploy:migrate", (DB,), 1, hook_of="before deploy:update", place=Place("config/deploy.py", 31)),
    CommandStarted("rake db:migrate", (DB,)),
    OutputLine(None, "out", "told the team"),
    OutputLine(DB, "err", "rake aborted!"),
    CommandEnded(DB, "rake db:migrate", 1, "", 9.0),
    TaskEnded("deploy:migrate", ok=False, depth=1),
    TaskStarted("deploy:restart", (WEB1, WEB2), 1, 2, 3),
    CommandStarted("sudo systemctl reload shop", (WEB1,)),
    TaskEnded("deploy:restart", ok=True, depth=1),
    TaskSkipped("deploy:cleanup", "no server has the role `app`"),
    ConnectionLost(WEB2, "Connection reset by peer"),
    Interrupting(),
    Undoing("deploy:update_code"),
    LiveNow(WEB1, "20261122090000", COMMIT),
    InvocationEnded(
        6,
        (
            Outcome(WEB1, Verdict.OK), Outcome(WEB2, Verdict.UNKNOWN, "connection lost"),
            Outcome(DB, Verdict.FAILED, "exit 1"),
        ),
        (LiveNow(WEB1, "20261122090000", COMMIT), LiveNow(DB, "20261122090000", COMMIT)),
        Failure(
            "command failed on `db1.example.org`\n  db1.example.org | exit 1: rake db:migrate", "deploy:migrate",
            Place("config/deploy.py", 31), "rake db:migrate", {DB: ("rake aborted!", "PG::ConnectionBad")},
            {DB: "exit 1"},
            "nothing: `current` was not touched, and the new release was removed again", "cap staging deploy:check",
        ),
        12.44,
    ),
)


def shown(events: Iterable[Event], *, verbosity: int = 0, colour: bool = False) -> tuple[str, str]:
    """What stands on standard output, and on standard error."""
    out, err = io.StringIO(), io.StringIO()
    reporter = Plain(out, err, verbosity=verbosity, colour=colour)
    for second, event in enumerate(events):
        reporter.handle(event, 1_000_000_000 + second)
    reporter.close()
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(("name", "verbosity"), [("quiet", -1), ("normal", 0), ("verbose", 1)])
def test_a_deployment_that_failed_looks_like_this(name: str, verbosity: int) -> None:
    out, err = shown(DEPLOY, verbosity=verbosity)
    screen = f"--- standard output\n{out}--- standard error\n{err}"
    assert screen == (GOLDEN / f"failed-deploy-{name}.txt").read_text(encoding="utf-8")


def test_a_small_task_looks_like_this() -> None:
    out, err = shown([
        InvocationStarted("7f", ("production", "uname"), "production", "named", (WEB1,), "www-data"),
        TaskStarted("uname", (WEB1,)),
        CommandStarted("uname -a", (WEB1,)),
        OutputLine(WEB1, "out", "Linux web1 6.1.0"),
        CommandEnded(WEB1, "uname -a", 0),
        TaskEnded("uname", ok=True),
        InvocationEnded(0, (Outcome(WEB1, Verdict.OK),), seconds=0.41),
    ])
    assert out == "web1 | Linux web1 6.1.0\n"
    assert err == dedent("""\
        production · web1 · as www-data
        uname
          $ uname -a

        server  outcome
        web1    ok
        done in 0.4 s
    """)


def test_a_dry_run_looks_like_this() -> None:
    out, err = shown([
        InvocationStarted("7f", ("-n", "deploy"), None, "none", (WEB1, WEB2), "deploy", dry=True),
        TaskStarted("restart", (WEB1, WEB2)),
        CommandPreviewed("sudo systemctl reload shop", (WEB1, WEB2)),
        CommandPreviewed("curl -s https://chat/done", ()),
        Undecided("restart", "what it does next depends on the answer of `systemctl`"),
        TaskEnded("restart", ok=True),
        InvocationEnded(0, (), seconds=0.41),
    ])
    assert out == ""
    assert err == dedent("""\
        dry run, nothing will be changed · web1, web2 · as deploy
        restart
          would run on web1, web2: sudo systemctl reload shop
          would run locally: curl -s https://chat/done
          decided at run time: what it does next depends on the answer of `systemctl` (restart)
        dry run done in 0.4 s, nothing was changed
    """)


def test_an_invocation_that_touches_no_server_has_no_first_line() -> None:
    none = InvocationStarted("7f", ("build",), None, "none", (), "")
    assert shown([none, TaskStarted("build", ()), InvocationEnded(0, seconds=3)]) == ("", "build\ndone in 3.0 s\n")


def test_a_task_of_the_operators_machine_says_so_where_servers_are_meant() -> None:
    assert shown([STARTED, TaskStarted("build", ())])[1].endswith("\nbuild · local\n")


def test_a_command_for_a_part_of_the_wave_names_its_servers() -> None:
    lines = shown([
        STARTED, TaskStarted("t", (WEB1, WEB2)), CommandStarted("a \\\nb", (WEB2,)), CommandStarted("c", ()),
    ])[1]
    assert lines.endswith("t · web1, web2\n  web2 $ a \\\n         b\n  local $ c\n")


def test_commands_after_a_called_task_belong_to_the_caller_again() -> None:
    lines = shown([
        STARTED, TaskStarted("outer", FLEET), TaskStarted("inner", (DB,), 1), CommandStarted("a", (DB,)),
        TaskEnded("inner", ok=True, depth=1), CommandStarted("b", FLEET), TaskEnded("unheard of", ok=True),
    ])[1]
    assert lines.endswith("outer\n  inner · db1.example.org\n    $ a\n  $ b\n")


def test_a_command_that_was_skipped_is_no_failure_on_the_screen() -> None:
    assert shown([CommandEnded(WEB1, "x", 255, "skipped")]) == ("", "")
    assert shown([CommandEnded(WEB1, "x", 255, "lost")])[1] == "  web1: lost (exit 255)\n"


def test_text_of_several_lines_cannot_pass_for_several_messages() -> None:
    assert shown([Warned("look\ndone in 1 s")])[1] == "warning: look\n  done in 1 s\n"
    assert shown([Notice("look\ndone in 1 s")])[1] == "note: look\n  done in 1 s\n"
    assert shown([ConnectionLost(WEB1, "reset\ndone in 1 s")])[1] == (
        "lost the connection to web1, what ran there is unknown: reset\n  done in 1 s\n"
    )


LINES = st.lists(st.tuples(st.sampled_from(FLEET), st.text(st.characters(exclude_characters="\r\n"))), max_size=30)


@given(LINES)
def test_every_line_has_exactly_one_prefix_and_reassembles(lines: list[tuple[Server, str]]) -> None:
    out, _ = shown([STARTED, *(OutputLine(server, "out", line) for server, line in lines)])
    assert out.count("\n") == len(lines)
    for server in FLEET:
        prefix = f"{server.name:<15} | "
        got = [line.removeprefix(prefix) for line in out.split("\n") if line.startswith(prefix)]
        assert got == [harmless(line) for known, line in lines if known == server]


@given(st.lists(st.text(), min_size=1), st.integers(-1, 2))
def test_whatever_servers_say_no_escape_reaches_the_screen(said: list[str], verbosity: int) -> None:
    text = "\x1b[2J".join(said)
    ended = InvocationEnded(
        1, (Outcome(DB, Verdict.FAILED, text),), (LiveNow(DB, text, text),),
        Failure(text, text, Place(text, 1), text, {DB: (text,)}, {DB: text}, text, text, text), 1,
    )
    for screen in shown([
        STARTED, OutputLine(DB, "out", text), OutputLine(DB, "err", text), ConnectionLost(DB, text), Warned(text),
        Notice(text, Place(text)), TaskStarted(text, FLEET, hook_of=text), CommandStarted(text, (DB,)),
        LiveNow(DB, text, text), CommandEnded(DB, text, 1, text), TaskSkipped(text, text), Undoing(text),
        Undecided(text, text), CommandPreviewed(text, FLEET), Connected(DB, text), TaskEnded(text, ok=False), ended,
    ], verbosity=verbosity):
        assert re.findall(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]", screen) == []


def test_colour_marks_what_matters_and_never_what_is_piped() -> None:
    out, err = shown([STARTED, OutputLine(WEB1, "out", "x"), Warned("y"), InvocationEnded(0, seconds=1)], colour=True)
    assert out == "web1            | x\n"
    assert err.startswith("\x1b[1mstaging (the default stage) · web1")
    assert err.endswith("\x1b[33mwarning:\x1b[0m y\n\x1b[32mdone in 1.0 s\x1b[0m\n")


def test_colour_changes_nothing_but_colour() -> None:
    coloured, bare = shown(DEPLOY, verbosity=1, colour=True), shown(DEPLOY, verbosity=1)
    assert tuple(re.sub(r"\x1b\[[0-9;]*m", "", text) for text in coloured) == bare


def test_a_server_keeps_its_colour_on_a_terminal() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    reporter = Plain(screen, screen, colour=True)
    for event in (STARTED, OutputLine(WEB2, "out", "a"), OutputLine(WEB1, "err", "b"), OutputLine(WEB2, "err", "c")):
        reporter.handle(event, 0)
    hues = re.findall(r"\x1b\[(\d+)m(web\d)", screen.getvalue())
    assert len(set(hues)) == 2
    assert [name for _, name in hues] == ["web2", "web1", "web2"]


def test_two_hundred_servers_and_a_very_long_line_are_fine() -> None:
    fleet = tuple(Server(f"web{n}") for n in range(200))
    out, err = shown([
        InvocationStarted("7f", ("uname",), None, "none", fleet, "deploy"), TaskStarted("uname", fleet),
        *(OutputLine(server, "out", "x" * 100_000) for server in fleet),
        InvocationEnded(0, tuple(Outcome(server, Verdict.OK) for server in fleet), seconds=2),
    ])
    assert out == "".join(f"{server.name:<6} | {'x' * 100_000}\n" for server in fleet)
    assert err == dedent("""\
        web0, web1, web2, web3, web4, web5, web6, web7 and 192 more · as deploy
        uname

        server       outcome
        200 servers  ok
        done in 2.0 s
    """)


def test_two_logins_of_one_machine_are_told_apart() -> None:
    both = (Server("web1", "deploy"), Server("web1", "root"))
    out, _ = shown([InvocationStarted("7f", (), None, "none", both, ""), OutputLine(both[1], "out", "x")])
    assert out == "root@web1   | x\n"
