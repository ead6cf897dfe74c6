"""The reference: each page is drawn from the tables and docstrings that Capify itself goes by.

`RECORD_DOCS=yes script/test tests/docs` writes the pages; without it, tests/docs/test_reference.py holds them true.
"""

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import capify
from capify import events, standard
from capify.cli.commands import COMMANDS
from capify.cli.exits import PRECEDENCE
from capify.cli.options import GROUPS, OPTIONS
from capify.errors import CapifyError
from capify.places import Place
from capify.plan.selection import describe
from capify.recipe.book import Book, opened
from capify.recipe.config import Config
from capify.recipe.known import KNOWN
from capify.recipe.layers import Layer, Mark
from capify.recipe.loader import load_recipe
from capify.recipe.paths import SettingPath
from capify.recipe.tasks import Task
from capify.reporters.text import STATUSES
from capify.standard.layout import Layout

NOTE = "This page is drawn from the code; `RECORD_DOCS=yes script/test tests/docs` draws it anew."
STANDARD = Path(next(iter(standard.__path__)))
WIDEST = 110  # of a signature in one line
SECTIONS = {
    "Declaring": ("config", "server", "role", "stage", "load", "task", "namespace", "before", "after", "on", "deploy"),
    "Running": ("run", "sudo", "capture", "test", "exists", "stream", "run_locally", "capture_locally"),
    "Files": ("put", "upload", "download", "template", "link"),
    "Around commands": ("cd", "env", "as_user", "transaction", "on_rollback", "batch", "parallel"),
    "Servers and tasks": ("servers", "invoke", "dry_run"),
    "The operator": ("say", "ask", "confirm", "abort"),
    "Paths": ("deploy_path", "current_path", "release_path", "releases_path", "shared_path"),
    "Values": ("quote", "Server", "Result", "Results", "Answers"),
}
AUTHORS = "For authors of deployments"
ERRORS = "Errors"


def settings() -> str:
    """Draw the page of the known settings."""
    computed = dict(_computed())
    rows = [
        (f"`{known.name}`", known.sort.name, _default(known.default, computed.get(known.name, "")), known.doc)
        for known in sorted(KNOWN.values(), key=lambda known: known.name)
    ]
    own = [(f"`{name}`", value) for name, value in sorted(computed.items()) if name not in KNOWN]
    return _page(
        "Settings",
        "What Capify and the standard deployment understand. A project may set any other name, too; see "
        "[settings](../guide/settings.md).",
        'A default in *italics* is late: the standard deployment, `load("deploy")`, finds it out when first read.',
        _table(("setting", "sort", "default", "what it is"), rows),
        "These are computed by the standard deployment, and are there to be read:",
        _table(("setting", "value"), own),
    )


def tasks() -> str:
    """Draw the page of the standard tasks."""
    book = Book(Path("/"))
    with opened(book), book.settings.writing(Layer.SHARED):
        load_recipe(book, "deploy", Place("?"))
    declared = sorted(book.tasks.values(), key=lambda task: task.name)
    rows = [(f"`{task.name}`", _where(task), task.description.partition("\n")[0]) for task in declared]
    return _page(
        "Standard tasks",
        'What `load("deploy")` declares. `cap -e TASK` explains one, with the hooks of your project; each can be '
        "defined anew, and each can have hooks: see [deploying](../guide/deploying.md).",
        _table(("task", "where", "what it does"), rows),
    )


def words() -> str:
    """Draw the page of the vocabulary: every name that `from capify import …` knows."""
    found = {name: getattr(capify, name) for name in capify.__all__}
    errors = [name for name, value in found.items() if inspect.isclass(value) and issubclass(value, CapifyError)]
    placed = {name for names in SECTIONS.values() for name in names}
    others = [name for name in sorted(found) if name not in placed and name not in errors]
    sections = {**SECTIONS, AUTHORS: tuple(others), ERRORS: tuple(errors)}
    parts = [
        "\n\n".join([f"## {title}", *(_word(name, found[name]) for name in names if name in found)])
        for title, names in sections.items()
    ]
    return _page(
        "Words",
        "What a recipe may import: `from capify import config, server, task, run`. Words that act on servers work in "
        "the bodies of tasks and hooks; `server`, `task` and the others that declare stand in recipes.",
        *parts,
    )


