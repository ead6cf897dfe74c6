"""Claims about what `deploy:status` concludes from what servers said, and how it tells the past. Pure."""

import json
from dataclasses import replace
from typing import Any

import pytest

from capify.errors import CheckFailed
from capify.machines import Server
from capify.standard import chronicle
from capify.standard.answers import Current, Deployment, Lock, Operation, Record, State
from capify.standard.drift import Drift
from capify.standard.findings import Finding, findings, refuse_drift
from capify.standard.findings import plain as plain_finding
from capify.standard.survey import Survey, columns, plain, row, size

ONE, TWO, THREE = Server("web1", "deploy"), Server("web2", "deploy"), Server("db1", "deploy")
A, B, C = "20260101000000", "20260102000000", "20260103000000"
RED, BLUE = "a" * 40, "b" * 40
DIGEST = "d" * 64
TOKEN = "f" * 32


def server(live: str = B, revision: str = BLUE, now: int = 1_000_000, **changed: Any) -> Deployment:
    """A server with two releases, of which the second went live a day ago."""
    facts = {"who": "anna@laptop", "digest": DIGEST}
    records = {
        A: Record(A, State.RETIRED, 1, 1, RED, since=now - 300_000, facts=facts),
        B: Record(B, State.LIVE, 2, 2, BLUE, since=now - 90_000, facts=facts),
    }
    found = Deployment(
        exists=True, current=Current.RELEASE, target=f"releases/{live}", live=live, revision=revision,
        releases=frozenset(records), records=records, now=now, free_bytes=5 << 30, free_files=1000,
    )  # fmt: skip
    return replace(found, **changed)


def drifted(**changed: Any) -> Drift:
    """A server's live release, as it was deployed but for this."""
    return replace(Drift(live=B, listed=True, digest=DIGEST), **changed)


def told(one: Deployment, drift: Drift | None = None, health: str | None = None) -> list[Finding]:
    """What is found of one server."""
    return findings(Survey({ONE: one}, {ONE: drift or drifted()}, {} if health is None else {ONE: health}))


def kinds(found: list[Finding]) -> list[str]:
    return [finding.kind for finding in found]


def operation(phase: str, token: str = TOKEN) -> Operation:
    return Operation("deploy", phase, C, B, token, {"who": "anna@laptop", "when": "999820"})


def test_servers_that_are_as_they_were_deployed_have_no_findings() -> None:
    survey = Survey({ONE: server(), TWO: server()}, {ONE: drifted(), TWO: drifted()}, {ONE: ""})
    assert findings(survey) == []
    refuse_drift([])
    assert row(survey, ONE) == (
        "web1", B, BLUE[:12], "1 day", "anna@laptop", "live", "", "ok", "5.0 GB", ""
    )  # fmt: skip


def test_different_revisions_are_drift_and_name_their_servers() -> None:
    survey = Survey({ONE: server(), TWO: server(A, RED), THREE: server()}, {})
    first = findings(survey)[0]
    assert (first.kind, first.drift) == ("revisions-differ", True)
    assert first.text == f"different revisions are live: `web1` and `db1`: {BLUE[:12]}; `web2`: {RED[:12]}"


def test_different_releases_of_one_revision_are_drift_too() -> None:
    other = replace(server().records[B], release=C)
    two = server(C, records={C: other}, releases=frozenset({C}))
    assert "releases-differ" in kinds(findings(Survey({ONE: server(), TWO: two})))


def test_while_somebody_deploys_servers_may_differ() -> None:
    busy = server(lock=Lock("held", 4, TOKEN, {"who": "anna"}), operation=operation("publishing"))
    survey = Survey({ONE: busy, TWO: server(A, RED)})
    first = next(finding for finding in findings(survey) if finding.kind == "revisions-differ")
    assert (first.drift, "somebody is deploying" in first.text) == (False, True)
    assert "interrupted" not in kinds(findings(survey))
    assert row(survey, ONE)[5] == f"live, deploying {C}"
    assert plain(survey, ONE)["operation"]["interrupted"] is False


