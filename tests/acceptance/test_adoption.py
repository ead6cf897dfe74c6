"""Deployments that Capistrano made: taken over where they are, gone back in, cleaned up, and left to it again."""

import pytest

from capify.testing.repository import Repository

from .operating import BOTH, PRODUCTION, SHOP, SHOP_RECIPE, STAGING, Operator, fleet_of, live, releases

pytestmark = pytest.mark.fleet

# Capistrano 2: a clone in each release, and in `shared`; 3: a bare mirror, and a log; both: an absolute link.
LAYOUTS = {
    2: """
        mkdir -p {shop}/releases {shop}/shared/log {shop}/shared/pids {shop}/shared/system
        git clone -q {url} {shop}/shared/cached-copy
    """,
    3: """
        mkdir -p {shop}/releases {shop}/shared/log
        git clone -q --mirror {url} {shop}/repo
    """,
}
RELEASE = """
    git clone -q -n {url} {shop}/releases/{name} && cd {shop}/releases/{name} && git checkout -q {commit}
    echo {commit} >REVISION && rm -rf log && ln -s {shop}/shared/log log
    line="Branch master (at {commit}) deployed as release {name} by x"
    [ {version} = 2 ] || {{ rm -rf .git && echo "$line" >>{shop}/revisions.log; }}
    rm -f {shop}/current && ln -s {shop}/releases/{name} {shop}/current
"""
NAMES = ("20200101000001", "20200101000002", "20200101000003")
FOREIGN = ("by hand", "20200101000002-backup", "20190101000000")  # the last has no REVISION


def runs(operator: Operator, text: str) -> None:
    """Do something on both servers, as the user who deploys."""
    for name in BOTH:
        said = fleet_of(operator).run(name, f"set -e\n{text}")
        assert said.returncode == 0, said.stderr


def add_release(operator: Operator, code: Repository, version: int, name: str, commit: str) -> None:
    """Deploy as Capistrano does."""
    runs(operator, RELEASE.format(url=code.url, shop=SHOP, name=name, commit=commit, version=version))


def is_live(operator: Operator) -> set[str]:
    """Say which revisions are live; `current` may be an absolute link."""
    return {fleet_of(operator).run(name, f"cat {SHOP}/current/REVISION").stdout.strip() for name in BOTH}


def foreign(operator: Operator) -> list[list[str]]:
    return [fleet_of(operator).tree(name, f"{SHOP}/releases/{entry}") for name in BOTH for entry in FOREIGN]


@pytest.fixture(params=[2, 3])
def version(request: pytest.FixtureRequest) -> int:
    """Capistrano's."""
    assert isinstance(request.param, int)
    return request.param


@pytest.fixture
def commits(shop: Operator, code: Repository, version: int) -> list[str]:
    """Three releases that Capistrano made, and what somebody put among them."""
    made = [code.head(), code.commit("second"), code.commit("third")]
    runs(shop, LAYOUTS[version].format(shop=SHOP, url=code.url))
    for name, commit in zip(NAMES, made, strict=True):
        add_release(shop, code, version, name, commit)
    runs(shop, "\n".join(f"mkdir '{SHOP}/releases/{entry}' && touch '{SHOP}/releases/{entry}/x'" for entry in FOREIGN))
    shop.write({"capfile.py": SHOP_RECIPE + 'config.linked_dirs = ["log"]\nconfig.keep_releases = 2\n'})
    return made


def test_one_goes_back_straight_after_taking_over(shop: Operator, code: Repository, commits: list[str]):
    before = foreign(shop)
    shop.does("deploy:rollback")
    assert is_live(shop) == {commits[1]}
    shop.does("deploy:rollback")
    assert is_live(shop) == {commits[0]}
    assert shop.cap("deploy:rollback").status == 3
    shop.does("deploy")
    assert is_live(shop) == {commits[2]}
    assert foreign(shop) == before


def test_it_is_deployed_cleaned_and_continued_by_capistrano_and_again_by_capify(
    shop: Operator, code: Repository, version: int, commits: list[str]
):
    before = foreign(shop)
    fourth = code.commit("fourth")
    shop.does("deploy:setup", "deploy")
    assert is_live(shop) == {fourth}
    for name in BOTH:
        left = [entry for entry in releases(fleet_of(shop), name, SHOP) if entry not in FOREIGN]
        assert len(left) == 2
        assert left[0] == NAMES[2]
    fifth = code.commit("fifth")
    add_release(shop, code, version, "20990101000000", fifth)
    assert is_live(shop) == {fifth}
    shop.does("deploy:history")
    sixth = code.commit("sixth")
    shop.does("deploy")
    assert is_live(shop) == {sixth}
    shop.does("deploy:rollback")
    assert is_live(shop) == {fifth}
    assert foreign(shop) == before


def test_servers_whose_clones_differ_get_the_same_commit_and_go_back_without_the_repository(
    shop: Operator, code: Repository
):
    shop.does("deploy:setup", "deploy")
    first = code.head()
    second = code.commit("second")
    cache = f"{SHOP}/shared/cached-copy"
    fleet_of(shop).run(PRODUCTION, f"git -C {cache} update-ref refs/remotes/origin/master {first}")
    stale = f"rm -rf {cache} && git clone -q {code.url} {cache} && git -C {cache} reset -q --hard {second}"
    fleet_of(shop).run(STAGING, f"{stale} && git -C {cache} remote set-url origin file:///nowhere")
    shop.does("deploy")
    assert is_live(shop) == {second}
    code.origin.rename(code.origin.with_name("gone"))
    shop.does("deploy:rollback")
    assert is_live(shop) == {first}
    assert live(fleet_of(shop), PRODUCTION, SHOP) == first
