"""Protected stages, where nobody can be asked."""

from pathlib import Path

import pytest

from .conftest import Cap, protect

pytestmark = pytest.mark.usefixtures("project")


def test_a_protected_stage_needs_its_name_where_nobody_can_be_asked(cap: Cap, project: Path) -> None:
    protect(project)
    refused = cap("production", "hello")
    assert refused.status == 3
    assert refused.err.splitlines() == [
        "cap: stage `production` is protected, and nobody is asked here", "  give `--confirm production`",
    ]  # fmt: skip
    assert cap("production", "hello", "--confirm", "staging").status == 3
    assert cap("production", "hello", "--confirm", "production").status == 0
    assert cap("staging", "hello").status == 0
    assert cap("staging", "hello", "--confirm=production").status == 3


def test_looking_at_a_protected_stage_needs_no_confirmation(cap: Cap, project: Path) -> None:
    protect(project)
    assert cap("production", "plan", "deploy").status == 0
    assert "production  protected" in cap("stages").out


@pytest.mark.parametrize("task", ["hello", "nosuch"])
def test_what_cannot_run_is_refused_before_a_name_is_asked_for(cap: Cap, project: Path, task: str) -> None:
    protect(project)
    assert cap("production", task).status == (3 if task == "hello" else 2)
