"""Choosing: which stages there are, which one the words mean, and whether all the other words are known.

Rule: a word means one thing. What could mean two is refused when the recipes load, whichever stage is chosen.
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

from capify.errors import RecipeError, UsageError
from capify.places import Place
from capify.recipe.book import Book, canonical
from capify.recipe.discovery import stage_file, stage_files
from capify.recipe.request import Request
from capify.recipe.suffixes import unread_file
from capify.wording import suggestion, ticked


def settle(book: Book) -> None:
    """Find out which stages the project has. Raises `RecipeError` that names the file for one that cannot be."""
    settings, stages = book.settings, book.stages
    stages.folder = str(settings.get("stage_dir"))
    folder = book.root / stages.folder
    names = settings.get("stages")
    if names is None:
        for name, file in stage_files(folder):
            if file not in book.files:  # what the shared recipes loaded is no stage
                stages.add_file(name, file)
    else:
        for name in names:
            stages.add_name(name, _set_at(book, "stages"))
    for stage in [stage for stage in stages.known.values() if stage.file is None]:
        found = stage_file(folder, stage.name)
        if found is not None:
            stages.add_file(stage.name, found)
    stages.protect(settings.get("protected_stages", ()), _set_at(book, "protected_stages"))
    default = settings.get("default_stage")
    if default is not None:
        stages.choose_default(default, _set_at(book, "default_stage"))


def refuse_collisions(book: Book, commands: Collection[str]) -> None:
    """Refuse stages with the name of a task, a namespace or a command of `cap`. Raises `RecipeError`."""
    book.stages.refuse_collisions(_taken(book, commands))


def choose(book: Book, request: Request) -> None:
    """Take the stage from the words. Raises `UsageError` for what is only nearly a stage."""
    first, rest = (request.words[0], request.words[1:]) if request.words else ("", ())
    if first in book.stages:
        book.stage, book.chosen, book.words = first, "named", rest
        return
    if first and not _declared(book, first) and not _is_command(first, request.commands):
        _refuse_near(book, first)
    book.words = request.words
    if book.stages.default is not None:
        book.stage, book.chosen = book.stages.default, "default"


def check_words(book: Book, request: Request) -> None:
    """Check that every word is a task, but for a command's own words. Raises `UsageError` with the nearest names."""
    for word in book.words:
        if _declared(book, word):
            continue
        if _is_command(word, request.commands):
            return
        if word in book.stages:
            raise _misplaced(book, word)
        own = [f":{name}" if word.startswith(":") else name for name in request.commands]
        hint = suggestion(word, [*book.tasks, *book.stages.names]) or suggestion(word, own) or _where_to_look(book)
        unread = unread_file(folder_of(book), word)
        if unread is not None:
            hint = f"`{book.stages.folder}/{word}{unread.suffix}` is there, and nothing here reads such a file"
        raise UsageError(f"there is no task `{word}`{_looked_in(book)}", hint=hint)


def refuse_second_stage(book: Book, request: Request) -> None:
    """Refuse a stage among the tasks, before any stage's file is read. Raises `UsageError`."""
    for word in book.words:
        if _is_command(word, request.commands) and not _declared(book, word):
            return
        if word in book.stages and not _declared(book, word):
            raise _misplaced(book, word)


def missing_file(book: Book, name: str) -> RecipeError:
    """Word the error for a stage that is listed and has no file."""
    expected = f"{book.stages.folder}/{name}.py"
    others = (other for other, _ in stage_files(folder_of(book)))
    hint = suggestion(name, others) or "`cap multistage:prepare` writes it"
    return RecipeError(f"stage `{name}` has no file `{expected}`", place=book.stages.known[name].place, hint=hint)


def _set_at(book: Book, setting: str) -> Place:
    said = book.settings.effective(setting)
    return said.place if said else Place("?")


def _taken(book: Book, commands: Collection[str]) -> Mapping[str, str]:
    taken = dict.fromkeys(commands, "a command of `cap`")
    for task in book.tasks.values():
        parts = task.name.split(":")
        for end in range(1, len(parts)):
            taken[":".join(parts[:end])] = f"a namespace (`{task.name}`, {task.place})"
    taken.update({task.name: f"a task ({task.place})" for task in book.tasks.values()})
    return taken


def _declared(book: Book, word: str) -> bool:
    return canonical(word) in book.tasks


def _is_command(word: str, commands: Collection[str]) -> bool:
    return word.removeprefix(":") in commands


def _refuse_near(book: Book, word: str) -> None:
    """Refuse what can only be meant as a stage; a task of the default stage may well contain a stage's name."""
    names, said = book.stages.names, word.partition(":")[0].lower()
    found = get_close_matches(said, names, cutoff=0.82)
    found += [name for name in names if len(said) > 1 and name.startswith(said) and name not in found]
    if found:
        text = f"there is no stage `{word}`, nor such a task"
        raise UsageError(text, hint=f"did you mean {' or '.join(f'`{name}`' for name in found)}?")


def _misplaced(book: Book, word: str) -> UsageError:
    if book.chosen == "named":
        text = f"`{word}` is a second stage beside `{book.stage}`: one invocation has one stage"
        return UsageError(text, hint=f"join them for one invocation each: `{book.stage},{word}`")
    others = " ".join(other for other in book.words if other != word)
    return UsageError(f"`{word}` is a stage: the stage comes first", hint=f"write `cap {word} {others}`")


def _looked_in(book: Book) -> str:
    if book.stage:
        return f" in stage `{book.stage}`"
    return ", nor such a stage" if book.stages else ""


def _where_to_look(book: Book) -> str:
    stages = f"; stages are {ticked(book.stages.names)}, in `{book.stages.folder}`" if book.stages else ""
    return f"`cap -T` lists the tasks{stages}"


def folder_of(book: Book) -> Path:
    """Where the stages' files lie."""
    return book.root / book.stages.folder
