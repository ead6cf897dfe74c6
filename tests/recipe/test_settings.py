"""Settings: layers, names, freezing, sealing."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.book import Book
from capify.recipe.config import config
from capify.recipe.layers import Layer
from capify.recipe.settings import Settings

HERE = Place("deploy.py", 1)
WRITABLE = [layer for layer in Layer if layer is not Layer.DEFAULT]


def test_the_later_layer_wins_whatever_the_order_of_setting():
    settings = Settings()
    settings.set("color", "stage", place=HERE, layer=Layer.STAGE)
    settings.set("color", "shared", place=HERE, layer=Layer.SHARED)
    assert settings.read("color") == "stage"


def test_in_one_layer_the_later_assignment_wins():
    settings = Settings()
    settings.set("color", "red", layer=Layer.SHARED)
    settings.set("color", "blue", layer=Layer.SHARED)
    assert settings.read("color") == "blue"


def test_a_nested_stage_wins_over_its_parent():
    settings = Settings()
    with settings.writing(Layer.STAGE, 1):
        settings.set("color", "eu")
    with settings.writing(Layer.STAGE, 0):
        settings.set("color", "production")
    assert settings.read("color") == "eu"


moves = st.lists(
    st.tuples(st.sampled_from(["set", "default", "hide"]), st.sampled_from(WRITABLE), st.integers(0, 2), st.integers()),
    max_size=12,
)


@given(moves)
def test_layers_agree_with_a_model_that_sorts_everything_said(said):
    settings = Settings()
    model: list[tuple[tuple[int, int], int, int | None]] = []
    for index, (what, layer, depth, value) in enumerate(said):
        with settings.writing(layer, depth):
            if what == "default":
                if not any(rank[0] == Layer.RECIPE_DEFAULT for rank, _, _ in model):
                    model.append(((Layer.RECIPE_DEFAULT, 0), index, value))
                settings.setdefault("x", value, place=Place("a.py", index))
            elif what == "set":
                model.append(((layer, depth), index, value))
                settings.set("x", value, place=Place("a.py", index))
            elif "x" in settings:
                model.append(((layer, depth), index, None))
                settings.hide("x", place=Place("a.py", index))
        strongest = max(model, key=lambda entry: entry[:2])[2] if model else None
        assert settings.get("x", None) == strongest
        assert ("x" in settings) is (strongest is not None)


def test_setdefault_is_below_what_any_recipe_sets_and_the_first_one_counts():
    settings = Settings()
    with settings.writing(Layer.SHARED):
        settings.setdefault("color", "first")
        settings.setdefault("color", "second")
        assert settings.read("color") == "first"
        settings.set("color", "mine")
        settings.setdefault("color", "third")
    assert settings.read("color") == "mine"


def test_deleting_hides_the_layers_below_and_a_later_layer_may_set_again(book: Book):
    with book.settings.writing(Layer.SHARED):
        config.color = "red"
    with book.settings.writing(Layer.STAGE):
        del config.color
        assert "color" not in config
        assert config.get("color", "none") == "none"
        with pytest.raises(RecipeError, match=r"deleted at .*test_settings.py:\d+"):
            _ = config.color
        config.color = "blue"
    assert config.color == "blue"


def test_deleting_what_nobody_set_is_an_error(book: Book):
    with pytest.raises(RecipeError, match="`colour` is not set"):
        del config.colour


def test_an_unset_setting_is_an_error_with_the_nearest_name_the_files_and_the_place(book: Book):
    config.colour = "red"
    book.files.append(book.root / "capfile.py")
    book.settings.files = book.files
    with pytest.raises(RecipeError) as caught:
        _ = config.color
    assert "did you mean `config.colour`?" in str(caught.value)
    assert "capfile.py" in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.file == __file__


def test_an_unset_known_setting_is_an_error_that_says_what_it_is(book: Book):
    with pytest.raises(RecipeError, match=r"set it: `config.repository = …`; it is where its source is"):
        _ = config.repository
    with pytest.raises(RecipeError, match=r"did you mean `config.repository`"):
        _ = config.repositry


def test_a_name_that_is_no_text_is_refused(book: Book):
    with pytest.raises(RecipeError, match="a setting has a name, not 3"):
        config[3]  # type: ignore[index]
    with pytest.raises(TypeError):
        iter(config)  # type: ignore[call-overload]


def test_hasattr_and_getattr_answer_sensibly(book: Book):
    assert not hasattr(config, "color")
    assert getattr(config, "color", "none") == "none"
    config.color = lambda: config.missing
    with pytest.raises(RecipeError, match="`missing` is not set"):  # it is there, and broken
        hasattr(config, "color")


def test_get_gives_none_or_the_default(book: Book):
    assert config.get("color") is None
    assert config.get("color", 3) == 3


def test_odd_names_go_by_subscript(book: Book):
    config["odd-name"] = 1
    assert config["odd-name"] == 1
    assert "odd-name" in config
    del config["odd-name"]
    assert "odd-name" not in config


@pytest.mark.parametrize("name", ["Color", "", "1st", "with space", "ä"])
def test_names_that_cannot_be_settings_are_refused(book: Book, name):
    with pytest.raises(RecipeError, match="cannot be the name of a setting"):
        config[name] = 1


def test_a_setting_named_like_a_method_needs_its_subscript(book: Book):
    with pytest.raises(RecipeError, match="is a method of `config`"):
        setattr(config, "update", 3)  # noqa: B010 - the type checker refuses the other spelling
    config["update"] = 3
    assert config["update"] == 3


def test_update_sets_several_settings(book: Book):
    config.update({"odd-name": 1}, color="red")
    assert (config["odd-name"], config.color) == (1, "red")


def test_append_adds_to_whatever_the_layers_below_give(book: Book):
    with book.settings.writing(Layer.SHARED):
        config.append(linked_dirs=["log"])
    with book.settings.writing(Layer.RECIPE_DEFAULT):
        config.linked_dirs = lambda: ["tmp", "log"]
    with book.settings.writing(Layer.STAGE):
        config.append(linked_dirs=["eu"])
        config.append(default_env={"LANG": "C"})
    assert config.linked_dirs == ["tmp", "log", "eu"]
    assert config.default_env == {"LANG": "C"}


def test_append_to_something_else_is_an_error_at_its_line(book: Book):
    config.color = "red"
    config.append(color=["blue"])
    with pytest.raises(RecipeError, match="cannot append") as caught:
        _ = config.color
    assert caught.value.place is not None
    assert caught.value.place.file == __file__


def test_plus_equals_sets_anew(book: Book):
    config.linked_dirs = ["log"]
    config.linked_dirs += ["tmp"]
    config.default_env |= {"A": "b"}
    assert config.linked_dirs == ["log", "tmp"]
    assert config.default_env == {"A": "b"}


CHANGES = [
    lambda value: value["list"].append(1),
    lambda value: value["list"].sort(),
    lambda value: value["list"].__setitem__(0, 1),
    lambda value: value["list"][0].update(b=1),
    lambda value: value.update(b=1),
    lambda value: value.pop("list"),
    lambda value: value.__delitem__("list"),
    lambda value: value.setdefault("b", 1),
]


@pytest.mark.parametrize("change", CHANGES)
def test_lists_and_mappings_are_frozen_at_every_depth(book: Book, change):
    config.table = {"list": [{"a": [1]}, 2]}
    with pytest.raises(RecipeError, match=r"config\.append\(table="):
        change(config.table)
    assert config.table == {"list": [{"a": [1]}, 2]}


def test_changing_the_original_does_not_change_the_setting(book: Book):
    mine = ["log"]
    config.linked_dirs = mine
    mine.append("tmp")
    assert config.linked_dirs == ["log"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_frozen_values_equal_plain_ones_and_copy_to_plain_ones(value: Any):
    settings = Settings()
    settings.set("table", value)
    frozen = settings.read("table")
    assert frozen == value
    assert json.dumps(frozen) == json.dumps(value)
    for copied in (copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert copied == value
        assert type(copied) is type(value)


def test_a_sealed_setting_cannot_change_by_any_way(book: Book):
    config.deploy_to = "/srv/a"
    book.settings.seal("deploy_to")
    for change in (
        lambda: setattr(config, "deploy_to", "/srv/b"),
        lambda: delattr(config, "deploy_to"),
        lambda: config.append(deploy_to=["x"]),
    ):
        with pytest.raises(RecipeError, match="`deploy_to` cannot change: the first task has started"):
            change()


def test_a_sealed_late_value_stays_what_it_was_when_first_read(book: Book):
    config.branch = "main"
    config.revision = lambda: f"sha-of-{config.branch}"
    book.settings.seal("revision")
    assert config.revision == "sha-of-main"
    config.branch = "other"
    assert config.revision == "sha-of-main"


def test_assignments_while_tasks_run_win_over_everything(book: Book):
    book.settings.set("color", "cli", layer=Layer.LATE)
    config.color = "now"
    assert config.color == "now"


def test_history_knows_layers_places_and_what_was_replaced(book: Book):
    with book.settings.writing(Layer.SHARED):
        config.color = "red"
    book.settings.set("color", "blue", place=Place("-s"), layer=Layer.LATE)
    red, blue = book.settings.history("color")
    assert (red.value, red.layer, red.place.file) == ("red", Layer.SHARED, __file__)
    assert (blue.value, str(blue.place)) == ("blue", "-s")


def test_a_loop_in_a_task_leaves_one_entry_of_history(book: Book):
    for turn in range(1000):
        config.turn = turn
    assert len(book.settings.history("turn")) == 1
    assert config.turn == 999


def test_a_loop_in_a_recipe_is_history(book: Book):
    with book.settings.writing(Layer.SHARED):
        for color in ("red", "blue"):
            config.color = color
    assert [said.value for said in book.settings.history("color")] == ["red", "blue"]


def test_sets_are_frozen_too(book: Book):
    config.colors = {"red"}
    assert config.colors == {"red"}
    assert isinstance(config.colors, frozenset)


def test_config_outside_recipes_is_an_error_with_a_place():
    with pytest.raises(RecipeError, match="no recipe is being loaded"):
        _ = config.color
