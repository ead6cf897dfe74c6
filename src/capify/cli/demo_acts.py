"""What the demonstration shows, act by act: from an empty project to a rollback, with the reasons.

Rule: an act that changes servers ends with what was looked up on them.
"""

from collections.abc import Callable, Sequence
from typing import Final

from capify.cli.demo_ground import STAGING, Ground
from capify.cli.writing import template
from capify.wording import counted, listed

Act = Callable[[Ground, int], None]

_INVOCATIONS: Final = 7  # those that had to do with servers
_PARTING: Final = (
    "All of this is removed now. `cap demo FOLDER` keeps it in a folder, and its servers running until you press "
    "Enter, so that you can go on by yourself. `capify .` begins a project of your own."
)


def _servers(ground: Ground, number: int) -> None:
    ground.title(number, "Servers, and something to deploy")
    apart = (
        "each with a file system of its own" if ground.fleet.own_roots
        else "which share this machine's file system, because this user may not divide it"
    )  # fmt: skip
    ground.say(
        f"{counted(len(ground.hosts), 'OpenSSH server')} were started on loopback addresses of this machine, {apart}. "
        "Nothing of Capify is on them, now or later: it needs a shell there, and git.",
        "",
        *(f"    {host:<20} {':'.join(map(str, ground.fleet.address(host)))}" for host in ground.hosts),
    )
    ground.write("greeter", template("demo-greeter"), mode=0o755)
    ground.commits.append(ground.repository.commit("version one"))
    ground.say("The application is a script in a git repository. It greets, and keeps a log.")
    ground.text_of("greeter")
    ground.types("git log --oneline -1; git remote -v | head -1")


def _project(ground: Ground, number: int) -> None:
    ground.title(number, "A project")
    ground.say("`capify` writes recipes whose comments teach. They are Python, and live in the repository.")
    ground.types("capify . && git add .")
    _edit(ground)
    ground.say("Its author says what all stages share: what is deployed and from where, and two new tasks.")
    ground.types("git -P diff -U0 config/deploy.py | grep '^[-+]'")
    ground.say("Then what each stage is. A stage's file is read only when that stage is chosen.")
    for stage in ("production", "staging"):
        ground.text_of(f"config/deploy/{stage}.py")
    ground.types("git commit -qam 'Add recipes' && git push -q origin main")
    ground.commits[-1] = ground.repository.head()
    ground.say("To see which stages there are, and with which servers, nothing needs to connect.")
    ground.types("cap stages")
    ground.verify("no server has seen a connection", true=ground.connections(*ground.hosts) == 0)


def _staging(ground: Ground, number: int) -> None:
    ground.title(number, "Deploy to staging")
    ground.say(
        "No stage is named, so this is the default one, and the first line says so. `deploy:setup` makes the folders, "
        "once; `deploy` builds a release from the commit, and then makes it live by renaming one link, `current`."
    )
    ground.types("cap deploy:setup deploy")
    verify_live(ground, [STAGING], ground.commits[0])
    ground.line()
    ground.say("What is live greets. `greet` is the task that the recipe defines.")
    ground.types("cap greet")
    logged = ground.greetings(STAGING) == ["hello from staging: version one"]
    ground.verify("the greeting is in the log that all releases share", true=logged)
    ground.verify(
        f"{listed(ground.production)} did not see a single connection", true=ground.connections(*ground.production) == 0
    )


def _production(ground: Ground, number: int) -> None:
    ground.title(number, "Deploy to production")
    ground.say(
        "The same, for a stage that is named. Servers are worked on at the same time, and none publishes a release "
        "before all of them have built it: one commit, found out once, under one name."
    )
    seen = ground.connections(STAGING)
    ground.types("cap production deploy:setup deploy greet")
    verify_live(ground, ground.production, ground.commits[0])
    ground.releases.append(ground.live(ground.production[0])[0])
    _verify_greetings(ground, "version one")
    ground.verify(f"{STAGING} did not see a single connection", true=ground.connections(STAGING) == seen)


