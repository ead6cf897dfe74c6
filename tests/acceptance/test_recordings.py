"""What was done on servers can be looked at again: replayed to the byte, and told as a page."""

import json

import pytest

from capify.testing.repository import Repository

from .operating import BOTH, Operator

pytestmark = [pytest.mark.fleet, pytest.mark.usefixtures("code")]


@pytest.mark.parametrize("argv", [(), ("-v",), ("-q",)], ids=str)
def test_a_deployment_is_replayed_byte_for_byte(shop: Operator, argv: tuple[str, ...]):
    said = shop.does("deploy:setup", "deploy", *argv)
    again = shop.does("replay", *argv)
    assert (again.out, again.err) == (said.out, said.err)


def test_a_deployment_that_failed_is_replayed_byte_for_byte(shop: Operator):
    shop.write({"capfile.py": (shop.project / "capfile.py").read_text() + FAILS})
    said = shop.cap("deploy:setup", "deploy")
    assert said.status not in {0, 2}
    again = shop.cap("replay")
    assert (again.status, again.out, again.err) == (0, said.out, said.err)


def test_a_report_shows_every_server_and_what_was_published(shop: Operator, code: Repository):
    shop.does("deploy:setup", "deploy", "--events", "events.jsonl")
    assert shop.does("report", "events.jsonl", "page.html").lines == ["page.html"]
    page = (shop.project / "page.html").read_text()
    for server in BOTH:
        assert f'<span class="name">{server}</span>' in page  # its row of the timeline
        assert f'title="{server}: ' in page  # and what it did
    last = [json.loads(line) for line in (shop.project / "events.jsonl").read_text().splitlines()][-1]
    assert [entry["release"] in page for entry in last["live"]] == [True, True]


FAILS = """

@after("deploy:update_code")
def break_it():
    run("echo it broke >&2; exit 4")
"""
