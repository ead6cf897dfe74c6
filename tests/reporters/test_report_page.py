"""Claims about the page of a report: whole, well formed, and nothing in it but what Capify wrote."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reporters.test_json_lines import EVENTS
from tests.reporters.test_plain import DEPLOY

from capify.events import (
    CommandEnded,
    CommandStarted,
    Event,
    Failure,
    InvocationEnded,
    InvocationStarted,
    LiveNow,
    Notice,
    Outcome,
    OutputLine,
    TaskEnded,
    TaskStarted,
    Verdict,
)
from capify.machines import Server
from capify.places import Place
from capify.reporters.json_lines import Recorded
from capify.reporters.report_commands import HEAD, TAIL
from capify.reporters.report_page import GENERATOR, page_of

WEB1, WEB2 = BOTH = (Server("web1"), Server("web2"))
KNOWN = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "div", "span", "p", "h1",
    "h2", "h3", "dl", "dt", "dd", "table", "tr", "th", "td", "pre", "code", "details", "summary", "a",
}  # fmt: skip
ATTRIBUTES = {
    "charset", "name", "content", "http-equiv", "lang", "class", "id", "href", "title", "aria-label", "style", "open",
}  # fmt: skip


class Page(HTMLParser):
    """A page taken apart: its elements, its text, and whether all that was opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN
        assert {name for name, _ in attrs} <= ATTRIBUTES
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    @property
    def text(self) -> str:
        return "".join(data for tag, data in self.texts if tag != "style")

    def having(self, name: str, value: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if value in (attributes.get(name) or "").split()]


def page(events: Iterable[Event]) -> str:
    return page_of(Recorded("7f", number, 1_000_000_000.0 + number, event) for number, event in enumerate(events, 1))


def ran(*events: Event, servers: tuple[Server, ...] = BOTH) -> tuple[Event, ...]:
    started = InvocationStarted("7f", ("t",), "staging", "named", servers, "deploy")
    return (started, TaskStarted("t", servers), *events, TaskEnded("t", ok=True), InvocationEnded(0, seconds=3))


def test_a_failed_deployment_is_told_whole() -> None:
    seen = Page(page(DEPLOY))
    for said in (
        "deploy on staging", "failed, and rolled back", "rake aborted!", "PG::ConnectionBad", "config/deploy.py:31",
        "nothing: `current` was not touched", "20261122090000", "connection lost", "told the team", "deploy:restart",
        "wave 2 of 3", "/home/ann/shop.log", "deploy:cleanup: skipped", "cap staging deploy:check",
    ):
        assert said in seen.text


def test_every_server_has_a_row_and_every_command_a_bar_that_leads_to_it() -> None:
    seen = Page(page(ran(
        CommandStarted("a", BOTH), CommandEnded(WEB1, "a", 0), CommandEnded(WEB2, "a", 3),
        CommandStarted("b", (WEB1,)), CommandEnded(WEB1, "b", 0),
    )))
    bars = seen.having("class", "bar")
    assert [(bar["href"], (bar["class"] or "").split()[1]) for bar in bars] == [
        ("#command-1", "ok"), ("#command-2", "ok"), ("#command-1", "failed")
    ]
    targets = {attributes["id"] for _, attributes in seen.elements if "id" in attributes}
    assert {(bar["href"] or "")[1:] for bar in bars} == targets
    assert "web2: a: exit 3, 2.0 s (t)" in [bar["title"] for bar in bars]
    for bar in bars:
        left, width = map(float, re.findall(r"([\d.]+)%", bar["style"] or ""))
        assert 0 <= left <= left + width <= 100.01


def test_output_is_behind_a_click_except_where_something_failed() -> None:
    long = [OutputLine(WEB1, "out", f"line {n}") for n in range(40)]
    seen = Page(page(ran(
        CommandStarted("good", (WEB1,)), *long, CommandEnded(WEB1, "good", 0),
        CommandStarted("bad", (WEB2,)), OutputLine(WEB2, "err", "why"), CommandEnded(WEB2, "bad", 1),
    )))
    commands = seen.having("class", "sent")
    assert ["open" in attributes for attributes in commands] == [False, True]


