"""Claims about reading what a server answers: it is not trusted."""

from hypothesis import given
from hypothesis import strategies as st

from capify.outcomes import Answers
from capify.standard.answers import Current, Deployment, State, deployment

GOOD = f"""exists\tyes
current\trelease
live\tr1
target\treleases/r1
release\tr1
record\tr1 live 4 2 {"a" * 40}
disk\t10 4096 7
"""


def test_plain_answers_become_a_value() -> None:
    found = deployment(Answers(GOOD))
    assert (found.live, found.free_bytes, found.free_files) == ("r1", 40960, 7)
    assert (found.records["r1"].state, found.records["r1"].sequence) == (State.LIVE, 4)


def test_records_of_the_wrong_shape_are_broken_and_never_guessed_at() -> None:
    for wrong in ("alive 1 1 -", "live x 1 -", "live 01 1 -", "live 1 1 abc", "live 1", "live 1 1 - -"):
        found = deployment(Answers(f"record\tr1 {wrong}\n"))
        assert (found.records, found.broken) == ({}, ("r1",))


def test_names_that_no_release_can_have_are_left_out() -> None:
    found = deployment(Answers("release\t../x\nrelease\t-rf\ncurrent\trelease\nlive\t../../etc\n"))
    assert (found.releases, found.live) == (frozenset(), "")


def test_a_current_that_is_not_understood_is_treated_with_care() -> None:
    assert deployment(Answers("current\tmagic\n")).current is Current.OUTSIDE


def test_no_control_sequence_comes_through() -> None:
    assert deployment(Answers("odd\tx\x1b[2J\nmissing\ta\x9b\n")).odd == ("x?[2J",)


@given(st.text(max_size=200) | st.lists(st.sampled_from(GOOD.split("\n")) | st.text(max_size=20)).map("\n".join))
def test_no_answer_breaks_the_reader(text: str) -> None:
    assert isinstance(deployment(Answers(text)), Deployment)
