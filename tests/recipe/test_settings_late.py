"""Late values: evaluated at first reading, remembered until something they read changes."""

from contextlib import suppress
from functools import partial
from itertools import count
from threading import Barrier, BrokenBarrierError, Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import Aborted, RecipeError
from capify.recipe.book import Book
from capify.recipe.config import config
from capify.recipe.layers import Layer
from capify.recipe.settings import Settings


def test_a_late_value_is_evaluated_once(book: Book):
    calls = count(1)
    config.stamp = lambda: next(calls)
    assert (config.stamp, config.stamp, next(calls)) == (1, 1, 2)


def test_it_is_evaluated_again_when_something_it_read_changes_at_any_distance(book: Book):
    config.application = "shop"
    config.base = lambda: f"/srv/{config.application}"
    config.deploy_to = lambda: f"{config.base}/live"
    assert config.deploy_to == "/srv/shop/live"
    config.application = "blog"
    assert config.deploy_to == "/srv/blog/live"


def test_it_is_not_evaluated_again_when_something_else_changes(book: Book):
    calls = count(1)
    config.application = "shop"
    config.base = lambda: f"{config.application} {next(calls)}"
    assert config.base == "shop 1"
    config.color = "red"
    config.application = "shop"  # set again, to the same
    assert config.base == "shop 1"


def test_values_that_are_equal_but_not_the_same_are_a_change(book: Book):
    config.x = [1]
    config.shown = lambda: f"{config.x}"
    assert config.shown == "[1]"
    config.x = [True]
    assert config.shown == "[True]"


def test_what_it_looked_for_in_vain_counts_as_read(book: Book):
    config.shown = lambda: config.get("color", "none")
    config.known = lambda: "color" in config
    assert (config.shown, config.known) == ("none", False)
    config.color = "red"
    assert (config.shown, config.known) == ("red", True)


def test_decorated_functions_and_partials_are_late(book: Book):
    @config.late
    def greeting() -> str:
        return f"hello {config.name}"

    config.name = "world"
    config.power = partial(pow, 2, 3)
    assert (config.greeting, config.power, greeting()) == ("hello world", 8, "hello world")


def test_parameters_with_defaults_are_no_parameters(book: Book):
    config.x = lambda value=3: value
    assert config.x == 3


def test_a_function_that_needs_arguments_is_refused_where_it_is_set(book: Book):
    with pytest.raises(RecipeError, match="needs an argument: `server`") as caught:
        config.color = lambda server: server
    assert caught.value.place is not None
    assert caught.value.place.file == __file__


def test_an_async_function_is_refused(book: Book):
    async def color() -> str:
        return "red"

    with pytest.raises(RecipeError, match="recipes are synchronous"):
        config.color = color


def test_a_class_is_a_value_like_any_other(book: Book):
    config.kind = dict
    assert config.kind is dict


def test_a_ring_is_an_error_with_the_chain_and_the_places(book: Book):
    config.a = lambda: config.b
    config.b = lambda: config.c
    config.c = lambda: config.a
    with pytest.raises(RecipeError) as caught:
        _ = config.a
    assert "`a` → `b` → `c` → `a`" in str(caught.value)
    assert str(caught.value).count("test_settings_late.py:") == 4


def test_a_ring_that_closes_later_is_found_too(book: Book):
    config.a = lambda: config.b
    config.b = 1
    assert config.a == 1
    config.b = lambda: config.a
    with pytest.raises(RecipeError, match="`a` → `b` → `a`"):
        _ = config.a


def test_an_exception_inside_names_the_line_in_the_late_value(book: Book):
    def color() -> int:
        zero = 0
        return 1 // zero

    config.color = color
    with pytest.raises(RecipeError, match="late value `color` failed: ZeroDivisionError") as caught:
        _ = config.color
    assert caught.value.place is not None
    assert caught.value.place.line == color.__code__.co_firstlineno + 2
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_failed_evaluation_is_tried_again(book: Book):
    tries = []

    def color() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("not yet")
        return "red"

    config.color = color
    with pytest.raises(RecipeError):
        _ = config.color
    assert config.color == "red"


def test_abort_inside_a_late_value_stays_an_abort(book: Book):
    def color() -> str:
        raise Aborted("no", 9)

    config.color = color
    with pytest.raises(Aborted) as caught:
        _ = config.color
    assert caught.value.status == 9


def test_a_late_known_setting_is_checked_when_evaluated_at_the_line_that_set_it(book: Book):
    config.deploy_to = lambda: "relative"
    with pytest.raises(RecipeError, match="must be an absolute path") as caught:
        _ = config.deploy_to
    assert caught.value.place is not None
    assert caught.value.place.file == __file__


def test_lists_from_late_values_are_frozen(book: Book):
    config.linked_dirs = lambda: ["log"]
    with pytest.raises(RecipeError):
        config.linked_dirs.append("tmp")


def test_threads_that_read_at_once_share_one_evaluation():
    settings, calls, start, inside = Settings(), count(1), Barrier(4), Barrier(2)

    def stamp() -> int:
        with suppress(BrokenBarrierError):  # two evaluations at once would meet here
            inside.wait(0.2)
        return next(calls)

    settings.set("stamp", stamp)

    def read() -> None:
        start.wait()
        settings.read("stamp")

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert next(calls) == 2


def test_a_thread_reads_what_is_ready_while_another_evaluates():
    settings, inside, done = Settings(), Event(), Event()
    settings.set("plain", 1)
    settings.set("ready", lambda: 2)
    assert settings.read("ready") == 2

    def slow() -> str:
        inside.set()
        assert done.wait(30)
        return "slow"

    settings.set("other", 3)
    settings.set("slow", slow)
    assert settings.read("ready") == 2
    thread = Thread(target=settings.read, args=("slow",))
    thread.start()
    assert inside.wait(30)
    assert (settings.read("plain"), settings.read("ready")) == (1, 2)
    done.set()
    thread.join()
    assert settings.read("slow") == "slow"


NAMES = "abcde"
formulas = st.one_of(
    st.integers(0, 3),
    st.tuples(st.just("sum"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("if"), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("get"), st.sampled_from(NAMES)),
    st.just("hide"),
)
steps = st.lists(st.tuples(st.sampled_from(NAMES), formulas, st.sampled_from([Layer.SHARED, Layer.STAGE])), max_size=15)


def _late(settings: Settings, formula):
    match formula:
        case int():
            return formula
        case ("sum", a, b):
            return lambda: settings.read(a) + settings.read(b)
        case ("if", a, b, c):
            return lambda: settings.read(b) if settings.read(a) % 2 else settings.read(c)
        case ("get", a):
            return lambda: settings.get(a, 7)
    raise AssertionError(formula)


def _apply(settings: Settings, name, formula, layer) -> None:
    with settings.writing(layer):
        if formula != "hide":
            settings.set(name, _late(settings, formula))
        elif name in settings:
            settings.hide(name)


def _answer(settings: Settings, name):
    try:
        return settings.read(name)
    except RecipeError:
        return "error"


@given(steps)
def test_what_is_remembered_is_always_what_evaluating_afresh_would_give(said):
    remembered = Settings()
    for done, step in enumerate(said, 1):
        _apply(remembered, *step)
        fresh = Settings()
        for earlier in said[:done]:
            _apply(fresh, *earlier)
        for name in NAMES:
            assert _answer(remembered, name) == _answer(fresh, name)
