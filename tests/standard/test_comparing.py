"""Claims about how two releases are compared, pinned, and which commits lie between them."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from capify.errors import RecipeError, Refused
from capify.machines import Server
from capify.outcomes import Answers
from capify.standard.answers import Current, Deployment, Record, State
from capify.standard.authors import Author
from capify.standard.building import Source
from capify.standard.commits import Between, ask, between
from capify.standard.comparing import SHOWN, Difference, compare, difference, meant
from capify.standard.history import doomed
from capify.standard.layout import Layout
from capify.standard.spelling import script
from capify.testing.repository import Repository

AUTHOR = Author("a" * 32, "anna@laptop", "12345678")
OLD, NEW = "20200101000000", "20200102000000"


def lists(ground: Any, old: str, new: str) -> None:
    """Write the lists of files of two releases."""
    (ground.root / ".capify/files").mkdir(parents=True, exist_ok=True)
    for name, text in ((OLD, old), (NEW, new)):
        (ground.root / f".capify/files/{name}").write_text("".join(sorted(text.splitlines(keepends=True))))


def test_files_that_differ_are_told_by_what_became_of_them(ground: Any) -> None:
    one, two = "1" * 64, "2" * 64
    same = f"{one}  ./same\nlink a/b  ./link\n"
    old = f"{same}{one}  ./edited\n{one}  ./gone  ./away\nlink x  ./turned\nlink x  ./now a file\n"
    new = f"{same}{two}  ./edited\n{one}  ./a new  one\nlink y  ./turned\n{one}  ./now a file\n"
    lists(ground, old, new)
    told = difference(ground.runs(compare(ground.layout, OLD, NEW)))
    assert told.rows == [
        ("+", "a new  one"), ("~", "edited"), ("-", "gone  ./away"), ("~", "now a file"), ("~", "turned"),
    ]  # fmt: skip
    assert (told.counts, told.more, told.unlisted) == ((1, 1, 3), 0, ())


def test_very_many_files_are_counted(ground: Any) -> None:
    lists(ground, "", "".join(f"{'1' * 64}  ./{number:04}\n" for number in range(SHOWN + 7)))
    told = difference(ground.runs(compare(ground.layout, OLD, NEW)))
    assert (len(told.rows), told.more) == (SHOWN, 7)


def test_a_release_without_a_list_cannot_be_compared(ground: Any) -> None:
    assert difference(ground.runs(compare(ground.layout, OLD, NEW))).unlisted == (OLD, NEW)


def test_a_pin_is_kept_in_the_record_and_nothing_else_changes(ground: Any) -> None:
    ground.release(OLD)
    file = ground.root / f".capify/releases/{OLD}"
    before, age = file.read_text(), file.stat().st_mtime_ns
    spell = {
        who: script(
            ground.layout, "lock", "write", "pin", values={"release": OLD, "pinned": who, **AUTHOR.values}
        )
        for who in ("anna@laptop", "$(touch pwned) `x` pinned by\\n", "")
    }  # fmt: skip
    for who in ("anna@laptop", "anna@laptop", "$(touch pwned) `x` pinned by\\n"):
        ground.runs(spell[who])
        assert ground.read().records[OLD].facts["pinned"] == who
        assert file.read_text().count("\npinned ") == 1
    ground.runs(spell[""])
    assert not ground.read().records[OLD].pinned
    assert (file.read_text(), file.stat().st_mtime_ns) == (before, age)
    assert not list(ground.home.rglob("pwned"))
    assert ground.traces() == []


def test_what_capify_did_not_make_cannot_be_pinned(ground: Any) -> None:
    values = {"release": NEW, "pinned": "anna", **AUTHOR.values}
    assert "has no record" in ground.refuses(script(ground.layout, "lock", "write", "pin", values=values))


def test_cleaning_up_spares_what_is_pinned() -> None:
    records = {
        str(n): Record(str(n), State.RETIRED, n, n, facts={"pinned": "anna"} if n == 1 else {}) for n in range(1, 6)
    }
    records["5"] = Record("5", State.LIVE, 5, 5)
    found = Deployment(current=Current.RELEASE, live="5", releases=frozenset(records), records=records)
    assert set(doomed(found, 2, 0)) == {"2", "3"}


def test_a_release_is_meant_by_its_name_or_what_it_is() -> None:
    one, two = Server("web1"), Server("web2")
    records = {name: Record(name, State.RETIRED, n, n) for n, name in enumerate((OLD, NEW), 1)}
    there = Deployment(current=Current.RELEASE, live=NEW, releases=frozenset(records), records=records)
    seen = {one: there, two: Deployment()}
    assert meant(seen, "live") == meant(seen, NEW) == {one: NEW}
    assert meant(seen, "previous") == {one: OLD}
    with pytest.raises(Refused, match="no server has a release `20200102000001`") as caught:
        meant(seen, "20200102000001")
    assert caught.value.hint.startswith(f"did you mean `{NEW}`")


def asked(repository: Repository, folder: Path, old: str, new: str, *, fetches: bool = True) -> Between:
    """Ask the mirror in a folder which commits lie between two."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    text = ask(Source(repository.url), old, new, store=str(folder / "mirror.git"), folder=str(work) if fetches else "")
    done = subprocess.run(
        ["sh", "-c", text], capture_output=True, check=False, timeout=120, cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return between(done.stdout.decode())


def test_commits_between_two_are_told_both_ways(tmp_path: Path, repository: Repository) -> None:
    first = repository.head()
    second = repository.commit("second \x1b[31m|\tred")
    other = repository.head("develop")
    told = asked(repository, tmp_path, first, second)
    assert [commit.revision for commit in told.ahead] == [second]
    assert told.ahead[0].subject == "second ?[31m|?red"
    assert (told.counts, told.known) == ((1, 0), True)
    apart = asked(repository, tmp_path, second, other)
    assert apart.counts == (1, 2)
    assert apart.behind[0].revision == second


def test_a_mirror_is_only_made_where_that_is_wanted(tmp_path: Path, repository: Repository) -> None:
    first = repository.head()
    second = repository.commit("second")
    assert not asked(repository, tmp_path, first, second, fetches=False).known
    assert not (tmp_path / "mirror.git").exists()
    assert asked(repository, tmp_path, first, second).known
    third = repository.commit("third")
    assert asked(repository, tmp_path, second, third, fetches=False).unknown == third
    assert asked(repository, tmp_path, "9" * 40, third).unknown == "9" * 40
    repository.origin.rename(tmp_path / "gone")
    assert asked(repository, tmp_path, first, third, fetches=False).counts == (2, 0)


def test_what_is_no_commit_is_not_taken_for_one() -> None:
    told = between("store\t/m\nahead\tnothing\nahead\t" + "g" * 40 + " 1 a\tb\ncounted\tahead many\nunknown\t-rf\n")
    assert told == Between(store="/m")


def test_a_difference_that_a_server_makes_up_is_bounded() -> None:
    told = difference(Answers("added\ta\x1b\n" * (SHOWN + 1) + "counted\tadded 1e9\n"))
    assert (len(told.added), told.added[0], told.counts) == (SHOWN, "a?", (0, 0, 0))
    assert isinstance(told, Difference)


def test_release_names_are_checked_before_they_reach_a_script() -> None:
    with pytest.raises(RecipeError, match="cannot be the name of a release"):
        compare(Layout("/var/www/shop"), "../x", NEW)
