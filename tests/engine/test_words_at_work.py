"""Words that last (`stream`, `keep_doing`, `parallel`) and words that write (`link`, `template`), on real shells.

The server is this machine itself, by the transport `local`; `cap` is a process of its own.
"""

import os
import signal
from pathlib import Path

import pytest
from tests.acceptance.operating import Operator, Said, wait_until
from tests.steering import alive, token

HEAD = """\
from capify import *
from capify import config, run, server

config.transport = "local"
config.grace = 1
server("localhost", "app", colour="red")
"""


@pytest.fixture
def alone(tmp_path: Path) -> Operator:
    (tmp_path / "home").mkdir()
    return Operator(tmp_path / "project")


def recipe(body: str) -> dict[str, str]:
    indented = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return {"capfile.py": f"{HEAD}\n\n@task\ndef work():\n{indented}\n"}


def interrupted(alone: Operator, body: str, *tokens: str, more: str = "") -> Said:
    files = recipe(body)
    alone.write({"capfile.py": files["capfile.py"] + more})
    with alone.begins("work", *(["other"] if more else [])) as running:
        wait_until(lambda: all(alive(one) for one in tokens))
        running.interrupt(signal.SIGINT)
        return running.ends()


OTHER = '\n@task\ndef other():\n    run("touch other")\n'


def test_ctrl_c_ends_a_stream_well_and_nothing_begins_behind_it(alone: Operator):
    sleep = token()
    said = interrupted(alone, f'stream("echo line; sleep {sleep}")\nrun("touch behind")', sleep, more=OTHER)
    assert (said.status, alive(sleep)) == (0, [])
    assert "line" in said.out
    assert "interrupt" not in said.err
    assert "failed" not in said.err
    assert {path.name for path in alone.project.iterdir()} == {"capfile.py"}


def test_a_stream_has_no_deadline_and_may_end_by_itself(alone: Operator):
    bounds = "config.silence = 0.1\nconfig.command_timeout = 0.1\n"
    alone.write(recipe(f'{bounds}stream("sleep 0.5; echo end")\nrun("echo on")'))
    said = alone.does("work")
    assert [line.partition(" | ")[2] for line in said.lines] == ["end", "on"]


def test_a_stream_that_fails_is_a_failure(alone: Operator):
    alone.write(recipe('stream("exit 3")'))
    assert alone.cap("work").status == 1


def test_in_a_transaction_ctrl_c_interrupts_a_stream_and_undoes(alone: Operator):
    sleep = token()
    body = f"""
with transaction():
    on_rollback(lambda: run("touch {alone.project}/undone"))
    stream("sleep {sleep}")
"""
    assert interrupted(alone, body, sleep).status == 130
    assert (alone.project / "undone").exists()


def test_ctrl_c_stops_every_body_of_parallel_and_each_undoes(alone: Operator):
    one, two = token(), token()
    body = f"""
def body(sleep):
    with transaction():
        on_rollback(lambda: run(f"touch {alone.project}/undone-{{sleep}}"))
        run(f"sleep {{sleep}}")
parallel(lambda: body("{one}"), lambda: body("{two}"))
"""
    assert interrupted(alone, body, one, two).status == 130
    assert (alive(one), alive(two)) == ([], [])
    assert {path.name for path in alone.project.glob("undone*")} == {f"undone-{one}", f"undone-{two}"}


def test_a_heartbeat_beats_while_its_block_runs_and_no_longer(alone: Operator):
    beats = alone.project / "beats"
    alone.write(recipe(f"""
with keep_doing(0.05, "echo beat >> {beats}"):
    run("while [ \\"$(wc -l < {beats})\\" -lt 3 ]; do sleep 0.05; done", timeout=30)
"""))
    alone.project.joinpath("beats").write_text("")
    alone.does("work")
    assert len(beats.read_text().splitlines()) >= 3


def test_a_heartbeat_that_fails_is_told_when_its_block_ends(alone: Operator):
    alone.write(recipe('with keep_doing(60, "exit 7"):\n    run("sleep 0.3; echo done")'))
    said = alone.cap("work")
    assert said.status == 1
    assert "done" in said.out
    assert "exit 7" in said.err


def test_a_link_is_made_and_replaced_and_never_replaces_a_folder(alone: Operator):
    folder = alone.project
    for name in ("first", "second", "real"):
        (folder / name).mkdir(parents=True)
    (folder / "real" / "kept").touch()
    alone.write({"capfile.py": HEAD + f"""
@task
def work(to: str, at: str = "it's a link"):
    link(f"{folder}/{{to}}", f"{folder}/{{at}}")
"""})
    alone.does("work", "to=first")
    assert (folder / "it's a link").readlink() == folder / "first"
    alone.does("work", "to=second")
    assert (folder / "it's a link").readlink() == folder / "second"
    said = alone.cap("work", "to=first", "at=real")
    assert said.status == 1
    assert "is a folder, and no link" in said.err
    assert (folder / "real" / "kept").exists()
    assert {path.name for path in folder.iterdir()} == {"capfile.py", "first", "second", "real", "it's a link"}
    assert list((folder / "first").iterdir()) == []


