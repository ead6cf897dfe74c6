"""The planner: declared → tasks in order, with hooks, servers and waves.

Rule: pure. It promises which declared tasks run, in which order, where, in which waves; never commands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import getdoc
from typing import Any

from capify.errors import CapifyError, RecipeError, TaskFailed
from capify.machines import Server
from capify.places import Place
from capify.plan.calls import Call
from capify.plan.deciding import decides
from capify.plan.runners import Whole
from capify.plan.selection import Filters, available, describe, inventory, misspelt, select, waves
from capify.recipe.book import Book
from capify.recipe.hooks import Hook
from capify.recipe.parameters import passed_on, refuse_misfit
from capify.recipe.sizes import WHAT, Sizes, are_sizes
from capify.recipe.tasks import Options, Task
from capify.wording import suggestion, ticked

_EXAMPLES = {
    ".toml": 'write `servers = [{host = "deploy@web1", roles = ["app", "web"]}]`',
    **dict.fromkeys((".yml", ".yaml"), "write `servers: [{host: deploy@web1, roles: [app, web]}]`"),
}
ELSEWHERE = "none of its servers is in this wave"


@dataclass(frozen=True, slots=True)
class Step:
    """A task in its turn: hooks before it, its waves (or its steps, for a sequence), hooks after it.

    A sequence that narrows its steps has waves too; `turns` are its steps as they run in each of them. `decides`
    marks a body that calls tasks itself. `skipped` says why it will not run.
    """

    task: Task
    waves: tuple[tuple[Server, ...], ...] = ()
    before: tuple["Step", ...] = ()
    steps: tuple["Step", ...] = ()
    turns: tuple[tuple["Step", ...], ...] = ()
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

    @property
    def working(self) -> frozenset[Server]:
        """The servers that it works on, or its steps, without what hangs on them."""
        return frozenset(self.servers).union(*(step.working for step in self.steps))

    def walk(self) -> Iterator["Step"]:
        """Itself and all that belongs to it, in the order of running; what runs in turns is there once."""
        for step in self.before:
            yield from step.walk()
        yield self
        for step in (*self.steps, *self.after):
            yield from step.walk()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an invocation will do: its stage, and its steps in order.

    `available` are the servers it may use, `whole` is what they were narrowed from. A `lazy` one connects to a server
    when the first command is sent to it, not before the first task.
    """

    stage: str | None
    steps: tuple[Step, ...]
    available: tuple[Server, ...] = ()
    lazy: bool = False
    whole: Whole = field(default_factory=Whole)

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
    declared = book.servers()
    whole = Whole(inventory(declared, filters, lambda: book.settings.get("user", None)), filters)
    servers = available(declared, filters, lambda: book.settings.get("user", None))
    planner = Planner(book, servers, f" left by {filters}" if filters.given else "", whole)
    steps = tuple(planner.step(call.task, call.arguments, typed=True) for call in called)
    return Plan(book.stage, steps, servers, whole=whole)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans single tasks on the servers there are; also what a body calls, narrowed to the body's own wave.

    Where the steps of a sequence are planned for one wave, `shared` are the servers of all of them, and `around` plans
    what hangs on a step and works on none of those: a load balancer, say.
    """

    book: Book
    servers: tuple[Server, ...]
    narrowed: str = ""
    whole: Whole = field(default_factory=Whole)
    shared: tuple[Server, ...] | None = None
    around: "Planner | None" = None

    def step(
        self,
        task: Task,
        arguments: Mapping[str, Any] | None = None,
        *,
        positional: tuple[Any, ...] = (),
        place: Place | None = None,
        typed: bool = False,
    ) -> Step:
        """Plan one task with its hooks; `place` is where it is called; `typed` is one that the operator names.

        Raises `RecipeError` for a circle and for arguments that do not fit, `NoServers` where no server is left.
        """
        given = dict(arguments or {})
        refuse_misfit(task, positional, given, place=place or task.place, tasks=self.book.tasks)
        return self._step(Step(task, place=task.place, arguments=given, positional=positional), (), typed=typed)

    def _step(self, bare: Step, path: tuple[str, ...], *, typed: bool = False) -> Step:
        task, place = bare.task, bare.place or bare.task.place
        if task.name in path:
            circle = " → ".join([*path[path.index(task.name) :], task.name])
            hint = "each of them runs the next one: take one hook or step out"
            raise RecipeError(f"hooks and sequences go in a circle: {circle}", place=place, hint=hint)
        deeper = (*path, task.name)
        if task.is_sequence:
            itself = self._sequence(bare, deeper, place)
        else:
            chosen, skipped = self._chosen(task, place, typed=typed)
            cut = waves(chosen, _sizes(task))
            itself = replace(bare, waves=cut, decides=decides(task), skipped=skipped)
        if itself.skipped == ELSEWHERE:  # its hooks run in the wave in which it does
            return itself
        before, after = (
            tuple(self._hook(hook, itself, deeper) for hook in self.book.hooks_of(task, when))
            for when in ("before", "after")
        )
        return replace(itself, before=before, after=after)

    def _sequence(self, bare: Step, path: tuple[str, ...], place: Place) -> Step:
        """Plan the steps of a sequence: where it narrows them, and once for each wave where it makes waves."""
        task, inner, chosen = bare.task, self, tuple[Server, ...]()
        if task.options.select:
            chosen, skipped = self._chosen(task, place)
            if skipped:
                return replace(bare, skipped=skipped)
            shared = None if self.shared is None else select(self.shared, task.options)
            inner = replace(
                self, servers=chosen, shared=shared, narrowed=f" in sequence `{task.name}`", around=self.around or self
            )
        steps = inner.steps_of(bare, path)
        if steps and all(step.skipped == ELSEWHERE for step in steps):
            return replace(bare, skipped=ELSEWHERE)
        if not task.options.select and task.options.at_once is None:
            return replace(bare, steps=steps)
        if not chosen:
            chosen = tuple(server for server in self.servers if any(server in step.working for step in steps))
        cut = waves(chosen, _sizes(task))
        whole = chosen if inner.shared is None else inner.shared
        of_waves = [replace(inner, servers=wave, shared=whole, around=self.around or self) for wave in cut]
        turns = [planner.steps_of(bare, path) for planner in of_waves]
        return replace(bare, waves=cut, steps=steps, turns=tuple(turns) if len(cut) > 1 else (steps,) if cut else ())

    def steps_of(self, sequence: Step, path: tuple[str, ...]) -> tuple[Step, ...]:
        """Plan the steps of a sequence on these servers, each with those of its arguments that it takes."""
        return tuple(self._named(name, sequence, path) for name in sequence.task.steps)

    def _named(self, name: str, sequence: Step, path: tuple[str, ...]) -> Step:
        task = self.book.task(name, sequence.task.place)
        given = {} if task.name in path else passed_on(task, sequence.arguments, self.book.tasks)
        if task.name not in path:
            refuse_misfit(task, (), given, place=sequence.task.place, tasks=self.book.tasks)
        return self._step(Step(task, place=task.place, arguments=given), path)

    def _hook(self, hook: Hook, target: Step, path: tuple[str, ...]) -> Step:
        hook_of = f"{hook.when} {target.task.name}"
        if hook.body is None:
            task = self.book.task(hook.task, hook.place)
            refuse_misfit(task, (), {}, place=hook.place, tasks=self.book.tasks)
            strange = not task.is_sequence and not select(self.shared or self.servers, task.options)
            planner = self.around if self.around is not None and strange else self
            return planner._step(Step(task, place=hook.place, hook_of=hook_of), path)  # noqa: SLF001 - one of its kind
        # A plain function works where its task works, all at once: hooks stand around the task, not around its waves.
        working = {server for step in target.walk() for server in step.servers}
        chosen = tuple(server for server in self.servers if server in working)
        options = Options(local=not chosen, on_error=target.task.options.on_error)
        task = Task(hook.name, hook.place, hook.body, (), getdoc(hook.body) or "", options)
        decided, skipped = decides(task), target.skipped
        return Step(task, waves(chosen, None), place=hook.place, hook_of=hook_of, decides=decided, skipped=skipped)

    def _chosen(self, task: Task, place: Place, *, typed: bool = False) -> tuple[tuple[Server, ...], str]:
        """Select a task's servers; without any, say why it is skipped, or raise `NoServers`."""
        if task.options.local:
            return (), ""
        chosen = select(self.servers if self.shared is None else self.shared, task.options)
        if self.shared is not None and chosen:
            there = tuple(server for server in chosen if server in self.servers)
            return there, "" if there else ELSEWHERE
        chosen = self._its_own(task, chosen, typed=typed)
        if chosen:
            return chosen, ""
        wanted = describe(task)
        if task.options.on_no_servers == "skip":
            return (), f"there is no server for it ({wanted})"
        raise self._nobody(task, wanted, place)

    def _its_own(self, task: Task, chosen: tuple[Server, ...], *, typed: bool) -> tuple[Server, ...]:
        """Keep a task for one server on the one it means. Raises `RecipeError` where a filter leaves that out.

        Of a task that is merely `once` and that the operator names, the filter says which one is meant.
        """
        missing = self.whole.missing(task, self.servers)
        if not missing or (typed and not task.options.primary):
            return chosen
        if chosen or task.options.on_no_servers != "skip":
            self.whole.refuse(task, missing, task.place)
        return () if task.options.primary else chosen

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


def _sizes(task: Task) -> Sizes | None:
    """The sizes of a task's waves; a function is asked for them. Raises `RecipeError` for what are none."""
    asked = task.options.at_once
    if not callable(asked):
        return asked
    try:
        given = asked()
    except CapifyError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise RecipeError(f"`at_once` of task `{task.name}` cannot be asked: {said}", place=task.place) from error
    if given is not None and not are_sizes(given):
        raise RecipeError(f"`at_once` of task `{task.name}` is {WHAT}, not {given!r}", place=task.place)
    return given


class NoServers(TaskFailed, RecipeError):
    """A task selects no server; `there` are some. Exit status 2 where the plan shows it."""

    status = 2

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "", there: bool = False) -> None:
        super().__init__(message, place=place, hint=hint)
        self.there = there