def options() -> str:
    """Draw the page of what can be typed."""
    parts = []
    for group in GROUPS:
        rows = [(f"`{one.spelled.strip()}`", one.doc) for one in OPTIONS if one.group == group]
        parts += [f"## {group}", _table(("option", "what it does"), rows)]
    commands = [(f"`cap {one.usage}`", one.doc) for one in COMMANDS.values()]
    return _page(
        "Options and commands",
        "`cap [OPTIONS] [STAGE] TASK [name=value …] [TASK …]`. Options may stand anywhere; a value belongs to the "
        "option before it. `cap -H` shows the same at a terminal.",
        *parts,
        "## Commands of `cap` itself",
        "A task of the project with the same name wins; `cap :NAME` always means these.",
        _table(("command", "what it does"), commands),
    )


def happenings() -> str:
    """Draw the page of the events."""
    union = [kind for kind in vars(events).values() if inspect.isclass(kind) and kind.__module__ == events.__name__]
    return _page(
        "Events",
        "Facts about an invocation, in one order: what reporters show, and what the log keeps. Each is a frozen value "
        "from `capify.events`.",
        *(f"## {kind.__name__}\n\n{_docstring(kind)}\n\n{_fields(kind)}" for kind in union),
    )


def statuses() -> str:
    """Draw the page of the exit statuses."""
    order = " > ".join(str(status) for status in PRECEDENCE)
    return _page(
        "Exit statuses",
        "How `cap` ends. Whoever reads one number learns the worst: where several invocations or servers end "
        f"differently, {order}.",
        _table(("status", "what it means"), [(str(status), words) for status, words in STATUSES.items()]),
        "`abort(message, exit=…)` in a recipe chooses its own, from 1 to 255.",
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "settings": settings,
    "tasks": tasks,
    "words": words,
    "options": options,
    "events": happenings,
    "exit-status": statuses,
}


def _page(title: str, *parts: str) -> str:
    filled = [_filled(part) for part in parts if part]
    return "\n\n".join([f"# {title}", *filled, f"<!-- {NOTE} -->"]) + "\n"


def _filled(part: str) -> str:
    """Break a paragraph; what has lines of its own keeps them."""
    return part if "\n" in part or part.startswith("|") else "\n".join(textwrap.wrap(part, 120))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    shown = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([shown[0], "|" + "---|" * len(lines[0]), *shown[1:]])


def _default(constant: object, computed: str) -> str:
    if constant is not Mark.UNSET and constant is not None:
        return f"`{constant!r}`"
    return computed


