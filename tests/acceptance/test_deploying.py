"""Deploying to several servers: all or none, one revision, and nothing live is ever lost."""

from pathlib import Path

import pytest

from capify.testing.repository import Repository

from .operating import (
    BOTH,
    GUARD,
    PRODUCTION,
    SHOP,
    SHOP_RECIPE,
    STAGING,
    Operator,
    fleet_of,
    live,
    releases,
    wait_until,
)  # fmt: skip

pytestmark = pytest.mark.fleet


def adds(operator: Operator, text: str) -> None:
    operator.write({"capfile.py": SHOP_RECIPE + text})


def is_live(operator: Operator) -> list[str]:
    """Say which revision is live on each server."""
    return [live(fleet_of(operator), name, SHOP) for name in BOTH]


def links(operator: Operator) -> list[str]:
    """Say where each server's `current` leads."""
    return [str(fleet_of(operator).path(name, f"{SHOP}/current").readlink()) for name in BOTH]


def commits(code: Repository, operator: Operator, *texts: str) -> list[str]:
    """Deploy one commit after the other; returns their revisions."""
    found = []
    for text in texts:
        found.append(code.commit(text))
        operator.does("deploy")
    return found


def test_both_servers_get_the_same_release_of_the_same_revision(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy")
    assert is_live(shop) == [code.head()] * 2
    assert releases(fleet_of(shop), PRODUCTION, SHOP) == releases(fleet_of(shop), STAGING, SHOP)


_LIST = f"cd {SHOP}/current/. && find . -name REVISION -prune -o -printf '%y %m %p %l\\n'"


@pytest.mark.parametrize("strategy", ["remote_cache", "copy"])
def test_both_strategies_deploy_the_same_tree(shop: Operator, code: Repository, strategy: str):
    shop.does("-s", f"deploy_via={strategy}", "deploy:setup", "deploy")
    assert is_live(shop) == [code.head()] * 2
    for name in BOTH:
        said = fleet_of(shop).run(name, _LIST)
        assert sorted(line.rstrip() for line in said.stdout.splitlines()) == [
            "d 755 .", "d 755 ./bin", "d 755 ./config", "d 755 ./public", "d 755 ./public/images",
            "f 644 ./README", "f 644 ./config/settings.txt", "f 644 ./public/images/logo.txt", "f 644 ./version.txt",
            "f 755 ./bin/start", "l 777 ./start bin/start",
        ]  # fmt: skip


def test_with_copy_the_servers_need_neither_git_nor_the_repository(shop: Operator, code: Repository):
    for name in BOTH:
        fleet_of(shop).command(name, "git", "#!/bin/sh\necho 'there is no git here' >&2\nexit 127\n")
    shop.does("-s", "deploy_via=copy", "deploy:setup", "deploy")
    assert is_live(shop) == [code.head()] * 2


def test_linked_files_and_folders_lead_to_what_is_shared(shop: Operator, code: Repository):
    adds(shop, 'config.linked_dirs = ["log", "public/uploads"]\nconfig.linked_files = ["config/secret.txt"]\n')
    shop.does("deploy:setup")
    for name in BOTH:
        fleet_of(shop).run(name, f"echo hush > {SHOP}/shared/config/secret.txt")
    shop.does("deploy")
    for name in BOTH:
        use = "cat config/secret.txt && echo x > log/a && echo y > public/uploads/b"
        said = fleet_of(shop).run(name, f"cd {SHOP}/current && {use}")
        assert said.stdout == "hush\n", said.stderr
    code.commit("second")
    shop.does("deploy")
    for name in BOTH:
        assert fleet_of(shop).run(name, f"cat {SHOP}/current/log/a {SHOP}/current/public/uploads/b").stdout == "x\ny\n"


def but_locks(shop: Operator, name: str) -> list[str]:
    """What a server has, but for the lock that was taken and let go."""
    return [line for line in fleet_of(shop).tree(name, "/var/www") if ".capify/locks/" not in line]


def test_a_missing_linked_file_stops_before_anything_is_changed(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy")
    adds(shop, 'config.linked_files = ["config/secret.txt"]\n')
    fleet_of(shop).run(PRODUCTION, f"mkdir -p {SHOP}/shared/config && echo hush > {SHOP}/shared/config/secret.txt")
    before = [but_locks(shop, name) for name in BOTH]
    said = shop.cap("deploy")
    assert said.status in {3, 4}
    assert f"{SHOP}/shared/config/secret.txt" in said.err
    assert STAGING in said.err
    assert [but_locks(shop, name) for name in BOTH] == before


def test_publishing_that_fails_on_one_server_puts_all_back(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy")
    (first,) = {*is_live(shop)}
    code.commit("second")
    # Just before the switch: a program that somebody made a mistake with, so that no check can have seen it.
    folder = f"rm {SHOP}/current; mkdir {SHOP}/current; touch {SHOP}/current/mine"
    broken = f'test "$FLEET_HOST" != {STAGING} || {{ {folder}; }}'
    adds(shop, f"from capify import before\n\n@before('deploy:create_symlink')\ndef sabotage():\n    run({broken!r})\n")
    said = shop.cap("deploy")
    assert said.status == 6, said.err
    assert live(fleet_of(shop), PRODUCTION, SHOP) == first
    assert fleet_of(shop).path(STAGING, f"{SHOP}/current/mine").exists()
    assert [len(releases(fleet_of(shop), name, SHOP)) for name in BOTH] == [1, 1]


def test_a_switch_that_fails_on_one_server_is_taken_back_on_the_other(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy")
    before, had = links(shop), releases(fleet_of(shop), PRODUCTION, SHOP)
    code.commit("second")
    for program in ("mv", "perl", "python3"):  # every way to rename a link over another
        real = f"/usr/bin/{program}"
        script = f'#!/bin/sh\ncase $* in *" current"*) echo "input/output error" >&2; exit 1;; esac\nexec {real} "$@"\n'
        fleet_of(shop).command(STAGING, program, script)
    said = shop.cap("deploy")
    assert said.status == 6, said.err
    assert "input/output error" in said.err
    assert links(shop) == before
    assert [releases(fleet_of(shop), name, SHOP) for name in BOTH] == [had, had]
    log = fleet_of(shop).path(PRODUCTION, f"{SHOP}/revisions.log").read_text()
    assert "taken back" in log.splitlines()[-1]


def test_a_folder_where_current_should_be_is_found_before_anything_is_built(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    fleet_of(shop).run(STAGING, f"mkdir {SHOP}/current && touch {SHOP}/current/mine")
    before = [but_locks(shop, name) for name in BOTH]
    said = shop.cap("deploy")
    assert said.status == 3
    assert STAGING in said.err
    assert [but_locks(shop, name) for name in BOTH] == before


def test_a_server_that_cannot_build_keeps_every_server_at_what_it_had(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy")
    before, had = links(shop), releases(fleet_of(shop), PRODUCTION, SHOP)
    code.commit("second")
    fleet_of(shop).command(STAGING, "git", "#!/bin/sh\necho 'no space left on device' >&2\nexit 128\n")
    said = shop.cap("deploy")
    assert said.status == 6, said.err
    assert "no space left on device" in said.err
    assert links(shop) == before
    assert [releases(fleet_of(shop), name, SHOP) for name in BOTH] == [had, had]


def test_a_hook_that_fails_after_publishing_does_not_take_it_back(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    adds(shop, "@after('deploy')\ndef tell():\n    run('exit 3')\n")
    said = shop.cap("deploy")
    assert said.status == 1
    assert is_live(shop) == [code.head()] * 2


def test_a_restart_that_fails_is_said_and_all_go_back(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy")
    first = code.head()
    code.commit("second")
    only_first = f"grep -q {first} {SHOP}/current/REVISION || exit 3"
    adds(shop, f"@deploy.task(at_once=1)\ndef restart():\n    run({only_first!r})\n")
    said = shop.cap("deploy")
    assert said.status == 6, said.err
    assert is_live(shop) == [first] * 2
    rows = [line.split() for line in said.err.splitlines() if first[:7] in line and line.startswith(BOTH)]
    outcomes = {row[0]: row[1] for row in rows if row[1] in {"ok", "failed"}}
    assert outcomes == {PRODUCTION: "failed", STAGING: "ok"}


def test_rolling_back_needs_no_repository(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    first, _ = commits(code, shop, "one", "two")
    code.origin.rename(code.origin.with_name("gone"))
    shop.does("deploy:rollback")
    assert is_live(shop) == [first] * 2


def test_rolling_back_marks_what_was_left_as_bad_and_a_new_deployment_goes_on(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    first, _ = commits(code, shop, "one", "two")
    shop.does("deploy:rollback")
    (third,) = commits(code, shop, "three")
    assert is_live(shop) == [third] * 2
    shop.does("deploy:rollback")
    assert is_live(shop) == [first] * 2


def test_cleaning_up_keeps_what_is_live_whatever_its_age(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    first, _ = commits(code, shop, "one", "two")
    shop.does("deploy:rollback")
    shop.does("-s", "keep_releases=1", "-s", "keep_failed=0", "deploy:cleanup")
    assert is_live(shop) == [first] * 2
    assert [len(releases(fleet_of(shop), name, SHOP)) for name in BOTH] == [1, 1]


def test_cleaning_up_leaves_so_many_and_never_a_strangers_folder(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    fleet_of(shop).run(PRODUCTION, f"mkdir {SHOP}/releases/zzz-backup && touch {SHOP}/releases/zzz-backup/mine")
    shop.variables["CAPIFY_KEEP_RELEASES"] = "2"
    commits(code, shop, "one", "two", "three")
    assert len(releases(fleet_of(shop), STAGING, SHOP)) == 2
    assert [name for name in releases(fleet_of(shop), PRODUCTION, SHOP) if name.startswith("zzz")] == ["zzz-backup"]
    assert fleet_of(shop).path(PRODUCTION, f"{SHOP}/releases/zzz-backup/mine").exists()


def test_a_branch_that_moves_meanwhile_moves_no_server(shop: Operator, code: Repository):
    adds(shop, "@deploy.task\ndef noted():\n    pass\n")
    shop.does("deploy:setup")
    intended = code.head()
    # The slower server begins to fetch only after somebody has pushed.
    git = fleet_of(shop).command(STAGING, "git", _waiting(fleet_of(shop).shared))
    assert git.exists()
    with shop.begins("deploy") as running:
        wait_until((fleet_of(shop).shared / "waiting").exists)
        assert code.commit("pushed meanwhile") != intended
        (fleet_of(shop).shared / "go").touch()
        said = running.ends()
    assert said.status == 0, said.err
    assert is_live(shop) == [intended] * 2


def _waiting(shared: Path) -> str:
    shared.chmod(0o777)
    wait = f"n=0; while [ ! -e {shared}/go ] && [ $n -lt {int(GUARD) * 50} ]; do sleep 0.02; n=$((n+1)); done"
    return f'#!/bin/sh\ntouch {shared}/waiting\n{wait}\nexec /usr/bin/git "$@"\n'


@pytest.mark.parametrize("kind", ["branch", "tag", "commit"])
def test_a_branch_a_tag_or_a_commit_can_be_deployed(shop: Operator, code: Repository, kind: str):
    shop.does("deploy:setup")
    tagged = code.tag("v1")
    code.commit("later")
    wanted = {"branch": "develop", "tag": "v1", "commit": tagged}[kind]
    shop.does("-s", f"branch={wanted}", "deploy")
    assert is_live(shop) == [code.head("develop") if kind == "branch" else tagged] * 2


def test_an_unknown_branch_is_refused_before_anything_is_touched(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    before = [fleet_of(shop).tree(name, "/var/www") for name in BOTH]
    said = shop.cap("-s", "branch=mastr", "deploy")
    assert said.status == 2
    assert "`master`" in said.err
    assert [fleet_of(shop).tree(name, "/var/www") for name in BOTH] == before


def test_a_branch_is_never_a_command(shop: Operator, code: Repository):
    said = shop.cap("-s", f"branch=$(touch {shop.project}/pwned)", "deploy")
    assert said.status == 2
    assert not (shop.project / "pwned").exists()


def test_every_deployment_and_rollback_is_in_the_log_on_the_server(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    commits(code, shop, "one", "two")
    shop.does("deploy:rollback")
    log = fleet_of(shop).path(STAGING, f"{SHOP}/revisions.log").read_text().splitlines()
    assert len(log) == 3
    assert code.head() in log[1]
    assert "rolled back" in log[2]


def test_steps_can_be_run_alone(shop: Operator, code: Repository):
    shop.does("deploy:setup")
    shop.does("deploy:update_code")
    assert not fleet_of(shop).path(PRODUCTION, f"{SHOP}/current").is_symlink()
    assert len(releases(fleet_of(shop), PRODUCTION, SHOP)) == 1
    shop.does("deploy:create_symlink")
    assert is_live(shop) == [code.head()] * 2


def test_a_server_that_joins_later_is_set_up_and_deployed_to(shop: Operator, code: Repository):
    only = SHOP_RECIPE.replace(f'server("{STAGING}", "app", "web")\n', "")
    shop.write({"capfile.py": only})
    shop.does("deploy:setup", "deploy")
    shop.write({"capfile.py": SHOP_RECIPE})
    code.commit("second")
    shop.does("deploy:setup", "deploy")
    assert is_live(shop) == [code.head()] * 2
    said = shop.cap("deploy:rollback")
    assert said.status == 3
    assert STAGING in said.err
    assert is_live(shop) == [code.head()] * 2
