"""What a declaration may say: everything else is refused when the recipes load, with its line."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.rehearsal import Rehearsal

from capify import after, before, current_path, namespace, on, role, server, task
from capify.errors import CapifyError, RecipeError, UsageError
from capify.recipe.checks import check_names
from capify.recipe.parameters import bind, convert
from capify.recipe.tasks import Task


def plain() -> None: ...


def void(_: object) -> None: ...


async def later() -> None: ...


def lazily() -> Any:
    yield 1


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an async task": (lambda: task("work")(later), "task `work` is `async`"),
    "a task that yields": (lambda: task("work")(lazily), "contains `yield`"),
    "an async hook": (lambda: before("work", later), "hook `later` is `async`"),
    "a hook that yields": (lambda: on("exit", lazily), "contains `yield`"),
    "a called hook": (lambda: after("work", plain()), "not None"),  # type: ignore[func-returns-value, call-overload]
    "a number as hook": (lambda: after("work", 5), "not 5"),  # type: ignore[call-overload]
    "a lambda without a name": (lambda: task(lambda: None), "`<lambda>` cannot be the name of a task"),
    "a name that is an option": (lambda: task("-x")(plain), "`-x` cannot be the name"),
    "a name that is a pair": (lambda: task("a=b")(plain), "`a=b` cannot be the name"),
    "a name with a blank": (lambda: namespace("n").sequence("a b", "x"), "`n:a b` cannot be the name"),
    "half a name": (lambda: task("deploy:")(plain), "`deploy:` cannot be the name"),
    "a misspelt choice": (lambda: task(on_error="contine")(plain), "`on_error` of a task is `stop` or `continue`"),  # type: ignore[call-overload]
    "another misspelt choice": (lambda: task(on_no_servers="skp")(plain), "is `fail` or `skip`"),  # type: ignore[call-overload]
    "a pause in text": (lambda: task(pause="5")(plain), "`pause` of a task is a number of seconds"),  # type: ignore[call-overload]
    "a truth in text": (lambda: task(once="no")(plain), "`once` of a task is `True` or `False`"),  # type: ignore[call-overload]
    "no role at all": (lambda: task(roles=[])(plain), "`roles` of a task is"),
    "two roles in one": (lambda: task(roles="app web")(plain), "`roles` of a task is"),
    "where in text": (lambda: task(where="zone=eu")(plain), "`where` of a task is"),  # type: ignore[call-overload]
    "no server at once": (lambda: task(at_once=0)(plain), "`at_once` of a task is"),
    "more than all": (lambda: task(at_once="101%")(plain), "`at_once` of a task is"),
    "a function as a step": (lambda: namespace("n").sequence("all", plain), "`plain` is a function, not a task"),
    "a function as a target": (lambda: task(before=plain)(plain), "`plain` is a function, not a task"),
    "a limit that limits nothing": (lambda: on("load", plain, only="work"), "takes no `only`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_declaration_that_could_not_work_is_refused_when_it_is_read(case: str):
    declare, said = REFUSED[case]
    with pytest.raises(RecipeError) as caught:
        Rehearsal(lambda: void(declare()))
    assert said in caught.value.message
    assert str(caught.value.place).startswith("tests/recipe/test_declare.py:")


def test_a_namespace_stands_for_its_own_task_wherever_a_task_is_named():
    def recipe() -> None:
        role("app", "a1")
        deploy = namespace("deploy")
        deploy.sequence("default", ":work")
        task("work")(plain)
        task("first", before=deploy)(plain)
        namespace("all").sequence("everything", deploy)

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("all:everything")
    assert rehearsal.tasks == ["all:everything", "first", "deploy", "work"]


def test_a_property_may_have_any_name():
    def recipe() -> None:
        server("a1", "app", place="rack 3", address="x", roles_of="y", self=1)
        role("db", "d1", name="z")

    first, second = Rehearsal(recipe).book.servers()
    assert first.properties == {"place": "rack 3", "address": "x", "roles_of": "y", "self": 1}
    assert second.properties == {"name": "z"}


def test_limits_of_a_moment_are_tasks_by_handle_or_by_any_of_their_names():
    def recipe() -> None:
        server("a1", "app")
        work = task("work")(plain)
        task("other")(plain)
        task("deploy")(plain)
        task("tell")(plain)
        on("start", "tell", only=work)
        on("finish", "tell", only=["deploy:default"])

    rehearsal = Rehearsal(recipe)
    rehearsal.runs("work", "other", "deploy")
    assert rehearsal.tasks == ["tell", "work", "other", "deploy", "tell"]


def test_a_limit_that_names_no_task_is_refused():
    def recipe() -> None:
        task("work")(plain)
        on("start", "work", only="wrok")

    with pytest.raises(RecipeError, match="a hook on start names task `wrok`") as caught:
        check_names(Rehearsal(recipe).book)
    assert caught.value.hint == "did you mean `work`?"


@pytest.mark.parametrize("hang", [
    lambda: after("work", "logs"), lambda: namespace("n").sequence("all", ":logs"),
])  # fmt: skip
def test_what_runs_by_itself_must_need_no_arguments(hang: Callable[[], object]):
    def recipe() -> None:
        server("a1", "app")
        task("work")(plain)

        @task
        def logs(lines: int): ...

        hang()

    rehearsal = Rehearsal(recipe)
    sequence = "n:all" in rehearsal.book.tasks  # which takes the arguments of its steps
    said = "task `n:all` needs `lines`" if sequence else "task `logs`: missing a required argument: 'lines'"
    with pytest.raises(CapifyError, match=said):
        rehearsal.plans("n:all" if sequence else "work")


class Colour(Enum):
    RED = 1


@pytest.mark.parametrize(("kind", "text", "value"), [
    (list, "a,b", ["a", "b"]), (tuple, "a", ("a",)), (set, "a,a", {"a"}), (list[int], "1,2", [1, 2]),
    (type(Path()), "/x", Path("/x")), (Colour, "red", Colour.RED), (Literal[1, 2], "2", 2), (int | None, "none", None),
    (int | str, "x", "x"),
])  # fmt: skip
def test_text_becomes_what_the_parameter_says(kind: Any, text: str, value: object):
    assert convert(kind, text) == value


def test_a_choice_of_one_type_says_what_that_wants():
    with pytest.raises(ValueError, match="must be a whole number"):
        convert(int | None, "x")


@pytest.mark.parametrize(("default", "text", "value"), [([], "a,b", ["a", "b"]), (Path("/x"), "/y", Path("/y"))])
def test_a_default_tells_the_type_whatever_it_is(default: Any, text: str, value: object):
    def body(given=default): ...

    assert bind(Task("work", None, body), {"given": text}) == {"given": value}  # type: ignore[arg-type]


def test_a_parameter_that_cannot_be_named_is_not_offered():
    def body(one, /, *rest, **more): ...

    with pytest.raises(UsageError, match="has no argument `one`"):
        bind(Task("work", None, body), {"one": "1"})  # type: ignore[arg-type]


def test_a_path_can_be_joined_from_both_sides():
    from capify import config
    from capify.recipe.book import opened

    def recipe() -> None:
        config.current_path = "/srv/app/current"

    with opened(Rehearsal(recipe).book):
        assert "x:" + current_path + "/y" == "x:/srv/app/current/y"