@pytest.mark.parametrize("current", [Current.NONE, Current.DIRECTORY, Current.DANGLING, Current.OUTSIDE])
def test_a_current_that_is_no_release_is_drift(current: Current) -> None:
    found = told(server(current=current, live="", revision=""))
    assert [(finding.kind, finding.drift) for finding in found] == [(f"current-{current}", True)]
    assert "`current`" in found[0].text


def test_a_server_that_was_never_set_up_is_told_what_to_do() -> None:
    (found,) = told(Deployment())
    assert (found.kind, found.advice) == ("not-set-up", "`deploy:setup` makes the folders")
    assert row(Survey({ONE: Deployment()}), ONE)[1] == "not set up"


def test_releases_without_a_record_are_named() -> None:
    live = told(server(records={A: server().records[A]}))
    assert [(one.kind, one.drift) for one in live] == [("no-record", True)]
    others = told(server(releases=frozenset({A, B, C}), odd=("notes.txt",)))
    assert [(one.kind, one.drift) for one in others] == [("strangers", False)]
    assert others[0].paths == (C, "notes.txt")
    assert kinds(told(server(broken=("x",)))) == ["records-broken"]


def test_a_link_that_somebody_turned_by_hand_is_drift() -> None:
    assert kinds(told(server(A, RED), drifted(live=A))) == ["current-by-hand"]
    assert kinds(told(server(revision=RED))) == ["revision-file"]
    assert kinds(told(server(revision=""))) == ["revision-file"]


def test_files_that_were_edited_or_are_missing_are_drift_and_named() -> None:
    many = tuple(f"f{n}" for n in range(20))
    edited, missing = told(server(), drifted(edited=many, missing=("x",), counts={"edited": 31, "missing": 1}))
    assert edited.text == "31 files of the live release were edited: `f0`, `f1`, `f2`, `f3`, `f4` and 26 more"
    assert (edited.paths, edited.drift) == (many, True)
    assert missing.text == "1 file of the live release is missing: `x`"
    assert kinds(told(server(), drifted(digest="e" * 64))) == ["list-edited"]
    assert kinds(told(server(), drifted(unlinked={"log": "folder"}))) == ["links"]


def test_what_would_be_lost_is_a_notice_with_the_line_that_keeps_it() -> None:
    written = {"public/uploads": 2, "log": 5, "debug.log": 0}
    (found,) = told(server(), drifted(written=written))
    assert found.drift is False
    assert found.text.startswith("8 files written since it went live would be lost with the next deployment: in ")
    assert found.advice == (
        '`config.append(linked_dirs=["public/uploads", "log"], linked_files=["debug.log"])` keeps them'
    )
    both = told(server(), drifted(written=written, unlinked={"log": "folder"}))
    assert [one.kind for one in both] == ["links", "written"]
    assert '"log"' not in both[1].advice


@pytest.mark.parametrize(
    ("phase", "advice"), [("prepared", "deploy again"), ("publishing", "`deploy:resume`"), ("returned", "deploy again")]
)
def test_what_was_interrupted_is_drift_with_the_next_command(phase: str, advice: str) -> None:
    free, stale = server(operation=operation(phase)), Lock("stale", 4, TOKEN, {"who": "anna@laptop", "when": "999820"})
    (found,) = told(free)
    assert (found.kind, found.drift, found.advice.startswith(advice)) == ("interrupted", True, True)
    assert "by anna@laptop, 3 minutes ago" in found.text
    assert f"`{B}` was live" in found.text
    assert kinds(told(replace(free, lock=stale))) == ["interrupted", "lock-stale"]
    assert row(Survey({ONE: free}), ONE)[5] == "live, interrupted"
    other = replace(free, lock=Lock("held", 5, "e" * 32))
    assert kinds(told(other)) == ["interrupted"]


def test_a_lock_that_is_held_is_shown_and_no_drift() -> None:
    held = server(lock=Lock("held", 4, TOKEN, {"who": "anna@laptop", "when": "999820", "reason": "deploy"}))
    assert told(held) == []
    assert row(Survey({ONE: held}), ONE)[-1] == "anna@laptop, 3 minutes ago (deploy)"
    assert plain(Survey({ONE: held}), ONE)["lock"]["who"] == "anna@laptop"


