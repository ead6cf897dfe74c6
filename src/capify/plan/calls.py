"""From the words of a command line to calls: a task, and its arguments.

Rule: every word is understood before anything connects, or refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from capify.errors import UsageError
from capify.plan.selection import VARIABLES
from capify.recipe.book import Book, canonical
from capify.recipe.parameters import bind, parameters
from capify.recipe.tasks import Task
from capify.wording import suggestion, ticked


@dataclass(frozen=True, slots=True)
class Call:
    """One task that the command line names, and the arguments that follow it."""

    task: Task
    arguments: Mapping[str, Any] = field(default_factory=dict)


def calls(book: Book, words: Sequence[str]) -> tuple[Call, ...]:
    """Understand task names and `name=value` pairs, in order. Raises `UsageError` for a word that is neither."""
    found: list[tuple[Task, dict[str, str]]] = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            found.append((_task(book, word), {}))
        elif not found:
            raise UsageError(f"`{word}` stands before any task", hint="write it behind the task it belongs to")
        else:
            _give(book, found[-1], name, value)
    return tuple(Call(task, bind(task, pairs, book.tasks)) for task, pairs in found)


def _give(book: Book, call: tuple[Task, dict[str, str]], name: str, value: str) -> None:
    task, pairs = call
    known = parameters(task, book.tasks)
    if name not in known:
        takes = f"it takes {ticked(known)}" if known else "it takes none; a setting is `-s name=value`"
        narrows = f"did you mean `{name.upper()}=`?" if name.upper() in VARIABLES else ""
        hint = suggestion(name, known) or narrows or takes
        raise UsageError(f"task `{task.name}` has no argument `{name}`", hint=hint)
    if name in pairs:
        raise UsageError(f"`{name}=` is given twice to task `{task.name}`", hint="keep one of them")
    pairs[name] = value


def _task(book: Book, word: str) -> Task:
    known = book.tasks.get(canonical(word))
    if known is not None:
        return known
    if word in book.stages.names:
        raise UsageError(f"`{word}` is a stage, and one stage is chosen already", hint=_one_stage(book, word))
    hint = suggestion(word, [*book.tasks, *book.stages.names]) or "`cap -T` lists the tasks, `cap stages` the stages"
    raise UsageError(f"there is no task `{word}`", hint=hint)


def _one_stage(book: Book, word: str) -> str:
    if book.chosen == "named":
        return f"one stage per invocation: `cap {book.stage} …`, then `cap {word} …`"
    return f"the stage comes first: `cap {word} …`"