def _second_commit(ground: Ground, number: int) -> None:
    ground.title(number, "A second commit")
    ground.types("echo 'version two' > version.txt && git commit -qam 'Version two' && git push -q origin main")
    ground.commits.append(ground.repository.head())
    ground.say("First a preview: `-n` asks the servers, and changes nothing on them.")
    before = ground.trees(ground.production)
    ground.types("cap -n production deploy")
    same = ground.trees(ground.production) == before
    ground.verify(f"every file on {listed(ground.production)} is as it was", true=same)
    ground.line()
    ground.say("Then in earnest.")
    ground.types("cap production deploy greet")
    verify_live(ground, ground.production, ground.commits[1])
    ground.releases.append(ground.live(ground.production[0])[0])
    _verify_greetings(ground, "version one", "version two")
    verify_live(ground, [STAGING], ground.commits[0])


def _rollback(ground: Ground, number: int) -> None:
    ground.title(number, "Go back")
    ground.say(
        "Every release has a record that says what became of it. `deploy:rollback` returns to the last one that was "
        "live and good; the one that is left is called bad, and is never returned to."
    )
    ground.types("cap production deploy:rollback")
    verify_live(ground, ground.production, ground.commits[0])
    back = all(ground.live(host)[0] == ground.releases[0] for host in ground.production)
    ground.verify("that is the release from before, not a new one", true=back)
    states = {ground.state(host, ground.releases[1]) for host in ground.production}
    ground.verify(f"release {ground.releases[1]} is recorded as bad", true=states == {"bad"})
    ground.line()
    ground.types("cap production deploy:releases")


def _where_to_look(ground: Ground, number: int) -> None:
    ground.title(number, "Where to look")
    logs = sorted((ground.folder / "operator").rglob("*.log"))
    ground.verify(f"each of the {len(logs)} invocations left a full log", true=len(logs) == _INVOCATIONS)
    ground.line()
    ground.say(
        f"    project  {ground.project}",
        f"    server   {ground.fleet.path(ground.production[0], ground.deploy_to(ground.production[0]))}",
        f"    log      {logs[-1]}",
    )
    if not ground.kept:
        ground.say(_PARTING)


def _edit(ground: Ground) -> None:
    """Fill in what `capify` left open."""
    ground.edit("config/deploy.py", {
        "import config, run, task": "import after, config, current_path, put, run, shared_path, task",
        '"my-application"': '"greeter"',
        'lambda: f"git@git.example.com:{config.application}.git"': f'"{ground.repository.url}"',
        '# config.user = "deploy"\n': f'# config.user = "deploy"\nconfig.ssh_config = "{ground.fleet.ssh_config}"\n',
        '# config.linked_dirs = ["log", "tmp"]\n': 'config.linked_dirs = ["log"]\n',
        '# config.linked_files = ["config/secrets.yml"]\n': 'config.linked_files = ["greeting.txt"]\n',
    })  # fmt: skip
    shared = ground.project / "config/deploy.py"
    shared.write_text(shared.read_text().rstrip() + "\n" + template("demo-tasks"))
    for stage, hosts in (("production", ground.production), ("staging", (STAGING,))):
        ground.write(f"config/deploy/{stage}.py", _stage(ground, stage, hosts))


def _stage(ground: Ground, stage: str, hosts: Sequence[str]) -> str:
    """Say what one stage is."""
    lines = [f'server("{host}", "app", "web"{", primary=True" if host == hosts[0] else ""})' for host in hosts]
    # Servers that share a file system must not share a folder.
    own = [] if ground.fleet.own_roots else [f'config.deploy_to = "{ground.deploy_to(hosts[0])}"']
    return template("demo-stage", stage=stage, greeting=f"hello from {stage}", lines="\n".join([*own, "", *lines]))


def _verify_greetings(ground: Ground, *versions: str) -> None:
    """Verify what the releases of production wrote into the log that they share."""
    expected = [f"hello from production: {version}" for version in versions]
    logged = all(ground.greetings(host) == expected for host in ground.production)
    ground.verify(f"the log that all releases share has {listed([*versions])}", true=logged)


def verify_live(ground: Ground, hosts: Sequence[str], commit: str) -> None:
    """Verify that these servers have one and the same release, of this commit."""
    live = {ground.live(host) for host in hosts}
    releases = ", ".join(release for release, _ in sorted(live))
    is_so = len(live) == 1 and all(revision == commit for _, revision in live)
    who = f"`current` of {listed(list(hosts))} is"
    ground.verify(f"{who} release {releases}, and its REVISION is {commit[:7]}", true=is_so)


ACTS: Final = (_servers, _project, _staging, _production, _second_commit, _rollback, _where_to_look)
