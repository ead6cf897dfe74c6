"""Several stages, joined by commas."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cap, write

pytestmark = pytest.mark.usefixtures("project")


def test_several_stages_are_several_invocations(cap: Cap, project: Path) -> None:
    show = "\nfrom capify import task\n@task(local=True)\ndef show():\n    print(config.stage, flush=True)\n"
    write(project, {"capfile.py": "from capify import config, load\nload('config/deploy')\n" + show})
    assert cap("-s", "a=staging,production", "staging,production", "show").out == "staging\nproduction\n"


def test_the_first_stage_that_fails_is_the_last_that_is_begun(cap: Cap, project: Path) -> None:
    body = "\nfrom capify import abort, task\n@task(local=True)\ndef show():\n"
    body += "    print(config.stage, flush=True)\n    abort('no', exit=3)\n"
    write(project, {"capfile.py": "from capify import config, load\nload('config/deploy')\n" + body})
    said = cap("staging,production", "show")
    assert (said.status, said.out) == (3, "staging\n")
    assert "not begun: `production`" in said.err


def test_ctrl_c_is_left_to_the_one_that_runs(project: Path) -> None:
    body = "from capify import config, load, task\nload('config/deploy')\nimport time\n@task(local=True)\ndef show():\n"
    body += "    try:\n        print('ready', flush=True)\n        time.sleep(60)\n"
    body += "    finally:\n        print('undone', flush=True)\n"
    write(project, {"capfile.py": body})
    command, pipe = [sys.executable, "-m", "capify", "staging,production", "show"], subprocess.PIPE
    with subprocess.Popen(command, cwd=project, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == "ready\n"
        os.killpg(it.pid, signal.SIGINT)
        out, err = it.communicate(timeout=60)
    assert (it.returncode, out) == (130, "undone\n")
    assert "Traceback" not in err
    assert "not begun: `production`" in err
