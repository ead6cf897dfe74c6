"""Hooks and sequences may name what another stage declares, and nothing else."""

from pathlib import Path

import pytest
from tests.rehearsal import Rehearsal

from capify import after, namespace, on, server, task
from capify.errors import RecipeError
from capify.recipe.checks import check_names


def hook_on_a_typo() -> None:
    after("deploy:restrat", "notify")


def typo_in_a_sequence() -> None:
    namespace("deploy").sequence("update", "notify", ":notfy")


def typo_in_a_moment() -> None:
    on("failure", "notfiy")


@pytest.mark.parametrize("mistake", [hook_on_a_typo, typo_in_a_sequence, typo_in_a_moment])
def test_a_name_that_no_stage_declares_is_an_error_with_its_place(mistake):
    def recipe() -> None:
        server("web1", "app")

        @task
        def notify(): ...

        @task("deploy:restart")
        def restart(): ...

        mistake()

    with pytest.raises(RecipeError, match=r"test_checks.py:\d+: .* which no stage declares") as caught:
        check_names(Rehearsal(recipe).book)
    assert "did you mean" in caught.value.hint or "deploy:notify" in caught.value.message


def test_a_task_of_another_stage_may_be_hooked_without_reading_that_stage(tmp_path: Path):
    other = tmp_path / "production.py"
    other.write_text("raise SystemExit('this file was executed')\n@deploy.task\ndef warm_up(): ...\n")

    def recipe() -> None:
        server("web1", "app")
        after("deploy:warm_up", lambda: None)

    book = Rehearsal(recipe).book
    book.stages.add_file("production", other)
    check_names(book)
