"""The typed names of the standard tasks: what `load("deploy")` declares, no more and no less."""

import inspect
import typing
from pathlib import Path

from capify.places import Place
from capify.recipe.book import Book, opened
from capify.recipe.handles import TaskHandle
from capify.recipe.layers import Layer
from capify.recipe.loader import load_recipe
from capify.recipe.namespaces import Namespace
from capify.recipe.parameters import parameters
from capify.standard.tasks import Deploy, deploy


def declared() -> Book:
    book = Book(Path.cwd())
    with opened(book), book.settings.writing(Layer.SHARED):
        load_recipe(book, "deploy", Place("here"))
    return book


def typed(space: type[Namespace], name: str) -> dict[str, object]:
    """The names of tasks that a class promises, with the type of each."""
    found: dict[str, object] = {name: space}
    for part, hint in typing.get_type_hints(space).items():
        if inspect.isclass(hint) and issubclass(hint, Namespace):
            found |= typed(hint, f"{name}:{part}")
        else:
            found[f"{name}:{part}"] = hint
    return found


def test_the_names_are_those_that_the_standard_recipe_declares():
    assert sorted(typed(Deploy, "deploy")) == sorted(declared().tasks)


def test_the_types_are_those_of_the_bodies():
    tasks = declared().tasks
    hints = {name: hint for name, hint in typed(Deploy, "deploy").items() if typing.get_origin(hint) is TaskHandle}
    plain = [name for name, hint in hints.items() if hint == TaskHandle[[], None]]
    assert [name for name in plain if parameters(tasks[name])] == []
    results = {name: inspect.signature(task.body).return_annotation for name, task in tasks.items() if task.body}
    assert {name: results[name] for name in plain if results.get(name) is not None} == {}


def test_they_name_tasks_at_every_depth():
    assert (deploy.restart.name, deploy.rollback.code.name) == ("deploy:restart", "deploy:rollback:code")
    assert (deploy.task_name, deploy.rollback.task_name) == ("deploy", "deploy:rollback")
    assert deploy.own.name == "deploy:own"
