"""The folder of the capfile, importable while recipes load.

Rule: the working folder and the list of modules are the whole process's, so one project loads at a time, in any thread.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from functools import cache
from pathlib import Path

from capify.places import PACKAGE

_MARK = "__capify_root__"  # set on modules that a project brought along


@contextmanager
def importable(root: Path) -> Iterator[None]:
    """Import from this folder, and work in it. Modules of projects loaded before are forgotten first."""
    with _turn(), _imported_from(root):
        yield


@cache
def _turn() -> threading.RLock:
    return threading.RLock()


@contextmanager
def _imported_from(root: Path) -> Iterator[None]:
    for name in [name for name, module in sys.modules.items() if _MARK in _attributes(module)]:
        del sys.modules[name]
    before = set(sys.modules)
    sys.path.insert(0, str(root))
    try:
        with chdir(root):
            yield
    finally:
        if str(root) in sys.path:
            sys.path.remove(str(root))
        for module in [sys.modules[name] for name in sys.modules.keys() - before]:
            if lies_in(root, _attributes(module).get("__file__")):
                module.__dict__[_MARK] = str(root)


def lies_in(root: Path, file: object) -> bool:
    """Tell whether a file is the project's own: below its folder, and no part of Python, of a package or of Capify."""
    if not isinstance(file, str) or "site-packages" in file or file.startswith((PACKAGE, "<")):
        return False
    return Path(file).is_relative_to(root) and not Path(file).is_relative_to(Path(os.__file__).parent)


def _attributes(module: object) -> dict[str, object]:
    """What a module has by now; `getattr` would wake those that load themselves late."""
    return getattr(module, "__dict__", {})