def test_a_link_is_replaced_where_mv_knows_no_option_for_it(alone: Operator):
    folder = alone.project
    for name in ("first", "second", "bin"):
        (folder / name).mkdir(parents=True)
    (folder / "bin" / "mv").write_text('#!/bin/sh\necho "mv: illegal option -- T" >&2\nexit 64\n')
    (folder / "bin" / "mv").chmod(0o755)
    alone.write({"capfile.py": HEAD + f"""
@task
def work(to: str):
    with env(PATH="{folder}/bin:/usr/local/bin:/usr/bin:/bin"):
        link(f"{folder}/{{to}}", "{folder}/now")
"""})
    for name in ("first", "second"):
        alone.does("work", f"to={name}")
        assert (folder / "now").readlink() == folder / name
    assert list((folder / "first").iterdir()) == []


def test_a_template_knows_settings_and_the_server_and_is_strict(alone: Operator):
    target = alone.project / "out.conf"
    alone.write({
        "capfile.py": HEAD + f"""
config.application = "shop"
config.ports = lambda: [80, 443]

@task
def work(name: str = "conf/site.j2"):
    template(name, "{target}", mode="0640", values={{"extra": "é"}})
""",
        "conf/site.j2": "{% for port in ports %}\nlisten {{ port }};\n{% endfor %}\n{% include 'name.j2' %}\n",
        "conf/name.j2": "# {{ application }} {{ config.application }} {{ server.host }} {{ extra }}\n",
        "conf/typo.j2": "one\n\n{{ aplication }}\n",
        "conf/syntax.j2": "one\n{% if %}\n",
        "conf/fails.j2": "one\n{{ 1 / 0 }}\n",
    })  # fmt: skip
    alone.does("work")
    assert target.read_text() == "listen 80;\nlisten 443;\n# shop shop localhost é\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.stat().st_uid == os.geteuid()
    for name, place, words in (
        ("typo", 3, "'aplication' is undefined"),
        ("syntax", 2, "not a valid template"),
        ("fails", 2, "ZeroDivisionError"),
    ):  # fmt: skip
        said = alone.cap("work", f"name=conf/{name}.j2")
        assert said.status == 2
        assert f"conf/{name}.j2:{place}" in said.err, said.err
        assert words in said.err
    assert "did you mean `application`?" in alone.cap("work", "name=conf/typo.j2").err
    assert "there is no template" in alone.cap("work", "name=conf/none.j2").err

TALK = 'with session("while read -r line; do echo got $line; [ $line != leave ] || exit 3; done") as process:\n'


def test_a_session_is_told_and_heard_and_ends_with_its_block(alone: Operator):
    alone.write(recipe(TALK + """\
    process.send("one")
    first = process.expect("one")
    process.send(lambda server: server.host)
    second = process.expect(__import__("re").compile(r"got (\\w+host)"))
say(repr([*first.values(), *second.values()]))
run("echo on")
"""))
    said = alone.does("work")
    assert r"['got one', '\ngot localhost']" in said.err
    assert [line.partition(" | ")[2] for line in said.lines] == ["got one", "got localhost", "on"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('    process.send("leave")\n    process.expect("never")', "exit 3"),
        ('    process.expect("never", timeout=0.3)', "it was not said within 0.3 s"),
        ('    process.send("leave")\n    process.expect("got")', "exit 3"),
    ],
    ids=["one that ends", "one that is silent", "one that ends badly behind"],
)
def test_a_session_that_does_not_do_what_is_expected_is_a_failure(alone: Operator, body: str, words: str):
    alone.write(recipe(TALK + body))
    said = alone.cap("work")
    assert said.status == 1
    assert words in said.err


def test_ctrl_c_ends_a_session_and_what_waits_in_it(alone: Operator):
    sleep = token()
    said = interrupted(alone, f'with session("sleep {sleep}") as process:\n    process.expect("never")', sleep)
    assert (said.status, alive(sleep)) == (130, [])


def test_a_dry_run_shows_a_session_and_a_stream_and_starts_neither(alone: Operator):
    first = 'stream("touch one")\nkeep_doing(1, "touch two").__enter__()\n'
    alone.write(recipe(first + TALK + '    process.send("x")'))
    said = alone.does("-n", "work")
    assert "touch one" in said.err
    assert "touch two" in said.err
    assert "while read" in said.err
    assert not [path for path in alone.project.rglob("*") if path.name in {"one", "two"}]
