"""`cap hosts`: what a command line selects, and what leaves the others out; and the options that narrow."""

import json

import pytest

from .conftest import Cap, Said, lines

pytestmark = pytest.mark.usefixtures("project")


def test_every_server_is_shown_with_its_roles_and_properties(cap: Cap) -> None:
    assert cap("production", "hosts") == Said(0, lines("""
        web1       app web, primary
        web2:2222  app, zone=eu
        db1        db
    """), "")
    assert cap("hosts") == Said(
        0, "test1  app db web, primary\n", "this is stage `staging`, the default one\n"
    )


def test_who_is_left_out_is_told_with_every_filter_that_does_so(cap: Cap) -> None:
    assert cap("production", "hosts", "--on", "role=app & !host=web1", "--hosts", "w*", "ROLES=app") == Said(
        0, "web2:2222  app, zone=eu\n", lines("""
        left out:
          web1  app web, primary  by `--on role=app & !host=web1`
          db1   db                by `--hosts w*`, `ROLES=app` and `--on role=app & !host=web1`
    """))


def test_tasks_leave_servers_out_too(cap: Cap) -> None:
    assert cap("production", "hosts", "deploy") == Said(0, lines("""
        web1       app web, primary
        web2:2222  app, zone=eu
    """), "left out:\n  db1  db  by task `deploy`\n")
    said = cap("production", "hosts", "logs", "lines=4", "--roles", "app")
    assert said == Said(0, "web1  app web, primary\n", lines("""
        left out:
          web2:2222  app, zone=eu  by task `logs` (one of the servers)
          db1        db            by `--roles app`
    """))


def test_what_leaves_nothing_is_shown_and_is_an_error(cap: Cap) -> None:
    said = cap("production", "hosts", "--on", "role=db & zone=eu")
    assert (said.status, said.out) == (2, "")
    assert said.err.endswith(lines("""
          db1        db                by `--on role=db & zone=eu`
        cap: no server is left by `--on role=db & zone=eu`
    """))
    said = cap("production", "hosts", "deploy", "--on", "role=db")
    assert (said.status, said.out) == (2, "")
    assert "`deploy:update_code` has no servers" in said.err


def test_tools_get_json(cap: Cap) -> None:
    told = json.loads(cap("production", "hosts", "--hosts", "web1,db1", "--json", "deploy").out)
    assert told["stage"] == "production"
    assert told["filters"] == [{"source": "--hosts", "text": "web1,db1"}]
    assert told["servers"] == [{
        "host": "web1", "user": "deploy", "port": None, "roles": ["app", "web"], "properties": {"primary": True},
    }]  # fmt: skip
    assert [(one["host"], one["by"]) for one in told["left_out"]] == [
        ("web2", ["`--hosts web1,db1`"]), ("db1", ["task `deploy`"]),
    ]  # fmt: skip


def test_a_stage_without_servers_says_so(cap: Cap, project) -> None:
    (project / "config/deploy/staging.py").write_text("")
    assert cap("hosts").err.startswith("no server is declared\n")


def test_undeclared_hosts_are_shown_as_such(cap: Cap) -> None:
    said = cap("production", "hosts", "HOSTS=web1,other", "--allow-unknown-hosts")
    assert said.out == "web1   app web, primary\nother  undeclared\n"
    assert cap("production", "hosts", "HOSTS=web1,other").status == 2


@pytest.mark.parametrize(
    ("argv", "waves"),
    [
        (("--on", "zone=eu"), [["deploy@web2:2222"]]),
        (("--on=!zone=eu",), [["deploy@web1"]]),
        (("--hosts", "web*"), [["deploy@web1", "deploy@web2:2222"]]),
        (("--roles", "web"), [["deploy@web1"]]),
        (("--hosts", "web*", "--on", "primary", "HOSTS=web1"), [["deploy@web1"]]),
        (("--hosts", "web1", "--skip-unreachable"), [["deploy@web1"]]),
    ],
)
def test_the_options_narrow_a_plan_wherever_they_stand(cap: Cap, argv: tuple[str, ...], waves: list[list[str]]) -> None:
    words = ("production", "plan", "deploy:create_symlink")
    for line in ((*argv, *words), (*words, *argv)):
        told = json.loads(cap(*line, "--json").out)
        assert told["steps"][0]["waves"] == waves


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--on", "role=wbe"), """
            cap: no server has the role `wbe`, in `--on` at character 6
                role=wbe
                     ^
              did you mean `web`?
        """),
        (("--on", "role=app && zone=eu"), """
            cap: `&` was not expected here, in `--on` at character 11
                role=app && zone=eu
                          ^
              one `&` is enough
        """),
        (("--on", "primary & zoen=eu"), """
            cap: no server has a property `zoen`, in `--on` at character 11
                primary & zoen=eu
                          ^
              did you mean `zone`?
        """),
        (("--hosts", "wbe1"), """
            cap: no server `wbe1` is declared
              did you mean `web1`?
        """),
        (("--on", ""), """
            cap: `--on` needs a value, and got an empty one
        """),
        (("--skip-unreachabel",), """
            cap: there is no option `--skip-unreachabel`
              did you mean `--skip-unreachable`?
        """),
        (("--hosts", "web1", "--hosts", "db1"), """
            cap: `--hosts` is given twice: `web1` and `db1`
              give it once
        """),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_where_it_is(cap: Cap, argv: tuple[str, ...], said: str) -> None:
    for command in ("hosts", "deploy", "plan"):
        words = ("plan", "deploy") if command == "plan" else (command,)
        assert cap("production", *words, *argv) == Said(2, "", lines(said))


def test_an_expression_cannot_steer_the_terminal(cap: Cap) -> None:
    said = cap("production", "hosts", "--on", "role=\x1b[31mweb")
    assert said.status == 2
    assert "\x1b" not in said.err
