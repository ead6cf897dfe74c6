"""Claims about words for people."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.machines import Server
from capify.reporters.text import STATUSES, duration, ending, harmless, indented, labels, named

ANYTHING = st.text(st.characters(), max_size=80)  # half surrogates too
STEERING = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x2028, 0x202F)), *map(chr, range(0x2066, 0x2070))}


@given(ANYTHING)
def test_nothing_harmless_can_steer_a_terminal(text: str) -> None:
    shown = harmless(text)
    assert [char for char in shown if unicodedata.category(char) in {"Cc", "Cs"} and char != "\t"] == []
    assert STEERING.isdisjoint(shown)


@given(ANYTHING)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@given(ANYTHING)
def test_harmless_text_can_be_written_and_is_one_line(text: str) -> None:
    assert len(harmless(text).encode().decode().splitlines()) <= 1


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_words_in_any_language_are_left_alone(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2J\x1b[H", r"\x1b[2J\x1b[H"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31mred", r"\x9b31mred"),
        ("50%\r100%", r"50%\r100%"),
        ("a\tb", "a\tb"),
        ("two\nlines", r"two\nlines"),
        ("invoice\u202egpj.exe", r"invoice\u202egpj.exe"),
        ("grüße 日本 👩‍🚀", "grüße 日本 👩‍🚀"),
    ],
)
def test_controls_are_shown(said: str, shown: str) -> None:
    assert harmless(said) == shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 ms"), (0, "0 ms"), (0.0042, "4 ms"), (0.44, "0.4 s"), (3.21, "3.2 s"), (59.4, "59.4 s"),
        (59.97, "1 min 0 s"), (125, "2 min 5 s"), (3599.7, "1 h 0 min"), (3720, "1 h 2 min"),
    ],
)
def test_durations_are_as_exact_as_anybody_wants_to_know(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("status", "note", "words"),
    [(0, "", "exit 0"), (1, "", "exit 1"), (137, "", "signal 9"), (255, "lost", "lost (exit 255)"),
     (143, "timed out", "timed out (signal 15)")],
)
def test_endings_are_worded_as_results_word_them(status: int, note: str, words: str) -> None:
    assert ending(status, note) == words


def test_every_exit_status_has_its_words() -> None:
    assert set(STATUSES) == {0, 1, 2, 3, 4, 5, 6, 7, 130}


def test_later_lines_of_a_text_cannot_pass_for_lines_of_their_own() -> None:
    assert indented("it broke\ndone in 1 s\n", "warning: ") == ["warning: it broke", "         done in 1 s"]
    assert indented("a\nb", "") == ["a", "  b"]


def test_servers_that_share_a_name_are_told_apart() -> None:
    deploy, root, other = Server("web1", "deploy"), Server("web1", "root"), Server("web2", "deploy", 2222)
    assert labels([deploy, root, other]) == {deploy: "deploy@web1", root: "root@web1", other: "web2:2222"}


def test_few_names_are_all_listed_and_many_are_counted() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named([f"web{n}" for n in range(200)]).endswith("web7 and 192 more")
