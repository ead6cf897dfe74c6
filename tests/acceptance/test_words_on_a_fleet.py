"""Words that last and words that write, on four real OpenSSH servers."""

import os
import signal

import pytest

from .operating import FOUR, Operator, fleet_of, wait_until

pytestmark = pytest.mark.fleet

NAP = f"61.{os.getpid():07}"  # seconds that nobody else sleeps
HEAD = "from capify import batch, link, parallel, run, server, session, stream, task, template\n\n" + "".join(
    f'server("{name}", "app")\n' for name in FOUR
)


def test_ctrl_c_ends_a_stream_on_all_servers_and_well(four: Operator):
    body = f"touch /tmp/begun; echo streaming; sleep {NAP}; touch /tmp/went-on"
    four.write({"capfile.py": f"{HEAD}\n@task\ndef last():\n    stream({body!r})\n    run('touch /tmp/behind')\n"})
    fleet = fleet_of(four)
    with four.begins("last") as running:
        for name in FOUR:
            wait_until(fleet.path(name, "/tmp/begun").exists)
        running.interrupt(signal.SIGINT)
        said = running.ends()
    assert said.status == 0, said.err
    assert four.runs_on(said) == set(FOUR)
    assert [line for name in FOUR for line in fleet.processes(name).values() if NAP in line] == []
    assert not any(fleet.path(name, f"/tmp/{file}").exists() for name in FOUR for file in ("behind", "went-on"))


def test_the_words_do_on_every_server_what_they_say(four: Operator):
    four.write({
        "capfile.py": HEAD + """
@task
def work():
    with batch():
        run("mkdir -p /tmp/one /tmp/two")
        host = run("hostname")
    assert host.ok
    parallel(lambda: link("/tmp/one", "/tmp/link"), lambda: template("page.j2", "/tmp/page", mode="0600"))
    link("/tmp/two", "/tmp/link")
    with session("while read -r line; do echo got $line; done") as process:
        process.send(lambda server: server.name)
        said = process.expect("got web")
    assert len(said) == 4
    run("cat > /dev/null; test -L /tmp/link")
""",
        "page.j2": "I am {{ server.name }}\n",
    })  # fmt: skip
    four.does("work")
    fleet = fleet_of(four)
    for name in FOUR:
        assert fleet.path(name, "/tmp/page").read_text() == f"I am {name}\n"
        assert str(fleet.path(name, "/tmp/link").readlink()) == "/tmp/two"