def _computed() -> Iterator[tuple[str, str]]:
    """The defaults that the standard deployment sets: constants, and how late ones are found out."""
    for file in sorted(STANDARD.glob("*.py")):
        tree = ast.parse(file.read_text())
        functions = _functions(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "config.setdefault":
                for keyword in node.keywords:
                    yield str(keyword.arg), _value(keyword.value, functions)


def _functions(tree: ast.Module) -> dict[str, str]:
    """The functions of a part of the standard deployment, and those that it imports from others, with what they say."""
    found = {node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        file = STANDARD / f"{(node.module or '').rpartition('.')[2]}.py" if isinstance(node, ast.ImportFrom) else None
        if file is not None and file.is_file():
            found = {**_functions(ast.parse(file.read_text())), **found}
    return found


def _value(node: ast.expr, functions: Mapping[str, str]) -> str:
    if isinstance(node, ast.Lambda):
        member = getattr(Layout, node.body.attr, None) if isinstance(node.body, ast.Attribute) else None
        return f"*{_docstring(member).rstrip('.')}*" if member else f"*`{ast.unparse(node.body)}`*"
    if isinstance(node, ast.Name):
        return f"*{functions[node.id].partition(chr(10))[0].rstrip('.')}*"
    return f"`{ast.unparse(node)}`"


def _where(task: Task) -> str:
    if task.is_sequence:
        return "its steps, in one transaction" if task.options.in_transaction else "its steps"
    return "no server" if task.options.local else describe(task)


def _word(name: str, value: Any) -> str:
    if isinstance(value, SettingPath):
        text = f'The setting `{value.setting}` as a path: `{name} / "log"` joins. It is read when it becomes text.'
        return f"### `{name}`\n\n{text}"
    if isinstance(value, Config):
        methods = [one for one in vars(Config) if not one.startswith("_")]
        return "\n\n".join([f"### `{name}`", _docstring(Config), _members(Config, methods)])
    if not inspect.isclass(value) and not inspect.isroutine(value):
        return f"### `{name}`\n\n{_docstring(type(value))}"
    if inspect.isclass(value) and issubclass(value, CapifyError):
        return f"### `{name}`\n\n{_docstring(value)} Exit status {value.status}."
    if inspect.isclass(value):
        members = [one for one, what in vars(value).items() if not one.startswith("_") and _is_member(what)]
        fields = _fields(value) if dataclasses.is_dataclass(value) else ""
        return "\n\n".join(filter(None, [f"### `{name}`", _docstring(value), fields, _members(value, members)]))
    return f"### `{name}`\n\n```python\n{_signature(name, value)}\n```\n\n{_docstring(value)}"


def _is_member(what: object) -> bool:
    return inspect.isroutine(what) or isinstance(what, property)


def _members(kind: type, names: Iterable[str]) -> str:
    rows = [(f"`.{name}{_brief(vars(kind)[name])}`", _docstring(vars(kind)[name]).partition("\n")[0]) for name in names]
    return _table(("", "what it is"), rows) if rows else ""


def _brief(member: object) -> str:
    """Show which parameters a method takes, by their names."""
    if isinstance(member, property) or not callable(member):
        return ""
    names = [one.name for one in inspect.signature(member).parameters.values() if one.name != "self"]
    return f"({', '.join(names)})"


def _signature(name: str, function: Any) -> str:
    """Spell a signature as its source does; of an overloaded word, as the overload that has all options."""
    source = Path(inspect.getsourcefile(inspect.unwrap(function)) or "").read_text()
    found = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name]
    overloads = [node for node in found if any("overload" in ast.unparse(one) for one in node.decorator_list)]
    node = max(overloads, key=lambda one: len(one.args.kwonlyargs)) if overloads and _is_vague(found[-1]) else found[-1]
    arguments = ast.unparse(node.args)
    parts = re.split(r", (?![^\[(]*[\])])", arguments)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{name}({', '.join(_spaced(part) for part in parts)}){returns}"
    if len(line) <= WIDEST:
        return line
    return "\n".join([f"{name}(", *(f"    {_spaced(part)}," for part in parts), f"){returns}"])


def _spaced(parameter: str) -> str:
    return re.sub(r"^(\w+: [^=]+)=", r"\1 = ", parameter)


def _is_vague(node: ast.FunctionDef) -> bool:
    return node.args.kwarg is not None and not node.args.kwonlyargs


def _docstring(thing: Any) -> str:
    return inspect.cleandoc(getattr(thing, "__doc__", "") or "")


def _fields(kind: Any) -> str:
    rows = []
    for one in dataclasses.fields(kind):
        shown = one.type if isinstance(one.type, str) else inspect.formatannotation(one.type)
        shown = re.sub(r"\b(?:capify|collections|typing)(?:\.\w+)*\.", "", shown)
        default = "" if one.default is dataclasses.MISSING else f"`{one.default!r}`"
        rows.append((f"`{one.name}`", f"`{shown}`", default))
    return _table(("field", "sort", "default"), rows) if rows else ""
