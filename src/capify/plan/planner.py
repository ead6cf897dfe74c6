"""The planner: declared → tasks in order, with hooks, servers and waves.

Rule: pure. It promises which declared tasks run, in which order, where, in which waves; never commands.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from inspect import getdoc
from types import CodeType
from typing import Any

from capify.errors import RecipeError, TaskFailed
from capify.machines import Server
from capify.places import Place
from capify.plan.calls import Call
from capify.plan.selection import Filters, available, describe, misspelt, select, waves
from capify.recipe.book import Book
from capify.recipe.handles import TaskHandle
from capify.recipe.hooks import Hook
from capify.recipe.namespaces import Namespace
from capify.recipe.parameters import refuse_misfit
from capify.recipe.tasks import Options, Task
from capify.wording import suggestion, ticked

_EXAMPLES = {
    ".toml": 'write `servers = [{host = "deploy@web1", roles = ["app", "web"]}]`',
    **dict.fromkeys((".yml", ".yaml"), "write `servers: [{host: deploy@web1, roles: [app, web]}]`"),
}
CALLS = {"invoke"}  # words by which a body runs a task that its text does not name


@dataclass(frozen=True, slots=True)
class Step:
    """A task in its turn: hooks before it, its waves (or its steps, for a sequence), hooks after it.

    `decides` marks a body that calls tasks itself. `skipped` says why it will not run.
    """

    task: Task
    waves: tuple[tuple[Server, ...], ...] = ()
    before: tuple["Step", ...] = ()
    steps: tuple["Step", ...] = ()
    after: tuple["Step", ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    positional: tuple[Any, ...] = ()
    place: Place | None = None
    hook_of: str = ""
    decides: bool = False
    skipped: str = ""

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers of all its waves."""
        return tuple(server for wave in self.waves for server in wave)

    def walk(self) -> Iterator["Step"]:
        """Itself and all that belongs to it, in the order of running."""
        for step in self.before:
            yield from step.walk()
        yield self
        for step in (*self.steps, *self.after):
            yield from step.walk()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an invocation will do: its stage, and its steps in order; `available` are the servers it may use.

    A `lazy` one connects to a server when the first command is sent to it, not before the first task.
    """

    stage: str | None
    steps: tuple[Step, ...]
    available: tuple[Server, ...] = ()
    lazy: bool = False

    @property
    def servers(self) -> tuple[Server, ...]:
        """Every server that some step works on, once."""
        return tuple(dict.fromkeys(server for step in self.walk() for server in step.servers))

    def walk(self) -> Iterator[Step]:
        """Every step, in the order of running."""
        for step in self.steps:
            yield from step.walk()


def plan(book: Book, called: Sequence[Call], filters: Filters) -> Plan:
    """Plan an invocation. Raises `UsageError` or `RecipeError` where it cannot be run as declared."""
    servers = available(book.servers(), filters, lambda: book.settings.get("user", None))
    planner = Planner(book, servers, narrowed=f" left by {filters}" if filters.given else "")
    return Plan(book.stage, tuple(planner.step(call.task, call.arguments) for call in called), servers)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans single tasks on the servers there are; also what a body calls, narrowed to the body's own wave."""

    book: Book
    servers: tuple[Server, ...]
    narrowed: str = ""

    def step(
        self,
        task: Task,
        arguments: Mapping[str, Any] | None = None,
        *,
        positional: tuple[Any, ...] = (),
        place: Place | None = None,
    ) -> Step:
        """Plan one task with its hooks; `place` is where it is called.

        Raises `RecipeError` for a circle and for arguments that do not fit, `NoServers` where no server is left.
        """
        refuse_misfit(task, positional, arguments or {}, place=place or task.place)
        planned = self._step(task, (), place=task.place)
        return replace(planned, arguments=dict(arguments or {}), positional=positional)

    def _step(self, task: Task, path: tuple[str, ...], *, place: Place, hook_of: str = "") -> Step:
        if task.name in path:
            circle = " → ".join([*path[path.index(task.name) :], task.name])
            hint = "each of them runs the next one: take one hook or step out"
            raise RecipeError(f"hooks and sequences go in a circle: {circle}", place=place, hint=hint)
        deeper = (*path, task.name)
        chosen, skipped = self._chosen(task, place)
        steps = tuple(self._named(name, task.place, deeper) for name in task.steps)
        itself = Step(
            task, waves(chosen, task.options.at_once), (), steps,
            place=place, hook_of=hook_of, decides=decides(task), skipped=skipped,
        )  # fmt: skip
        before, after = (
            tuple(self._hook(hook, itself, deeper) for hook in self.book.hooks_of(task, when))
            for when in ("before", "after")
        )
        return replace(itself, before=before, after=after)

    def _named(self, name: str, place: Place, path: tuple[str, ...]) -> Step:
        task = self.book.task(name, place)
        refuse_misfit(task, (), {}, place=place)
        return self._step(task, path, place=task.place)

    def _hook(self, hook: Hook, target: Step, path: tuple[str, ...]) -> Step:
        hook_of = f"{hook.when} {target.task.name}"
        if hook.body is None:
            task = self.book.task(hook.task, hook.place)
            refuse_misfit(task, (), {}, place=hook.place)
            return self._step(task, path, place=hook.place, hook_of=hook_of)
        # A plain function works where its task works, all at once: hooks stand around the task, not around its waves.
        working = {server for step in target.walk() for server in step.servers}
        chosen = tuple(server for server in self.servers if server in working)
        options = Options(local=not chosen, on_error=target.task.options.on_error)
        task = Task(hook.name, hook.place, hook.body, (), getdoc(hook.body) or "", options)
        decided, skipped = decides(task), target.skipped
        return Step(task, waves(chosen, None), place=hook.place, hook_of=hook_of, decides=decided, skipped=skipped)

    def _chosen(self, task: Task, place: Place) -> tuple[tuple[Server, ...], str]:
        if task.is_sequence or task.options.local:
            return (), ""
        chosen = select(self.servers, task.options)
        if chosen:
            return chosen, ""
        wanted = describe(task)
        if task.options.on_no_servers == "skip":
            return (), f"there is no server for it ({wanted})"
        raise self._nobody(task, wanted, place)

    def _nobody(self, task: Task, wanted: str, place: Place) -> "NoServers":
        if not self.servers:
            who = f"stage `{self.book.stage}` declares none" if self.book.stage else "none is declared"
            return NoServers(f"task `{task.name}` has no servers: {who}", hint=self._example())
        there = sorted(frozenset[str]().union(*(server.roles for server in self.servers)))
        strange = [role for role in task.options.roles or () if role not in there]
        hint = (suggestion(strange[0], there) or _roles(there)) if strange else ""
        if not strange and isinstance(task.options.where, Mapping):
            hint = misspelt(task.options.where, self.servers)
        among = f"there is {ticked(self.servers)}" if len(self.servers) == 1 else f"there are {ticked(self.servers)}"
        text = f"task `{task.name}` has no servers: it wants {wanted}, and {among}{self.narrowed}"
        return NoServers(text, place=place, hint=hint, there=True)

    def _example(self) -> str:
        """Show how a server is declared, as the stage's file would say it."""
        stage = self.book.stages.known.get(self.book.stage or "")
        suffix = stage.file.suffix if stage is not None and stage.file is not None else ".py"
        return _EXAMPLES.get(suffix, 'write `server("deploy@web1", "app", "web")`')


def _roles(there: Sequence[str]) -> str:
    return f"their roles are {ticked(there)}" if there else "a host that no recipe declares has no roles"


class NoServers(TaskFailed, RecipeError):
    """A task selects no server; `there` are some. Exit status 2 where the plan shows it."""

    status = 2

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "", there: bool = False) -> None:
        super().__init__(message, place=place, hint=hint)
        self.there = there


def decides(task: Task) -> bool:
    """Whether a body calls tasks itself, as far as its code shows: so its plan is made while running."""
    if task.body is None:
        return False
    code = getattr(task.body, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    known = {**getattr(task.body, "__globals__", {}), **dict(_enclosed(task.body))}
    return any(_calls(name, known) for name in (*_names(code), *code.co_freevars))


def _enclosed(body: Any) -> Iterator[tuple[str, Any]]:
    """The names that a function has from the function around it."""
    for name, cell in zip(body.__code__.co_freevars, body.__closure__ or (), strict=True):
        with suppress(ValueError):  # one that is not set yet
            yield name, cell.cell_contents


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _calls(name: str, known: Mapping[str, Any]) -> bool:
    return name in CALLS or isinstance(known.get(name), TaskHandle | Namespace)

