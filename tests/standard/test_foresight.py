"""Claims about previews: which world they are made of, what counts as a change of it, and how they are kept."""

from dataclasses import replace
from typing import Any

import pytest

from capify.machines import Server
from capify.standard.answers import Current, Deployment, Lock, Operation, Record, State
from capify.standard.foresight import Keeping, Preview, changes, parsed, removed, spelled, world

ONE, TWO = Server("web1", "deploy"), Server("web2", "deploy", 2222)
RED, BLUE = "a" * 40, "b" * 40


def server(count: int = 3) -> Deployment:
    """A server with so many releases, of which the last is live."""
    records = {str(n): Record(str(n), State.RETIRED, n, n, RED) for n in range(1, count)}
    records[str(count)] = Record(str(count), State.LIVE, count, count, BLUE)
    return Deployment(
        exists=True, current=Current.RELEASE, target=f"releases/{count}", live=str(count), revision=BLUE,
        releases=frozenset(records), records=records, now=1, free_bytes=5,
    )  # fmt: skip


def made(one: Deployment | None = None, **changed: Any) -> Preview:
    found = world({ONE: one or server(), TWO: server()})
    return replace(Preview(RED, "/var/www/shop", "production", {"keep_releases": "5"}, found), **changed)


def test_a_world_that_is_as_it_was_has_no_changes() -> None:
    later = replace(server(), now=99, free_bytes=1, lock=Lock("held", 3, "f" * 32), folders=frozenset({".capify"}))
    assert changes(made(), made(later)) == []
    assert made().id == made(later).id


def test_releases_that_taking_the_lock_adopts_are_no_change() -> None:
    before = replace(server(), records={})
    adopted = {name: replace(one, facts={"who": "Capistrano"}) for name, one in server().records.items()}
    assert changes(made(before), made(replace(before, records=adopted))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"live": "2", "target": "releases/2"}, "deploy@web1: `current` was `releases/3`, is `releases/2`"),
        ({"revision": RED}, f"deploy@web1: the live commit was `{BLUE}`, is `{RED}`"),
        ({"releases": frozenset("1234")}, "deploy@web1: release 4 is new: there"),
        ({"releases": frozenset("23")}, "deploy@web1: release 1 was `retired`, is `retired, without its folder`"),
        ({"missing": ("config/key",)}, "deploy@web1: the list of missing linked files was nothing, is `config/key`"),
        ({"current": Current.DIRECTORY, "live": ""}, "deploy@web1: `current` was `releases/3`, is `directory`"),
        (
            {"operation": Operation("deploy", "building", "4", "3", "f" * 32)},
            "deploy@web1: what is under way was nothing, is `deploy of 4, building`",
        ),
    ],
)
def test_each_change_is_named_with_its_server(change: dict[str, Any], said: str) -> None:
    assert changes(made(), made(replace(server(), **change))) == [said]


def test_a_pin_a_rollback_and_a_cleanup_are_changes() -> None:
    found = server()
    records = dict(found.records)
    records["1"] = replace(records["1"], facts={"pinned": "anna"})
    records["2"] = replace(records["2"], state=State.BAD)
    said = changes(made(), made(replace(found, records=records)))
    assert said == [
        "deploy@web1: release 1 was `retired`, is `retired, pinned`",
        "deploy@web1: release 2 was `retired`, is `bad`",
    ]
    gone = replace(found, records={"3": records["3"]}, releases=frozenset("3"))
    assert changes(made(), made(gone)) == ["deploy@web1: release 1 is gone", "deploy@web1: release 2 is gone"]


def test_other_servers_settings_commits_and_stages_are_changes() -> None:
    less = made(world=world({ONE: server()}))
    assert changes(made(), less) == ["deploy@web2:2222: is not among the servers any more"]
    assert changes(less, made()) == ["deploy@web2:2222: was not among the servers"]
    assert changes(made(), made(settings={"keep_releases": "3"})) == ["setting keep_releases was `5`, is `3`"]
    assert changes(made(), made(revision=BLUE)) == [f"the commit was `{RED}`, is `{BLUE}`"]
    assert changes(made(), made(stage="staging")) == [
        "it was made for `production` in `/var/www/shop`; this is `staging` in `/var/www/shop`"
    ]


def test_what_cleaning_up_will_remove_is_known_before() -> None:
    assert removed(server(5), "6", Keeping(good=3, failed=1)) == ("3", "2", "1")
    assert removed(server(2), "3", Keeping(good=5, failed=1)) == ()


def test_a_preview_is_read_as_it_was_written_or_not_at_all() -> None:
    text = spelled(made())
    assert parsed(text) == made()
    assert len(made().id) == 12
    assert parsed(text.replace(RED, BLUE)) is None
    assert parsed(text.replace('"format": 1', '"format": 2')) is None
    for wrong in ("", "[]", "{}", "null", '{"format": 1, "id": "x", "other": 1}', "\x00"):
        assert parsed(wrong) is None
