"""Expressions that select servers: how they read, what they accept, how they complain."""

import string
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import UsageError
from capify.machines import Server
from capify.plan.expressions import BARE, IDENTITY, Both, Either, Expression, Not, Term, Value
from capify.plan.notation import KEY, expression


def server(address: str, *roles: str, **properties: object) -> Server:
    user, _, host = address.rpartition("@")
    host, _, port = host.partition(":")
    return Server(host, user or None, int(port) if port else None, frozenset(roles), properties)


SERVERS = (
    server("deploy@a1", "app", "web", primary=True, zone="eu"),
    server("deploy@a2:2222", "app", zone="us", rack=7),
    server("root@db1", "db", zone="eu", tags=["ssd", "big one"], spare=False),
    server("d2", "worker"),
)


def selected(text: str) -> list[str]:
    wanted = expression(text, "--on")
    return [one.host for one in SERVERS if wanted.accepts(one)]


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("role=web", ["a1"]), ("role=web,db", ["a1", "db1"]), ("role!=app", ["db1", "d2"]),
        ("zone=eu & role=app", ["a1"]), ("zone=us | role=db", ["a2", "db1"]), ("!zone=eu", ["a2", "d2"]),
        ("zone!=eu", ["a2", "d2"]), ("role=app & zone=eu | role=worker", ["a1", "d2"]),
        ("role=app & (zone=us | role=worker)", ["a2"]), ("!(role=app | role=db)", ["d2"]), ("!!role=web", ["a1"]),
        ("!role=app & zone=eu", ["db1"]), ("role = web , db", ["a1", "db1"]), ("role=web&zone=eu", ["a1"]),
        ("host=a*", ["a1", "a2"]), ("host=a?", ["a1", "a2"]), ("host=a1,d*", ["a1", "db1", "d2"]),
        ("role=w*", ["a1", "d2"]), ("zone=?s", ["a2"]), ("host!=d*", ["a1", "a2"]),
        ("user=root", ["db1"]), ("user!=root", ["a1", "a2", "d2"]), ("port=2222", ["a2"]),
        ("port=22", ["a1", "db1", "d2"]),
        ("primary", ["a1"]), ("!primary", ["a2", "db1", "d2"]), ("primary=true", ["a1"]), ("spare", []),
        ("spare=false", ["db1"]), ("rack=7", ["a2"]), ("tags=ssd", ["db1"]), ("tags='big one'", ["db1"]),
        ('tags="big*"', []), ("tags=big*", ["db1"]), ("tags!=ssd", ["a1", "a2", "d2"]),
    ],
)  # fmt: skip
def test_an_expression_selects_what_it_says(text: str, hosts: list[str]):
    assert selected(text) == hosts


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a2", ["a2"]), ("a2:2222", ["a2"]), ("deploy@a2", ["a2"]), ("deploy@a2:2222", ["a2"]), ("a1:22", ["a1"]),
        ("a2:22", []), ("root@a2", []), ("d*", ["db1", "d2"]), ("*2", ["a2", "d2"]), ("a*:2222", ["a2"]),
        ("*:22", ["a1", "db1", "d2"]), ("deploy@*", ["a1", "a2"]), ("root@d*", ["db1"]), ("A1", []),
    ],
)  # fmt: skip
def test_a_host_is_found_by_every_way_to_write_it_and_by_no_part_of_another(text: str, hosts: list[str]):
    assert selected(f"host={text}") == hosts


def test_an_address_of_version_6_is_a_host():
    one = Server("fe80::1", "deploy", 2222)
    for text in ("fe80::1", "[fe80::1]:2222", "deploy@[fe80::1]:2222", "fe80:*"):
        assert expression(f"host={text}", "--on").accepts(one), text