def test_the_same_output_of_many_servers_stands_once_with_all_their_names() -> None:
    many = tuple(Server(f"web{n}") for n in range(50))
    seen = Page(page(ran(
        CommandStarted("a", many), *(OutputLine(one, "out", "hello from all") for one in many),
        *(CommandEnded(one, "a", 0) for one in many), servers=many,
    )))
    assert seen.text.count("hello from all") == 1
    assert ", ".join(one.name for one in many) in seen.text


def test_of_very_long_output_beginning_and_end_are_shown_and_what_is_left_out_is_said() -> None:
    lines = [OutputLine(WEB1, "out", f"<{n}>") for n in range(HEAD + TAIL + 1000)]
    seen = Page(page(ran(CommandStarted("a", (WEB1,)), *lines, CommandEnded(WEB1, "a", 0))))
    assert "… 1000 lines left out here; the log has them …" in seen.text
    assert f"<{HEAD - 1}>" in seen.text
    assert f"<{HEAD}>" not in seen.text
    assert f"<{HEAD + 999}>" not in seen.text
    assert f"<{HEAD + 1000}>" in seen.text


def test_of_many_servers_those_that_are_not_well_are_never_folded_away() -> None:
    many = tuple(Server(f"web{n}") for n in range(200))
    outcomes = tuple(Outcome(one, Verdict.FAILED if one == many[77] else Verdict.OK, "") for one in many)
    html = page([InvocationStarted("7f", ("t",), None, "none", many, ""), InvocationEnded(1, outcomes)])
    shown, _, folded = html.partition("199 servers ok")
    assert ">web77<" in shown
    assert ">web76<" not in shown
    assert ">web76<" in folded


def test_a_recording_without_an_end_says_so() -> None:
    seen = Page(page(ran(CommandStarted("a", BOTH))[:3]))
    assert "the recording ends early" in seen.text
    assert "its end was not seen" in seen.text


@pytest.mark.parametrize("events", [[], [Notice("only this")]])
def test_even_nothing_makes_a_page(events: list[Event]) -> None:
    Page(page(events))


def test_the_page_needs_nothing_and_forbids_everything_from_elsewhere() -> None:
    html = page(DEPLOY)
    seen = Page(html)
    policies = [attributes["content"] for attributes in seen.having("http-equiv", "Content-Security-Policy")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not re.search(r"@import|url\(|https?://", "".join(data for tag, data in seen.texts if tag == "style"))
    assert all((attributes["href"] or "").startswith("#") for _, attributes in seen.elements if "href" in attributes)
    assert GENERATOR in [attributes.get("content") for attributes in seen.having("name", "generator")]


def test_it_follows_the_readers_light_or_dark_and_the_width_of_their_screen() -> None:
    html = page(DEPLOY)
    assert '<meta name="color-scheme" content="light dark">' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert "prefers-color-scheme: dark" in html
    assert "@media (max-width: 40rem)" in html


NASTY = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'&amp;</pre></style>", "\x1b[2J\u202e", "-->")


@given(st.lists(st.text() | st.sampled_from(NASTY), min_size=1))
def test_whatever_anybody_says_stays_text(said: list[str]) -> None:
    text = "".join(said)
    server = Server(text, text)
    html = page([
        InvocationStarted(text, (text,), text, "named", (server,), text, text, log=text), Notice(text, Place(text)),
        TaskStarted(text, (server,), hook_of=text), CommandStarted(text, (server,), text=text),
        OutputLine(server, "out", text), OutputLine(server, "err", text), CommandEnded(server, text, 1, text),
        OutputLine(server, "out", text), TaskEnded(text, ok=False),
        InvocationEnded(
            1, (Outcome(server, Verdict.FAILED, text),), (LiveNow(server, text, text),),
            Failure(text, text, Place(text), text, {server: (text,)}, {server: text}, text, text, text),
        ),
    ])
    Page(html)
    assert html.count("<script") == html.count("<img") == 0
    html.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)


@given(st.lists(EVENTS))
def test_any_events_in_any_order_make_a_page(events: list[Event]) -> None:
    Page(page(events))
