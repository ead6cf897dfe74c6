"""Settings known by type: the annotations say what the table of known settings says, and nothing else."""

import typing
from collections.abc import Mapping

from capify.recipe import sorts
from capify.recipe.config import Config
from capify.recipe.known import KNOWN
from capify.recipe.layers import Mark
from capify.recipe.typed import KnownSettings, Setting

TYPES = {
    sorts.INSIDES.name: list[str], sorts.NAMES.name: list[str], sorts.MAPPING.name: dict[str, typing.Any],
    sorts.FLAG.name: bool, sorts.SOME.name: int, sorts.SECONDS.name: float,
    sorts.COMMAND.name: str | list[str], sorts.WAVES.name: list[int | str], KNOWN["notify_on"].sort.name: list[str],
    "list of plugins' names": list[str],
    sorts.REQUIRED.name: int | str | Mapping[str, int | str],
}  # fmt: skip


def read_types() -> dict[str, object]:
    hints = typing.get_type_hints(KnownSettings)
    assert {typing.get_origin(hint) for hint in hints.values()} == {Setting}
    return {name: typing.get_args(hint)[0] for name, hint in hints.items()}


def test_every_known_setting_has_its_type_and_no_other_has_one():
    wanted: dict[str, object] = {name: TYPES.get(known.sort.name, str) for name, known in KNOWN.items()}
    wanted["stage"] = str | None  # a project may have no stages
    assert read_types() == wanted


def test_defaults_have_the_type_that_is_promised():
    for name, known in KNOWN.items():
        if known.default is not Mark.UNSET and name not in {"stage", "require"}:
            kind = typing.get_origin(read_types()[name]) or read_types()[name]
            assert isinstance(known.default, (int, float) if kind is float else kind), name  # type: ignore[arg-type]


def test_annotations_leave_no_attribute_that_hides_a_setting():
    assert [name for name in KNOWN if hasattr(Config, name)] == []