def test_what_runs_is_told_apart_from_what_is_published() -> None:
    survey = Survey({ONE: server()}, {ONE: drifted(running=(A, B))})
    assert row(survey, ONE)[6] == f"live, {A}"
    assert [(one.kind, one.drift) for one in findings(survey)] == [("running-elsewhere", False)]
    sick = told(server(), health="it answered 500")
    assert [(one.kind, one.drift) for one in sick] == [("not-healthy", True)]


def test_what_went_live_between_the_two_looks_is_not_compared() -> None:
    assert told(server(), drifted(live=A, edited=("x",), counts={"edited": 1})) == []


def test_what_several_servers_have_in_common_is_one_finding() -> None:
    edited = drifted(edited=("x",), counts={"edited": 1})
    found = findings(Survey({ONE: server(), TWO: server()}, {ONE: edited, TWO: edited}))
    assert [finding.servers for finding in found] == [(ONE, TWO)]
    with pytest.raises(CheckFailed, match="`web1` and `web2`: 1 file of the live release was edited: `x`"):
        refuse_drift(found)


def test_columns_in_which_nobody_has_anything_are_left_out() -> None:
    survey = Survey({ONE: server()}, {ONE: drifted()})
    rows, names = columns([row(survey, ONE)])
    assert names == ("server", "release", "revision", "live for", "by", "state", "disk free")
    assert all(len(one) == len(names) for one in rows)


def test_everything_is_plain_data_with_the_same_names() -> None:
    bare, full = (
        plain(Survey({ONE: one}, {}, health), ONE)
        for one, health in (
            (Deployment(), {}),
            (server(lock=Lock("stale", 1, TOKEN), operation=operation("building")), {ONE: "bad"}),
        )
    )
    assert bare.keys() == full.keys()
    assert (bare["release"], bare["healthy"], bare["age"]) == (None, None, None)
    assert (full["healthy"], full["age"], full["operation"]["interrupted"]) == (False, 90_000, True)
    json.dumps([bare, full, *map(plain_finding, told(Deployment()))])


@pytest.mark.parametrize(
    ("number", "text"), [(None, ""), (0, "0 kB"), (5 << 20, "5.0 MB"), (512 << 20, "512 MB"), (3 << 40, "3.0 TB")]
)
def test_sizes_are_told_in_the_unit_that_fits(number: int | None, text: str) -> None:
    assert size(number) == text


def test_the_past_is_told_newest_first_with_what_each_release_is() -> None:
    who = {"who": "anna@laptop"}
    records = {
        "1": Record("1", State.RETIRED, 1, 1, RED, facts={"who": "Capistrano"}),
        "2": Record("2", State.RETIRED, 2, 2, BLUE, since=0, facts={**who, "pinned": "bert@desk"}),
        "3": Record("3", State.BAD, 3, 3, BLUE, facts=who),
        "4": Record("4", State.BAD, 4, 0, BLUE, facts={**who, "when": "60"}),
        "5": Record("5", State.LIVE, 5, 4, RED, since=10**14, facts=who),
        "6": Record("6", State.READY, 6, 0, RED, facts=who),
    }
    found = server(
        "5", records=records, releases=frozenset("12356"), failed=frozenset("4"), odd=("x",),
        operation=Operation("deploy", "prepared", "6", "5", TOKEN),
    )  # fmt: skip
    assert [(row[0], row[2], row[3]) for row in chronicle.rows({ONE: found})] == [
        ("6", "ready, interrupted while being prepared", ""),
        ("5", "live", ""),
        ("4", "bad: never went live, put aside", "1970-01-01 00:01 UTC"),
        ("3", "bad: left by a rollback", ""),
        ("2", "previous good, pinned by bert@desk", "1970-01-01 00:00 UTC"),
        ("1", "retired, adopted", ""),
        ("x", "not made by Capify", ""),
    ]
    both = chronicle.rows({ONE: found, TWO: replace(found, live="2", current=Current.RELEASE)})
    assert [(row[2], row[5]) for row in both if row[0] in "13"] == [
        ("bad: left by a rollback", "all"), ("retired, adopted", "all"),
    ]  # fmt: skip
    assert {(row[2], row[5]) for row in both if row[0] == "5"} == {("live", "web1"), ("previous good", "web2")}
