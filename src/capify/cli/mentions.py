"""Names that a recipe mentions and no stage declares: settings, tasks, roles. Pure.

Rule: what some stage declares is known; that another lacks it may be meant.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from capify.cli.findings import Finding
from capify.cli.traps import imported_words
from capify.places import Place
from capify.recipe.book import Book, canonical
from capify.recipe.config import Config
from capify.recipe.known import KNOWN
from capify.recipe.namespaces import Namespace
from capify.wording import suggestion

SETTERS = frozenset({"append", "setdefault", "update"})  # methods of `config` whose keywords are settings


@dataclass(frozen=True, slots=True)
class Declared:
    """What all stages together declare."""

    settings: frozenset[str]
    tasks: frozenset[str]
    roles: frozenset[str]

    @classmethod
    def by(cls, books: Iterable[Book], trees: Iterable[ast.Module]) -> "Declared":
        """Gather what books declare, and which settings the texts of recipes set, if only while tasks run."""
        known = list(books)
        settings = {name for book in known for name in book.settings.names()} | KNOWN.keys()
        settings |= {name for tree in trees for name in _set(tree)}
        roles = {role for book in known for server in book.inventory.servers(lambda: None) for role in server.roles}
        tasks = {name for book in known for name in book.tasks}
        return cls(frozenset(settings), frozenset(tasks), frozenset(roles))


def unknown_names(tree: ast.Module, file: str, declared: Declared, *, words: Iterable[str]) -> Iterator[Finding]:
    """Find what a recipe mentions and nobody declares."""
    imported = imported_words(tree, words)
    spaces = {name: "deploy" for name, word in imported.items() if word == "deploy"} | _namespaces(tree, imported)
    configs = {name for name, word in imported.items() if word == "config"}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Load()) if owner in configs:
                yield from _setting(name, Place(file, node.lineno), declared)
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                if owner in configs:
                    yield from _setting(name, Place(file, node.lineno), declared)
            case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Load()) if owner in spaces:
                if not hasattr(Namespace, name):
                    yield from _task(f"{spaces[owner]}:{name}", Place(file, node.lineno), declared)
            case ast.Call():
                yield from _called(node, file, declared, imported)


def _called(node: ast.Call, file: str, declared: Declared, imported: dict[str, str]) -> Iterator[Finding]:
    word = imported.get(node.func.id, "") if isinstance(node.func, ast.Name) else ""
    place = Place(file, node.lineno)
    if word == "invoke":
        for name in _texts(node.args[:1]):
            yield from _task(name, place, declared)
    roles = [keyword.value for keyword in node.keywords if keyword.arg == "roles"]
    for name in _texts([*roles, *(node.args[:1] if word == "servers" else [])]):
        if declared.roles and name not in declared.roles:
            hint = suggestion(name, declared.roles)
            yield Finding(place, f"no server of any stage has the role `{name}`", hint)


def _setting(name: str, place: Place, declared: Declared) -> Iterator[Finding]:
    if name not in declared.settings and not hasattr(Config, name):
        yield Finding(place, f"setting `{name}` is read, and no stage sets it", suggestion(name, declared.settings))


def _task(name: str, place: Place, declared: Declared) -> Iterator[Finding]:
    name = canonical(name)
    if name not in declared.tasks and not any(task.startswith(f"{name}:") for task in declared.tasks):
        yield Finding(place, f"no stage declares a task `{name}`", suggestion(name, declared.tasks))


def _texts(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """The words that stand there as they are, alone or in a list."""
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                yield from _texts(items)


def _namespaces(tree: ast.Module, imported: dict[str, str]) -> dict[str, str]:
    """The variables that hold namespaces, with the name of each."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=variable)],
                value=ast.Call(func=ast.Name(id=word), args=[ast.Constant(value=str(name))]),
            ) if imported.get(word) == "namespace":
                found[variable] = canonical(name)
    return found


def _set(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="config"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Subscript(value=ast.Name(id="config"), slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="config"), attr=method)) if method in SETTERS:
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)