@pytest.mark.parametrize(
    ("text", "why", "at", "hint"),
    [
        ("role=", "`role` needs a value here", 6, "quotes"), ("role", "`role` needs a value", 1, "`role=NAME`"),
        ("role==web", "`role` needs a value here", 6, "one `=`"), ("role=web,", "`role` needs a value here", 10, ""),
        ("role=web && zone=eu", "`&` was not expected", 11, "one `&`"),
        ("& role=web", "`&` was not expected", 1, "joined"),
        ("role=web zone=eu", "`zone` was not expected", 10, "joined"),
        ("role=web or x", "`or` was not", 10, "`|` means or"),
        ("not role=web", "`role` was not expected", 5, ""), ("(role=web", "this `(` is not closed", 1, "`)`"),
        ("role=web)", "`)` was not expected", 9, ""), ("role=web &", "something is missing", 11, "role=web"),
        ("!", "something is missing", 2, ""), ("role=~web", "`~` means nothing", 6, "key=part*"),
        ("zone='eu", "a quote is not closed", 6, ""),
        ("role~web", "`~` means nothing", 5, "key=part*"), ("=web", "`=` was not expected", 1, ""),
        ("'a'=b", "was not", 1, ""),
        ("role=web;", "`;` means nothing", 9, "quotes"), ("!" * 60 + "primary", "too deep", 51, "at most 50"),
        ("(" * 5000, "too deep", 51, "at most 50"), ("1a=b", "`1a` was not expected", 1, ""),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_pointed_to(text: str, why: str, at: int, hint: str):
    with pytest.raises(UsageError) as refused:
        expression(text, "--on")
    said, shown, pointer = refused.value.message.split("\n")
    assert why in said
    assert said.endswith(f", in `--on` at character {at}")
    assert shown == f"  {text}"
    assert pointer == " " * (at + 1) + "^"
    assert hint in refused.value.hint


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_an_empty_expression_is_refused(text: str):
    with pytest.raises(UsageError, match="`--on` needs an expression"):
        expression(text, "--on")


BARES = st.text(string.ascii_letters + string.digits + "._:@/+%*?[]-", min_size=1, max_size=6)
QUOTED = st.text(st.characters(codec="utf-8"), max_size=6)
VALUES = BARES.map(Value) | QUOTED.map(lambda text: Value(text, quoted=True))
KEYS = st.sampled_from([*IDENTITY, "zone", "primary", "rack", "größe", "a.b-c"])
TERMS = st.builds(Term, KEYS, st.lists(VALUES, min_size=1, max_size=3).map(tuple), st.booleans()) | st.builds(
    Term, st.sampled_from(["primary", "zone", "or", "spare"])
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TERMS,
    lambda inner: st.builds(Not, inner)
    | st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple))
    | st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    max_leaves=8,
)
LIKELY = st.builds(
    Term,
    st.sampled_from(["role", "host", "zone", "user"]),
    st.lists(st.sampled_from(["app", "web", "eu", "a1", "d*", "*", "root"]).map(Value), min_size=1).map(tuple),
    st.booleans(),
)


@given(wanted=EXPRESSIONS)
def test_an_expression_is_read_as_it_is_printed(wanted: Expression):
    assert expression(str(wanted), "--on") == wanted


@given(text=st.text(st.sampled_from("role=web&|!(), \"'*zonehst\\~;") | st.characters(), max_size=30))
def test_any_text_is_an_expression_or_a_usage_error(text: str):
    try:
        wanted = expression(text, "--on")
    except UsageError:
        return
    assert expression(str(wanted), "--on") == wanted


@given(pattern=st.text("ab*?", max_size=8), text=st.text("ab", max_size=8))
def test_a_pattern_means_what_it_means_to_a_shell(pattern: str, text: str):
    assert Value(f"{pattern}*").fits(text) == fnmatchcase(text, f"{pattern}*")
    assert Value(f"?{pattern}").fits(text) == fnmatchcase(text, f"?{pattern}")


def test_no_pattern_takes_for_ever():
    assert not Value("*a" * 100 + "b").fits("a" * 2000)


@given(wanted=EXPRESSIONS, one=st.sampled_from(SERVERS))
def test_not_accepts_exactly_the_others(wanted: Expression, one: Server):
    assert Not(wanted).accepts(one) is not wanted.accepts(one)


@given(one=LIKELY, other=LIKELY, at=st.sampled_from(SERVERS))
def test_and_narrows_and_or_widens(one: Expression, other: Expression, at: Server):
    assert Both((one, other)).accepts(at) == (one.accepts(at) and other.accepts(at))
    assert Either((one, other)).accepts(at) == (one.accepts(at) or other.accepts(at))


def test_the_names_of_properties_are_keys():
    assert all(KEY.fullmatch(name) for name in ("zone", "data-center", "größe", "_x", "a1"))
    assert BARE.fullmatch("web1.example.com:22")
