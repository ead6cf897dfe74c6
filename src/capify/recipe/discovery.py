"""Where recipes lie: the capfile, files named by recipes, stages' files. Looks at names only; reads nothing."""

from collections.abc import Iterable, Iterator, Mapping
from os.path import normpath
from pathlib import Path
from typing import Final

from capify.errors import RecipeError, UsageError
from capify.places import PACKAGE, Place, short
from capify.recipe.request import Request
from capify.recipe.suffixes import SUFFIXES, endings, readable
from capify.wording import suggestion, ticked

CAPFILES: Final = ("capfile.py", "Capfile.py")
STANDARD: Final = Path(PACKAGE) / "standard"
STANDARD_NAMES: Final = frozenset({"deploy"})  # what `load("deploy")` means, whatever the project has


def shared_files(request: Request) -> tuple[Path, list[Path]]:
    """Find the project's folder and the files to begin with. Raises `UsageError` where there are none."""
    named = [_named(file, request.cwd) for file in request.files]
    start = named[0].parent if named else request.cwd
    default = _capfile(start)
    if not named and default is None:
        raise _no_capfile(request.cwd)
    root = default.parent if default else start
    begin = [default] if default and (request.with_default or not named) else []
    return root, [*_personal(request), *named, *begin]


def find_recipe(name: str, root: Path, place: Place) -> Path | None:
    """Find which file `load(name)` means: the standard deployment's, or one relative to the project's folder."""
    exact, tried = _candidates(name, root, place)
    for path in tried:
        if path.is_file():
            return path
    if exact.is_file():
        if readable(exact):
            return exact
        hint = f"recipes end in {ticked(endings())}"
        raise RecipeError(f"cannot read `{short(str(exact))}`", place=place, hint=hint)
    return None


def spelled(name: str, root: Path, place: Place) -> list[str]:
    """Name the files that `load(name)` could mean."""
    return _spell(_candidates(name, root, place)[1], root)


def _recipes_in(folder: Path) -> list[str]:
    """Name the recipes of a folder, with their endings; none where that is no folder."""
    return [path.name for path in sorted(folder.glob("*")) if path.is_file() and readable(path)]


def near_recipes(name: str, root: Path, place: Place, *, others: Iterable[str]) -> str:
    """Suggest what `load(name)` was probably to read: a recipe beside that, the standard deployment, or of `others`."""
    folder, slash, _ = name.rpartition("/")
    exact, _ = _candidates(name, root, place)
    beside = [f"{folder}{slash}{one if exact.suffix in SUFFIXES else one.rpartition('.')[0]}"
              for one in _recipes_in(exact.parent)]
    return suggestion(name, [*beside, *STANDARD_NAMES, *others])


def _candidates(name: str, root: Path, place: Place) -> tuple[Path, list[Path]]:
    inside_standard = place.file.startswith(f"{STANDARD}/")
    base = STANDARD if name in STANDARD_NAMES or inside_standard else root
    exact = Path(normpath(base / name))
    return exact, [exact] if exact.suffix in SUFFIXES else [exact.with_name(exact.name + end) for end in SUFFIXES]


def stage_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Find every stage's file below a folder: `production/eu.py` is stage `production/eu`."""
    for path in sorted(folder.rglob("*"), key=lambda path: path.with_suffix("").parts):
        parts = path.relative_to(folder).parts
        if not any(part.startswith((".", "_")) for part in parts) and path.is_file() and readable(path):
            yield path.relative_to(folder).with_suffix("").as_posix(), path


def stage_file(folder: Path, name: str) -> Path | None:
    """Find one stage's file. Raises `RecipeError` where there are several."""
    found = [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()]
    others = (path for path in sorted((folder / name).parent.glob("*")) if path.with_suffix("") == folder / name)
    found += [path for path in others if path.suffix not in SUFFIXES and path.is_file() and readable(path)]
    if len(found) > 1:
        places = ticked(short(str(path)) for path in found)
        raise RecipeError(f"stage `{name}` has several files: {places}", place=Place(str(found[0])), hint="keep one")
    return found[0] if found else None


def _named(file: str, cwd: Path) -> Path:
    path = (cwd / file).resolve()
    if not path.is_file():
        hint = suggestion(path.name, _recipes_in(path.parent)) or "-f names a recipe, relative to the working folder"
        raise UsageError(f"there is no file `{file}`", hint=hint)
    if not readable(path):
        raise UsageError(f"cannot read `{file}`", hint=f"recipes end in {ticked(endings())}")
    return path


def _capfile(start: Path) -> Path | None:
    folder = start.resolve()
    for parent in (folder, *folder.parents):
        for name in CAPFILES:
            if (parent / name).is_file():
                return parent / name
    return None


def _no_capfile(cwd: Path) -> UsageError:
    ruby = [name for name in ("Capfile", "capfile") if (cwd / name).is_file()]
    found = f"; `{ruby[0]}` is Capistrano's, in Ruby" if ruby else ""
    text = f"there is no `capfile.py` in `{cwd}`, nor in the folders above it{found}"
    return UsageError(text, hint="`capify .` writes one, with its stages")


def _personal(request: Request) -> Iterator[Path]:
    """The system's and the user's own recipes, which projects override."""
    home: Mapping[str, str] = request.environment
    config = home.get("XDG_CONFIG_HOME") or (f"{home['HOME']}/.config" if home.get("HOME") else "")
    candidates = [
        (Path("/etc/capify/capfile.py"), request.skip_system_file),
        (Path(config) / "capify" / "capfile.py", request.skip_user_file or not config),
    ]
    return (path for path, skipped in candidates if not skipped and path.is_file())


def _spell(paths: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root)) if path.is_relative_to(root) else short(str(path)) for path in paths]
