"""Lists of tasks (`-T`, `-vT`, `-Tt`) and one task explained (`-e`). Pure: a book in, lines out."""

from collections.abc import Iterable, Sequence

from capify.cli.answers import Answer
from capify.cli.commands import COMMANDS
from capify.errors import UsageError
from capify.plan.selection import describe
from capify.recipe.book import Book, canonical
from capify.recipe.parameters import usage
from capify.recipe.sizes import sizes_text
from capify.recipe.tasks import Task
from capify.reporters.columns import aligned, cut, filled
from capify.reporters.text import harmless
from capify.wording import counted, suggestion, ticked

INTERNAL = "[internal]"  # so descriptions of Capistrano's own tasks begin that are not for people
PAGE = 80


def tasks(book: Book, patterns: Sequence[str] = (), *, every: bool = False, width: int | None = None) -> Answer:
    """List tasks with the first sentence of their description; those without one only with `every` (`-vT`)."""
    matching = _matching(book, patterns)
    shown = [task for task in matching if every or _public(task)]
    kept = len(matching) - len(shown)
    remarks = []
    if not shown and patterns:
        meant = next(filter(None, (suggestion(pattern, book.tasks) for pattern in patterns)), "`cap -T` lists all")
        remarks.append(f"no task matches {' or '.join(f'`{pattern}`' for pattern in patterns)}; {meant}")
    elif not shown:
        remarks.append("no task is declared" if not kept else "no task has a description")
    if kept:
        remarks.append(f"{counted(kept, 'task')} without a description, or internal: `cap -vT` shows all")
    if shown:
        remarks.append("`cap -e TASK` explains one")
    remarks += stage_remark(book)
    rows = [(f"cap {task.name}", f"# {task.summary}" if task.summary else "") for task in shown]
    return Answer(tuple(cut(line, width) for line in aligned(rows, gap=" ")), tuple(map(harmless, remarks)))


def names(book: Book, patterns: Sequence[str] = (), *, every: bool = False) -> Answer:
    """List bare names, for tools."""
    return Answer(tuple(harmless(task.name) for task in _matching(book, patterns) if every or _public(task)))


def explain(book: Book, name: str, *, width: int | None = None) -> Answer:
    """Explain a task: description, arguments, where it runs, its hooks and steps, where it is defined.

    Raises `UsageError` for a name that is no task's.
    """
    task = book.tasks.get(canonical(name))
    if task is None:
        stage = f" in stage `{book.stage}`" if book.stage else ""
        own = COMMANDS.get(name.removeprefix(":"))
        command = f"`cap {own.usage}` is a command of `cap` itself, to {own.doc}" if own else ""
        hint = command or suggestion(name, book.tasks) or suggestion(name, COMMANDS) or "`cap -T` lists the tasks"
        raise UsageError(f"there is no task `{name}`{stage}", hint=hint)
    stage = f"{book.stage} " if book.chosen == "named" else ""
    typed = f"cap {stage}{task.name} {usage(task, book.tasks)}".rstrip()
    facts = [
        *_labelled("runs", _where(task)),
        *_hooks(book, task, "before"),
        *_labelled("steps", *_expanded(book, task)),
        *_hooks(book, task, "after"),
        *_labelled("defined", str(task.place)),
        *_labelled("wraps", str(task.original.place) if task.original else ""),
    ]
    body = [line for part in _paragraphs(task) for line in ["", *filled(part, width or PAGE, "    ")]]
    return Answer((harmless(typed), *body, "", *aligned(facts, margin="    ")))


def stage_remark(book: Book) -> list[str]:
    """Say which stage was read where nobody named one."""
    if book.stage is None and book.stages:
        return [f"no stage was named; there are {ticked(book.stages.names)}"]
    return [f"this is stage `{book.stage}`, the default one"] if book.chosen == "default" else []


def _matching(book: Book, patterns: Sequence[str]) -> list[Task]:
    found = (task for name, task in sorted(book.tasks.items()))
    return [task for task in found if not patterns or any(pattern in task.name for pattern in patterns)]


def _public(task: Task) -> bool:
    return bool(task.description) and not task.description.lstrip().startswith(INTERNAL)


def _paragraphs(task: Task) -> Iterable[str]:
    parts = [part for part in task.description.strip().split("\n\n") if part.strip()]
    return parts or ["(it has no description)"]


def _labelled(label: str, *texts: str) -> list[tuple[str, str]]:
    """Put a label before the first of several lines."""
    said = [text for text in texts if text]
    return [(label if at == 0 else "", text) for at, text in enumerate(said)]


def _where(task: Task) -> str:
    """Say on which servers, and how."""
    options = task.options
    if options.local:
        return "on this machine, without servers"
    of = sizes_text(options.at_once) if options.at_once else ""
    parts = [
        "its steps" if task.is_sequence else "",
        _which(task) if options.select or not task.is_sequence else "",
        f"in waves{f' of {of}' if of else ''}" if options.at_once else "",
        f"{options.pause:g} s apart" if options.pause else "",
        "going on without servers that fail" if options.on_error == "continue" else "",
        "skipped where there is none" if options.on_no_servers == "skip" else "",
        "in one transaction" if options.in_transaction else "",
    ]
    return ", ".join(part for part in parts if part)


def _which(task: Task) -> str:
    servers = describe(task).replace("any server", "all servers")
    if task.options.once:
        return "on one server" if servers == "all servers" else f"on one of the {servers}"
    return f"on the primary of the {servers}" if task.options.primary else f"on {servers}"


def _hooks(book: Book, task: Task, when: str) -> list[tuple[str, str]]:
    return _labelled(when, *(f"{hook.name}  ({hook.place})" for hook in book.hooks_of(task, when)))


def _expanded(book: Book, task: Task, depth: int = 0) -> list[str]:
    """Name what a sequence expands to, sequences in it too; a circle is the planner's to refuse."""
    lines = []
    for name in task.steps:
        step = book.tasks.get(canonical(name))
        missing = "" if step else "  (there is no such task)"
        lines.append(f"{'  ' * depth}{name}{missing}")
        if step and step.is_sequence and depth < len(book.tasks):
            lines += _expanded(book, step, depth + 1)
    return lines
