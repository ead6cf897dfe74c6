"""The word `template`: who is written what, and what a dry run shows. Its content is tested on real shells."""

from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal import Rehearsal

from capify import config, link, role, task, template
from capify.events import CommandPreviewed


def rehearse(folder: Path, text: str, *, dry: bool = False, **options: Any) -> Rehearsal:
    (folder / "page.j2").write_text(text)

    def recipe() -> None:
        role("app", "a1", "a2")
        config.application = "shop"

        @task
        def work():
            template("page.j2", "/page", **options)

    return Rehearsal(recipe, root=folder, dry=dry)


def given(rehearsal: Rehearsal, name: str) -> object:
    return rehearsal[name].lines[-1].stdin


def test_each_server_gets_its_own_text_if_the_template_looks_at_it(tmp_path: Path):
    rehearsal = rehearse(tmp_path, "{{ server }} of {{ application }}")
    assert rehearsal.runs("work").status == 0
    assert [given(rehearsal, name) for name in ("a1", "a2")] == [b"a1 of shop", b"a2 of shop"]


def test_otherwise_all_get_the_same_bytes(tmp_path: Path):
    rehearsal = rehearse(tmp_path, "{{ range(1000000000) | random }}")
    assert rehearsal.runs("work").status == 0
    assert given(rehearsal, "a1") == given(rehearsal, "a2")


def test_values_win_over_settings(tmp_path: Path):
    rehearsal = rehearse(tmp_path, "{{ application }} {{ server }}", values={"application": "mine", "server": "s"})
    assert rehearsal.runs("work").status == 0
    assert given(rehearsal, "a2") == b"mine s"


def test_sudo_writes_as_root(tmp_path: Path):
    rehearsal = rehearse(tmp_path, "x", sudo=True)
    assert rehearsal.runs("work").status == 0
    assert rehearsal["a1"].lines[-1].text.startswith("sudo -n -u root -- ")


def test_a_dry_run_fills_in_and_writes_nothing(tmp_path: Path):
    rehearsal = rehearse(tmp_path, "{{ application }}", dry=True)
    assert rehearsal.runs("work").status == 0
    assert [event.command for event in rehearsal.seen(CommandPreviewed)] == ["template page.j2 → /page"]
    assert rehearse(tmp_path, "{{ unknown }}", dry=True).runs("work").status == 2


@pytest.mark.parametrize("options", [{"sudo": True, "user": "me"}, {"mode": "rw"}, {"nowhere": 1}])
def test_odd_arguments_are_refused(tmp_path: Path, options: dict[str, Any]):
    assert rehearse(tmp_path, "x", **options).runs("work").status == 2


def test_a_link_to_nothing_is_refused_where_it_was_written():
    def recipe() -> None:
        role("app", "a1")
        task("work")(lambda: link(None, "/x"))

    ended = Rehearsal(recipe).runs("work")
    assert ended.failure is not None
    assert str(ended.failure.place).startswith("tests/engine/test_templates.py:")
