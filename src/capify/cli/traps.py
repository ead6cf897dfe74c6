"""Traps that the text of a recipe shows by itself: late uses of loop variables, hidden words, unknown names. Pure."""

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from capify.cli.findings import Finding
from capify.places import Place
from capify.wording import suggestion

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

# Words and methods that keep a function for later, so that it sees what a loop variable has become by then.
KEEPERS = frozenset({
    "after", "append", "before", "late", "on", "on_rollback", "setdefault", "stage", "task", "update",
})  # fmt: skip
_ALWAYS = frozenset({*dir(builtins), "__file__", "__name__", "__doc__", "__annotations__", "__dict__", "__builtins__"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def traps(text: str, file: str, words: Iterable[str]) -> Iterator[Finding]:
    """Find the traps of a recipe; `words` are those of Capify. Raises `SyntaxError` for what is no Python."""
    tree = ast.parse(text, file)
    imported = imported_words(tree, words)
    for line, name, of in sorted(_captured(tree)):
        hint = f"bind it where the function is made: `{of}={of}` among its parameters"
        yield Finding(Place(file, line), f"{name} uses `{of}` of the loop when called: then it is the last one", hint)
    for line, name in sorted(_hidden(tree, set(imported))):
        text_ = f"`{name}` hides the word that this file imports from capify"
        yield Finding(Place(file, line), text_, "give it another name")
    if not _imports_everything(tree):
        for line, name in sorted(_unknown(tree, text, file)):
            known = suggestion(name, [*words, *imported])
            hint = f"import it: `from capify import {name}`" if name in set(words) else known
            yield Finding(Place(file, line), f"`{name}` is not defined", hint)


def imported_words(tree: ast.Module, words: Iterable[str]) -> dict[str, str]:
    """The names by which a file knows words of Capify, with the word of each."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "capify" and not node.level:
            for one in node.names:
                found |= {word: word for word in words} if one.name == "*" else {one.asname or one.name: one.name}
    return found


def _captured(tree: ast.Module) -> set[tuple[int, str, str]]:
    """Functions that are kept for later and use what a loop around them changes: line, name, variable."""
    found = set()
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For):
            body: list[ast.AST] = list(loop.body)
            changing = _bound([loop.target, *body])
        elif isinstance(loop, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            body = [ast.copy_location(ast.Expr(loop.elt), loop)]
            changing = _bound([generator.target for generator in loop.generators])
        else:
            continue
        for function, name in _kept(body, whole=not isinstance(loop, ast.For)):
            found |= {(function.lineno, name, variable) for variable in _free(function) & changing}
    return found


def _kept(body: list[ast.AST], *, whole: bool) -> Iterator[tuple[Function | ast.Lambda, str]]:
    """The functions of a loop that outlive its turn."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    passed = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    passed -= {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    for node in nodes:
        match node:
            case ast.FunctionDef() if node.decorator_list or node.name in passed:
                yield node, f"`{node.name}`"
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()], value=ast.Lambda() as function):
                yield function, "this function"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in KEEPERS:
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                yield from ((one, "this function") for one in given if isinstance(one, ast.Lambda))
            case ast.Expr(value=ast.Lambda() as function) if whole:
                yield function, "this function"


def _free(function: Function | ast.Lambda) -> set[str]:
    """The names that a function takes from around it, when it is called."""
    body = function.body if isinstance(function.body, list) else [function.body]
    nodes = [node for statement in body for node in ast.walk(statement)]
    loaded = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    given = function.args
    own = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    return loaded - {argument.arg for argument in own} - _bound(body)


def _bound(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are set here, functions and what is in them apart."""
    return {name for _, name in _bindings(nodes)}


def _bindings(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        if not isinstance(node, _SCOPES):
            yield from _bindings(ast.iter_child_nodes(node))


def _hidden(tree: ast.Module, imported: set[str]) -> set[tuple[int, str]]:
    """Words that the file hides: at its top for good; in a function where that function calls the word, too."""
    top = {*_bindings(tree.body), *_definitions(tree.body)}
    found = {(line, name) for line, name in top if name in imported}
    for function in ast.walk(tree):
        if isinstance(function, Function):
            called = {
                node.func.id for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }  # fmt: skip
            local = {*_bindings(function.body), *_definitions(function.body)}
            found |= {(line, name) for line, name in local if name in imported & called}
    return found


def _definitions(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, Function | ast.ClassDef):
            yield node.lineno, node.name
        elif not isinstance(node, ast.Lambda):
            yield from _definitions(ast.iter_child_nodes(node))


def _imports_everything(tree: ast.Module) -> bool:
    """Whether some `import *` may have brought any name; the words of Capify alone are known."""
    stars = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    return bool(stars)


def _unknown(tree: ast.Module, text: str, file: str) -> set[tuple[int, str]]:
    """Names that are used in functions and defined nowhere; those at the top, loading has found."""
    top = symtable.symtable(text, file, "exec")
    known = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()} | _ALWAYS
    known |= {name for table in _tables(top) for one in table.get_symbols() if one.is_declared_global()
              for name in [one.get_name()] if one.is_assigned()}
    missing = {
        one.get_name() for table in _tables(top) for one in table.get_symbols()
        if one.is_referenced() and one.is_global() and one.get_name() not in known
    }  # fmt: skip
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    return {(node.lineno, node.id) for node in names if node.id in missing}


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _tables(inner)
