"""Claims about names that are misspelt: wherever one is typed, the nearest one is suggested, before harm is done."""

import re
from pathlib import Path
from textwrap import indent

import pytest
from tests.cli.conftest import Cap, write

from capify.testing import Scenario

CAPFILE = """\
from capify import load

load("deploy")
load("config/deploy")
"""
SHARED = """\
from typing import Literal

from capify import config, run, task

config.application = "shop"
config.repository = "git@git.example.com:shop.git"
config.deploy_to = "/var/www/shop"


@task
def logs(lines: int = 20, level: Literal["debug", "warning"] = "debug"):
    run("tail")
"""
STAGE = """\
import capify
from capify import *

server("web1.example.com", "app", "web", zone="eu", primary=True)
server("web2.example.com", "app", "web", zone="us")
site = namespace("site")
"""
TYPED = {
    "stagin logs": "`staging`",
    "staging,prodction logs": "`production`",
    "staging lgos": "`logs`",
    "staging vras": "`vars`",
    "staging :vras": "`:vars`",
    "staging plan lgos": "`logs`",
    "staging -e lgos": "`logs`",
    "-T lgos": "`logs`",
    "help lgos": "`logs`",
    "help varz": "`vars`",
    "staging vars deploy_too": "`deploy_to`",
    "completion bsh": "`bash`",
    "--dry-rnu staging logs": "`--dry-run`",
    "-dryrun staging logs": "`--dry-run`",
    "--color alwasy -T": "`always`",
    "--progress lvie -T": "`live`",
    "staging logs -l stdot": "`stdout`",
    "-f capfiel.py -T": "`capfile.py`",
    "staging logs lnes=3": "`lines`",
    "staging logs level=debgu": "`debug`",
    "staging logs hosts=web1.example.com": "`HOSTS=`",
    "staging logs HOST=web1.example.com": "`HOSTS=`",
    "staging logs ROLE=web": "`ROLES=`",
    "staging logs HOSTFLITER=web1.example.com": "`HOSTFILTER=`",
    "staging logs HOSTS=wbe1.example.com": "`web1.example.com`",
    "staging logs --hosts wbe1.example.com": "`web1.example.com`",
    "staging logs --roles wbe": "`web`",
    "staging logs --on zoen=eu": "`zone`",
    "staging logs --on role=wbe": "`web`",
    "staging logs --on host=wbe1.example.com": "`web1.example.com`",
    "staging logs --on web": "`role=web`",
    "-s deploy_via=remot_cache staging logs": "`remote_cache`",
    "-s keep_relases=3 staging vars": "`keep_releases`",
}
DECLARED = {
    "from capify import srever": "`server`",
    'srever("web3")': "`server`",
    'capify.srever("web3")': "`server`",
    "config.aplication": "`config.application`",
    "config.keep_relases = 3": "`keep_releases`",
    "config.update(keep_relases=3)": "`keep_releases`",
    'config.append(linked_dir=["log"])': "`linked_dirs`",
    'config.apend(linked_dirs=["log"])': "`config.append`",
    "config.setdefualt(colour=1)": "`config.setdefault`",
    'config.get("colour", defualt=1)': "`default`",
    'config.deploy_via = "remot_cache"': "`remote_cache`",
    'config.scm = "gti"': "`git`",
    'config.transport = "opnssh"': "`openssh`",
    'server("web3", "app", primry=True)': "`primary`",
    'server("web3", "app", no_relaese=True)': "`no_release`",
    'server("web3", "app", role="web")': '`server("web3", "app", "…")`',
    'load("config/deplyo")': "`config/deploy`",
    'load("deplyo")': "`deploy`",
    'load(recpie="deploy")': "`recipe`",
    'servers(rolse="app")': "`roles`",
    '@task(rolse="app")\ndef a(): pass': "`roles`",
    '@site.task(rolse="app")\ndef a(): pass': "`roles`",
    '@task(on_error="contineu")\ndef a(): pass': "`continue`",
    '@task(on_no_servers="skp")\ndef a(): pass': "`skip`",
    '@task(before="deploy:restrat")\ndef a(): pass': "`deploy:restart`",
    '@task("deploy:restrat", wraps=True)\ndef a(original): pass': "`deploy:restart`",
    '@task(roles="wbe")\ndef a(): pass\nafter("logs", a)': "`web`",
    '@task(where={"zoen": "eu"})\ndef a(): pass\nafter("logs", a)': "`zone`",
    '@site.tsk("a")\ndef a(): pass': "`site.task`",
    'site.sequnce("a", ":logs")': "`site.sequence`",
    'site.sequence("a", ":lgos")': "`logs`",
    'site.sequence("a", ":logs", in_transction=True)': "`in_transaction`",
    'before("deploy:restrat", "logs")': "`deploy:restart`",
    'after("deploy:restart", "lgos")': "`logs`",
    'on("finsh", "logs")': "`finish`",
    'on("finish", "logs", onyl="logs")': "`only`",
    'on("finish", "logs", only="lgos")': "`logs`",
}
RUN = {
    'run("true", timout=3)': "`timeout`",
    'sudo("true", usr="root")': "`user`",
    'capture("true", ecah=True)': "`each`",
    'capture("true", rolse="app")': "`roles`",
    'exists("/tmp", onec=True)': "`once`",
    'put("text", "/tmp/a", moed="0644")': "`mode`",
    'upload("capfile.py", "/tmp/a", ownr="root")': "`owner`",
    'template("capfile.py", "/tmp/a", vlaues={})': "`values`",
    'link("/tmp/a", "/tmp/b", usr="root")': "`user`",
    'script("true", raeds=True)': "`reads`",
    'stream("true", usr="root")': "`user`",
    'with session("true", chekc=False): pass': "`check`",
    'with keep_doing(1, "true", usr="root"): pass': "`user`",
    'run_locally("true", cwdd="/")': "`cwd`",
    'ask("Who?", defualt="me")': "`default`",
    'abort("no", exti=3)': "`exit`",
    'rnu("true")': "`run`",
    "from capify import rnu": "`run`",
    'capify.rnu("true")': "`run`",
    'run("true").okk': "`ok`",
    "config.aplication": "`config.application`",
    'run("true", on="wbe1.example.com")': "`web1.example.com`",
    'run("true", roles="wbe")': "`web`",
    'run("true", where={"zoen": "eu"})': "`zone`",
    'invoke("lgos")': "`logs`",
    'invoke("logs", lnes=3)': "`lines`",
    "deploy.restrat()": "`deploy:restart`",
}
READ = {
    "servres: [{host: web1, roles: [app]}]": "`servers`",
    "servers: [{hsot: web1, roles: [app]}]": "`host`",
    "servers: [{host: web1, rolse: [app]}]": "`roles`",
    "servers: [{host: web1, roles: [app], primray: true}]": "`primary`",
    "keep_relases: 3\nservers: [{host: web1, roles: [app]}]": "`keep_releases`",
    "deploy_via: cpoy\nservers: [{host: web1, roles: [app]}]": "`copy`",
}
LISTED = {
    'config.default_stage = "stagin"': "`staging`",
    'config.protected_stages = ["stagin"]': "`staging`",
    'config.stages = ["stagin"]': "`staging`",
}


