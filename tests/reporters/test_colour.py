"""Claims about colour."""

import io

import pytest

from capify.reporters.colour import HOSTS, Style, ansi, plain, wanted


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("colour", [*Style, *HOSTS])
def test_every_colour_ends_where_its_text_ends(colour: str) -> None:
    assert ansi(colour, "web1") == f"\x1b[{colour}mweb1\x1b[0m"
    assert ansi(colour, "") == ""
    assert plain(colour, "web1") == "web1"


def test_a_terminal_gets_colour_and_a_pipe_does_not() -> None:
    assert wanted(Screen(), {"TERM": "xterm"})
    assert not wanted(io.StringIO(), {"TERM": "xterm"})


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}, {}])
def test_a_terminal_that_cannot_or_shall_not_gets_none(environment: dict[str, str]) -> None:
    assert not wanted(Screen(), environment)


def test_what_the_user_chose_wins() -> None:
    assert wanted(io.StringIO(), {"NO_COLOR": "1"}, "always")
    assert not wanted(Screen(), {"TERM": "xterm"}, "never")
