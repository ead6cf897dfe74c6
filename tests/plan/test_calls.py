"""Words of a command line become calls, or are refused, before anything connects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rehearsal import Rehearsal

from capify import server, task
from capify.errors import UsageError


def recipe() -> None:
    server("web1", "app")

    @task
    def logs(lines: int = 10, follow: bool = False, level: str | None = None): ...

    @task
    def greet(name: str): ...

    @task
    def plain(): ...


def arguments(*words: str) -> dict[str, object]:
    return dict(Rehearsal(recipe).plans(*words).steps[-1].arguments)


def test_pairs_belong_to_the_task_before_them_and_take_its_types():
    assert arguments("plain", "logs", "lines=50", "follow=yes", "level=none") == {
        "lines": 50, "follow": True, "level": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["logs", "line=5"], "did you mean `lines`"),
        (["plain", "lines=5"], "it takes none; a setting is `-s name=value`"),
        (["logs", "lines=many"], "must be a whole number"),
        (["logs", "follow=perhaps"], "must be `yes` or `no`"),
        (["greet"], "task `greet` needs `name`"),
        (["lines=5", "logs"], "stands before any task"),
        (["logs", "lines=1", "lines=2"], "given twice"),
        (["lgos"], "did you mean `logs`"),
    ],
)
def test_what_no_task_takes_is_refused_with_the_nearest_name(words: list[str], said: str):
    with pytest.raises(UsageError) as caught:
        Rehearsal(recipe).plans(*words)
    assert said in str(caught.value)
    assert caught.value.status == 2


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_any_value_reaches_a_text_argument_unchanged(value: str):
    assert arguments("greet", f"name={value}") == {"name": value}
