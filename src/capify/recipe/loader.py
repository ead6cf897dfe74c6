"""The loader: a request becomes a book. The steps of resolution, in their order; nothing here connects to anything.

Rule: no stage's file is read before it is certain which stage is meant, and then only that stage's (and its parents').
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe import choosing
from capify.recipe.book import Book, opened
from capify.recipe.checks import check_names
from capify.recipe.discovery import STANDARD, find_recipe, near_recipes, shared_files, spelled, stage_file
from capify.recipe.early import warn_of_early_reads
from capify.recipe.environment import set_from_outside
from capify.recipe.faults import translated
from capify.recipe.importing import importable
from capify.recipe.inventory import PROPERTIES
from capify.recipe.known import KNOWN
from capify.recipe.layers import Layer
from capify.recipe.readers import read
from capify.recipe.request import Request
from capify.recipe.stages import Stage
from capify.recipe.typos import meant
from capify.wording import ticked

PREPARE = "multistage:prepare"  # writes the stages' files, so it does without
LAST = 1_000_000  # deeper than any stage is nested: what hooks on `load` set wins over the stage's files


def load(request: Request) -> Book:
    """Read the shared recipes, choose the stage, read its files, check the words.

    Raises `UsageError` for the command line, `RecipeError` for a recipe; both before anything could have been done.
    """
    root, files = shared_files(request)
    book = Book(root)
    book.settings.files = book.files
    with opened(book), importable(root):
        set_from_outside(book, request)
        _read_shared(book, files)
        choosing.refuse_collisions(book, request.commands)
        choosing.choose(book, request)
        choosing.refuse_second_stage(book, request)
        if request.reads_stage:
            _read_stage(book, request)
        _run_load_hooks(book)
        choosing.refuse_collisions(book, request.commands)
        if request.reads_stage:
            check_names(book)
            choosing.check_words(book, request)
        _warn(book)
    return book


def load_recipe(book: Book, name: str, place: Place) -> None:
    """Read one more recipe: what the word `load` does. A file is read once, however often it is named.

    A file of the project goes before a plugin of the same name, so that no installed package changes what is read.
    Raises `RecipeError` for what is neither, and outside recipes.
    """
    if not book.settings.loading:
        raise RecipeError("`load` belongs in a recipe, not in a task", place=place)
    path = find_recipe(name, book.root, place)
    if path is None:
        _load_plugin(book, name, place)
    elif path.is_relative_to(STANDARD):
        with book.settings.writing(Layer.RECIPE_DEFAULT):
            _read(book, path)
    else:
        _read(book, path)


def _load_plugin(book: Book, name: str, place: Place) -> None:
    """Read the recipe of an installed package; as the standard deployment's, its settings are defaults."""
    from capify.recipe.plugged import RECIPES, find, names  # finding packages takes its time

    plugged = find(RECIPES, name, place)
    if plugged is None:
        others = names(RECIPES.name)
        offered = f"; installed packages have {ticked(others)}" if others else ""
        tried = f"tried {ticked(spelled(name, book.root, place))}{offered}"
        hint = "\n".join(filter(None, (near_recipes(name, book.root, place, others=others), tried)))
        raise RecipeError(f"there is no `{name}` to load", place=place, hint=hint)
    with book.settings.writing(Layer.RECIPE_DEFAULT), plugged.blamed():
        _read(book, plugged.value.recipe)


def _read_shared(book: Book, files: list[Path]) -> None:
    """Read what all stages share, then settle which stages there are."""
    book.settings.seal("stage", why="the stage is the first word of the command line")
    with _no_stage_yet(book):
        for file in files:
            with book.settings.writing(Layer.SHARED):
                _read(book, file)
        choosing.settle(book)


def _read(book: Book, path: Path) -> None:
    if path not in book.files:
        book.files.append(path)
        with translated(path, book.root):
            read(book, path)


@contextmanager
def _no_stage_yet(book: Book) -> Iterator[None]:
    """Refuse to read `config.stage` while the recipes load that every stage shares, if there are stages."""
    asked: list[Place] = []

    def watch(place: Place) -> None:
        if book.stages or book.settings.effective("stages") is not None:
            raise _too_early(place)
        asked.append(place)

    book.settings.watch("stage", watch)
    yield
    book.settings.watch("stage", None)
    if asked and book.stages:
        raise _too_early(asked[0])


def _too_early(place: Place) -> RecipeError:
    text = "`config.stage` is read before the stage is chosen: these recipes are what all stages share"
    return RecipeError(text, place=place, hint="make the value late: `config.name = lambda: …`")


def _read_stage(book: Book, request: Request) -> None:
    """Read the files and functions of the chosen stage, parents first."""
    if book.stage is None:
        if book.stages:
            book.settings.watch("stage", lambda place: _refuse_without_stage(book, place))
        return
    stage = book.stages.known[book.stage]
    if stage.file is None and stage.body is None and PREPARE not in request.words:
        raise choosing.missing_file(book, stage.name)
    book.settings.unseal("stage")
    book.settings.set("stage", stage.name, place=_chosen_by(book), layer=Layer.STAGE)
    book.settings.seal("stage", why="the stage is the first word of the command line")
    for depth, name in enumerate(book.stages.lineage(stage.name)):
        file = stage_file(choosing.folder_of(book), name)
        known = book.stages.known.get(name) or Stage(name, stage.place, file)
        with book.settings.writing(Layer.STAGE, depth):
            _read_one(book, known, known.file or file)


def _read_one(book: Book, stage: Stage, file: Path | None) -> None:
    if stage.body is not None:
        with translated(Path(stage.place.file), book.root):
            stage.body()
    if file is not None:
        _read(book, file)


def _chosen_by(book: Book) -> Place:
    said = book.settings.effective("default_stage")
    return said.place if book.chosen == "default" and said else Place("command line")


def _refuse_without_stage(book: Book, place: Place) -> None:
    names = book.stages.names
    text = f"no stage was named; stages are {ticked(names)}"
    raise RecipeError(text, place=place, hint=f"name it first: `cap {names[0]} {' '.join(book.words) or 'TASK'}`")


def _run_load_hooks(book: Book) -> None:
    for hook in [hook for hook in book.moments if hook.moment == "load"]:
        if hook.body is None:
            hint = "give `on` a function that sets what depends on the stage"
            raise RecipeError(f"task `{hook.task}` cannot run while recipes load", place=hook.place, hint=hint)
        with book.settings.writing(Layer.STAGE, LAST), translated(Path(hook.place.file), book.root):
            hook.body()


def _warn(book: Book) -> None:
    """Warn of likely typos, and of early reads that a later layer belied."""
    settable = KNOWN.keys() - {"stage"}
    for name in book.settings.names():
        right = meant(name, settable)
        said = book.settings.effective(name)
        if right and said:
            book.warn(f"setting `{name}` is not known; did you mean `{right}`?", said.place)
    _warn_of_properties(book)
    warn_of_early_reads(book.settings, book.warn)


def _warn_of_properties(book: Book) -> None:
    """Warn of a server's property that was probably to be one that Capify understands, or a role."""
    for server, name, place in book.inventory.stated():
        if name in {"role", "roles"}:
            roles = ", ".join(f'"{role}"' for role in (*sorted(server.roles), "…"))
            text = f"`{name}=` is a property of server `{server}`; did you mean a role?"
            book.warn(f'{text} `server("{server.address}", {roles})`', place)
        elif right := meant(name, PROPERTIES):
            book.warn(f"property `{name}` of server `{server}` is not known; did you mean `{right}`?", place)