@pytest.mark.parametrize("typed", TYPED)
def test_on_the_command_line(cap: Cap, tmp_path: Path, typed: str) -> None:
    stages = {f"config/deploy/{name}.py": STAGE for name in ("production", "staging")}
    write(tmp_path, {"capfile.py": CAPFILE, "config/deploy.py": SHARED, **stages})
    said = cap(*typed.split())
    assert said.status == (0 if typed.startswith(("-T", "-s keep")) else 2)
    assert f"did you mean {TYPED[typed]}" in said.err


@pytest.fixture
def project(scenario: Scenario) -> Scenario:
    return scenario.capfile(CAPFILE).file("config/deploy.py", SHARED).stage("staging", STAGE)


@pytest.mark.parametrize("declared", DECLARED)
def test_in_a_recipe(project: Scenario, declared: str) -> None:
    shown = project.stage("staging", f"{STAGE}\n{declared}\n").runs("staging", "logs", dry=True).screen
    assert DECLARED[declared] in suggested(shown)
    assert re.search(r"config/deploy/staging\.py:(?:8|9|10)\b", shown)


@pytest.mark.parametrize("body", RUN)
def test_in_the_body_of_a_task(project: Scenario, body: str) -> None:
    said = project.stage("staging", f"{STAGE}\n@task\ndef work():\n{indent(body, '    ')}\n").runs("staging", "work")
    assert RUN[body] in suggested(said.screen)
    assert "config/deploy/staging.py:10" in said.screen
    assert said.status == (1 if 'wbe"' in body or "zoen" in body else 2)  # there a server is missing, not a name


@pytest.mark.parametrize("text", READ)
def test_in_a_stage_that_is_data(project: Scenario, text: str) -> None:
    shown = project.file("config/deploy/qa.yml", text).runs("qa", "logs", dry=True).screen
    assert READ[text] in suggested(shown)
    assert "config/deploy/qa.yml:" in shown


@pytest.mark.parametrize("listed", LISTED)
def test_in_a_list_of_stages(project: Scenario, listed: str) -> None:
    said = project.file("config/deploy.py", f"{SHARED}\n{listed}\n").runs("stagin", "logs").exits(2)
    assert LISTED[listed] in suggested(said.screen)


def test_a_name_of_ones_own_is_left_alone(project: Scenario) -> None:
    own = 'config.keeper = 1\nserver("web3", "web", secondary=True, zones="eu")\n'
    project.stage("staging", STAGE + own).runs("staging", "logs", on="secondary").exits(0)
    project.stage("staging", f"{STAGE}\n@task\ndef work():\n    def run(a): pass\n    run(timout=3)\n")
    assert "TypeError" in project.runs("staging", "work").exits(1).screen


def suggested(shown: str) -> str:
    """What stands behind the question."""
    return shown.partition("did you mean")[2]
