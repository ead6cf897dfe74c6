"""Capify: the vocabulary that a recipe may import. Names resolve on first use, so that nothing loads unused.

Rule: only recipes, the standard deployment and what serves recipes import from here; the package itself never does.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capify.engine.around import as_user, cd, env, irreversible, on_rollback, only, transaction
    from capify.engine.asking import abort, ask, confirm, dry_run, excuse, invocation, invoke, live_now, say, wave
    from capify.engine.batching import batch
    from capify.engine.beating import keep_doing
    from capify.engine.commands import capture, exists, run, script, sudo, test
    from capify.engine.files import download, put, upload
    from capify.engine.holding import hold
    from capify.engine.linking import link
    from capify.engine.local import capture_locally, run_locally
    from capify.engine.parallel import parallel
    from capify.engine.sessions import Session, session
    from capify.engine.streaming import stream
    from capify.engine.tabling import table
    from capify.engine.templates import template
    from capify.errors import Aborted, CapifyError, CommandFailed, Inconsistent, Refused, RolledBack, ServersDisagree
    from capify.machines import Server
    from capify.outcomes import Answers, Result, Results
    from capify.plan.words import servers
    from capify.recipe.config import config
    from capify.recipe.declare import after, before, load, on, role, server, stage, task
    from capify.recipe.namespaces import namespace
    from capify.recipe.paths import current_path, deploy_path, release_path, releases_path, shared_path
    from capify.shell import quote
    from capify.standard.tasks import deploy

_HOMES = {
    "engine.around": ("as_user", "cd", "env", "irreversible", "on_rollback", "only", "transaction"),
    "engine.asking": (
        "abort", "ask", "confirm", "dry_run", "excuse", "invocation", "invoke", "live_now", "say", "wave",
    ),
    "engine.batching": ("batch",),
    "engine.beating": ("keep_doing",),
    "engine.commands": ("capture", "exists", "run", "script", "sudo", "test"),
    "engine.files": ("download", "put", "upload"),
    "engine.holding": ("hold",),
    "engine.local": ("capture_locally", "run_locally"),
    "engine.linking": ("link",),
    "engine.parallel": ("parallel",),
    "engine.sessions": ("Session", "session"),
    "engine.streaming": ("stream",),
    "engine.tabling": ("table",),
    "engine.templates": ("template",),
    "errors": (
        "Aborted", "CapifyError", "CommandFailed", "Inconsistent", "Refused", "RolledBack", "ServersDisagree",
    ),
    "outcomes": ("Answers", "Result", "Results"),
    "plan.words": ("servers",),
    "recipe.config": ("config",),
    "recipe.declare": ("after", "before", "load", "on", "role", "server", "stage", "task"),
    "recipe.namespaces": ("namespace",),
    "recipe.paths": ("current_path", "deploy_path", "release_path", "releases_path", "shared_path"),
    "machines": ("Server",),
    "shell": ("quote",),
    "standard.tasks": ("deploy",),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [
    "Aborted", "Answers", "CapifyError", "CommandFailed", "Inconsistent", "Refused", "Result", "Results",
    "RolledBack", "Server", "ServersDisagree", "Session", "abort", "after", "as_user", "ask", "batch", "before",
    "capture", "capture_locally", "cd", "config", "confirm", "current_path", "deploy", "deploy_path", "download",
    "dry_run", "env", "excuse", "exists", "hold", "invocation", "invoke", "irreversible", "keep_doing", "link",
    "live_now", "load", "namespace", "on", "on_rollback", "only", "parallel", "put", "quote", "release_path",
    "releases_path", "role", "run", "run_locally", "say", "script", "server", "servers", "session", "shared_path",
    "stage", "stream", "sudo", "table", "task", "template", "test", "transaction", "upload", "wave",
]  # fmt: skip

if not TYPE_CHECKING:  # else a type checker would take every name for a word

    def __getattr__(name: str) -> Any:
        """Find a word where it lives."""
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"capify has no word `{name}`", name=name, obj=sys.modules[__name__])
        value = getattr(import_module(f"capify.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
