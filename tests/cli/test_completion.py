"""Completion: what may be typed next, quickly, silently, and without touching anything."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.cli.completion import SHELLS
from capify.cli.completion_words import Typed, candidates

from .conftest import Cap, protect, write

ARGUMENTS = '''

from enum import Enum
from typing import Literal

from capify import namespace


class Colour(Enum):
    RED = 1
    GREEN = 2


@task
def paint(colour: Colour, where: Literal["wall", "door"] = "wall", twice: bool = False, coats: int | None = None):
    """Paint it."""


namespace("house").sequence("do", ":paint")
'''


@pytest.fixture
def words(cap: Cap, project: Path):
    """Complete a command line: its words, the last of them begun."""
    shared = project / "config/deploy.py"
    shared.write_text(shared.read_text() + ARGUMENTS)

    def complete(*typed: str) -> list[str]:
        said = cap(":complete", "fish", *typed)
        assert (said.status, said.err) == (0, "")
        return [line.partition("\t")[0] for line in said.out.splitlines()]

    return complete


CASES = [
    ([""], ["production", "staging", "deploy", "hello", "logs", "vars", "ssh"], ["update_code", "--json", "HOSTS="]),
    (["pro"], ["production"], ["staging"]),
    (["production", ""], ["deploy", "logs", "vars", "ssh"], ["production", "staging"]),
    (["deploy:"], ["deploy:restart"], ["deploy:update_code"]),
    (["deploy:up"], ["deploy:update", "deploy:update_code"], []),
    (["logs", ""], ["lines=", "follow=", "deploy"], ["vars"]),
    (["logs", "lines=5", ""], ["follow="], ["lines="]),
    (["logs", "follow="], ["follow=yes", "follow=no"], []),
    (["paint", "colour="], ["colour=red", "colour=green"], []),
    (["house:do", ""], ["colour=", "where=", "deploy"], []),
    (["house:do", "colour="], ["colour=red", "colour=green"], []),
    (["paint", "where=d"], ["where=door"], ["where=wall"]),
    (["paint", "coats="], [], ["coats=None"]),
    (["staging,"], ["staging,production"], ["staging,staging"]),
    ([":va"], [":vars"], []),
    (["--col"], ["--color"], []),
    (["--color", ""], ["auto", "always", "never"], ["production"]),
    (["--color="], ["--color=auto"], []),
    (["-"], ["-n", "--dry-run"], ["--why", "--json"]),
    (["vars", "--"], ["--why", "--json"], ["--man"]),
    (["-e", "lo"], ["logs"], []),
    (["-s", "appl"], ["application="], []),
    (["-sq", ""], ["production"], []),
    (["-ns", "use_s"], ["use_sudo="], []),
    (["-S", "deploy_via="], ["deploy_via=copy", "deploy_via=remote_cache"], []),
    (["-s", "default_stage="], ["default_stage=production"], []),
    (["-s", "protected"], [], ["protected_stages="]),
    (["--set=keep_r"], ["--set=keep_releases="], []),
    (["-f", "cap"], ["capfile.py"], []),
    (["-f", "config/"], ["config/deploy.py", "config/deploy/"], []),
    (["--confirm", ""], ["production", "staging"], ["deploy"]),
    (["production", "HOSTS="], ["HOSTS=web1", "HOSTS=web2:2222", "HOSTS=db1"], ["HOSTS=test1"]),
    (["production", "HOSTS=web1,"], ["HOSTS=web1,db1"], ["HOSTS=web1,web1"]),
    (["production", "ROLES="], ["ROLES=app", "ROLES=db"], []),
    (["production", "HO"], ["HOSTS=", "HOSTFILTER="], []),
    (["production", "--hosts", "we"], ["web1", "web2:2222"], ["db1"]),
    (["production", "--roles", "app,"], ["app,db"], ["app,app"]),
    (["production", "--on", "ro"], ["role="], []),
    (["production", "--on", "role=app&host=d"], ["role=app&host=db1"], []),
    (["production", "ssh", ""], ["web1", "web2:2222", "db1"], ["deploy"]),
    (["vars", "lin"], ["linked_dirs"], ["linked_dirs="]),
    (["plan", ""], ["deploy", "logs"], ["vars"]),
    (["help", ""], ["deploy", "vars"], ["production"]),
    (["completion", ""], ["bash", "zsh", "fish"], []),
    (["invoke", ""], ["COMMAND=", "SUDO="], ["deploy"]),
    (["production", "--", ""], [], ["deploy"]),
    (["nosuch", "lo"], ["logs"], []),
    (["--nosuch", "lo"], ["logs"], []),
]


@pytest.mark.parametrize(("typed", "there", "missing"), CASES, ids=" ".join)
def test_what_fits_is_offered_and_nothing_else(words, typed: list[str], there: list[str], missing: list[str]) -> None:
    found = words(*typed)
    assert set(there) <= set(found), found
    assert not set(missing) & set(found), found
    assert all(word.startswith(typed[-1]) for word in found)
    assert len(found) == len(set(found))


def test_bash_gets_what_stands_behind_the_last_break(cap: Cap, project: Path) -> None:
    def complete(line: str) -> list[str]:
        return cap(":complete", "bash", line, " \t\n\"'@><=;|&(:").out.splitlines()

    assert complete("cap production deploy:re") == ["restart"]
    assert complete("cap production logs follow=") == ["yes", "no"]
    assert complete("cap produ") == ["production"]
    assert complete("cap 'produ") == ["production"]
    assert "deploy" in complete("cap production ")
    assert complete("cap HOSTS=we") == []
    assert complete("cap production HOSTS=web1,web2:") == ["2222"]
    assert cap(":complete", "bash", "cap production deploy:re", " ").out == "deploy:restart\n"


def test_descriptions_come_along(cap: Cap, project: Path) -> None:
    protect(project)
    said = cap(":complete", "zsh", "").out.splitlines()
    assert "logs\tShow the last lines of the log." in said
    assert "production\tprotected stage" in said


BROKEN = {
    "syntax": "def (",
    "name": "nosuch()",
    "exit": "import sys; sys.exit(3)",
    "kill": "raise KeyboardInterrupt",
    "asks": "input('who? ')",
    "terminal": "open('/dev/tty')",
    "connects": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "starts": "import subprocess; subprocess.run(['touch', 'started'])",
    "shell": "import os; os.system('touch started')",
    "noise": "import os; print('noise'); os.write(2, b'noise')\nfrom capify import config; config.stages = ['one']",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_recipe_is_silence_and_fewer_words(cap: Cap, tmp_path: Path, fault: str) -> None:
    write(tmp_path, {"capfile.py": BROKEN[fault]})
    said = cap(":complete", "fish", "")
    assert (said.status, said.err, "noise" in said.out) == (0, "", False)
    assert "vars\t" in said.out
    assert not (tmp_path / "started").exists()


def test_a_broken_stage_still_offers_what_the_stages_share(words, project: Path) -> None:
    (project / "config/deploy/production.py").write_text("def (")
    assert {"logs", "deploy"} <= set(words("production", ""))


def test_late_settings_stay_late(cap: Cap, tmp_path: Path) -> None:
    recipe = "from pathlib import Path\nfrom capify import config, server\n"
    recipe += "config.user = lambda: Path('evaluated').write_text('x') and 'me'\nserver('web1', 'app')\n"
    write(tmp_path, {"capfile.py": recipe})
    assert "HOSTS=web1" in cap(":complete", "fish", "HOSTS=").out
    assert "user=" in cap(":complete", "fish", "-s", "us").out
    assert not (tmp_path / "evaluated").exists()


def test_a_recipe_that_hangs_is_given_up(cap: Cap, tmp_path: Path) -> None:
    write(tmp_path, {"capfile.py": "while True: pass\n"})
    assert cap(":complete", "fish", "").status == 0


def test_outside_a_project_there_are_the_commands_and_options(cap: Cap, tmp_path: Path) -> None:
    said = cap(":complete", "fish", "", cwd=tmp_path)
    assert {"vars", "completion"} <= {line.partition("\t")[0] for line in said.out.splitlines()}


@pytest.mark.parametrize("argv", [(), ("bash",), ("nosuch",), ("fish",), ("bash", ""), ("zsh", "", "", "")])
def test_whoever_calls_it_wrongly_gets_silence(cap: Cap, project: Path, argv: tuple[str, ...]) -> None:
    said = cap(":complete", *argv)
    assert (said.status, said.err) == (0, "")


TRICKY = ["-", "--", "-s", "-ns", "--set=", "a=b", "HOSTS=", "vars", "ssh", ",", ":", "=", "-e", "--on", "--on=role="]
WORD = st.sampled_from(TRICKY) | st.text(max_size=4)


@given(before=st.lists(WORD, max_size=4), current=WORD)
def test_whatever_is_typed_there_is_an_answer(before: list[str], current: str) -> None:
    found = candidates(None, Typed(tuple(before), current))
    assert all(one.text.startswith(current) for one in found)


def test_it_loads_nothing_that_acts(project: Path) -> None:
    code = "import sys\nfrom capify.cli.main import main\nmain(sys.argv[1:])\n"
    code += "open('loaded', 'w').write('\\n'.join(sys.modules))"
    subprocess.run([sys.executable, "-c", code, ":complete", "fish", ""], cwd=project, check=True, capture_output=True)
    loaded = set((project / "loaded").read_text().splitlines())
    heavy = {"asyncio", "subprocess", "ssl", "readline", "termios", "yaml", "tarfile", "importlib.metadata"}
    assert not heavy & loaded
    assert not {name for name in loaded if name.startswith(("capify.transports", "capify.courier", "capify.app"))}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_is_printed(cap: Cap, tmp_path: Path, shell: str) -> None:
    said = cap("completion", shell, cwd=tmp_path)
    assert (said.status, said.err) == (0, "")
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n", "/dev/stdin"], input=said.out, capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_a_shell_without_a_script_is_refused(cap: Cap, tmp_path: Path) -> None:
    said = cap("completion", "fisch")
    assert (said.status, said.err) == (2, "cap: there is no completion for `fisch`\n  did you mean `fish`?\n")
    assert cap("completion").status == 2
