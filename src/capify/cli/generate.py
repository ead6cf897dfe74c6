"""The command `capify DIR`: give a project its recipes, with comments that teach. Answers to Capistrano's `capify`.

Rule: what exists is never overwritten.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from capify.cli.answers import Answer
from capify.cli.voice import complain, tell
from capify.cli.writing import host_like, template, write
from capify.errors import CapifyError, Interrupted, UsageError
from capify.places import Place
from capify.recipe.stages import Stages
from capify.wording import suggestion

USAGE: Final = "usage: capify [--stages a,b,c] DIR"
STAGES: Final = ("production", "staging")
_OPTIONS: Final = ("--stages", "--help", "--version")
_NO_DEFAULT: Final = '# config.default_stage = "…"  # meant when none is named; without it, one must be named'


def main(argv: Sequence[str]) -> int:
    """Write the recipes of a project; returns the exit status: 0, or 2 with what is wrong."""
    try:
        return tell(_answer(argv))
    except CapifyError as error:
        return complain(error, name="capify")
    except KeyboardInterrupt:
        return complain(Interrupted("interrupted"), name="capify")


def _answer(argv: Sequence[str]) -> Answer:
    if {"-h", "--help"} & set(argv):
        return Answer((USAGE, "  writes capfile.py, config/deploy.py and a file for each stage; overwrites nothing"))
    if {"-V", "--version"} & set(argv):
        from capify import __version__

        return Answer((f"Capify {__version__}",))
    folders, stages = _parse(argv)
    folder = _folder(folders)
    report = write(folder, _files(stages), folders[0].rstrip("/") or "/")
    return Answer((*report.done, "[done] capified!"), tuple(report.skipped))


def _parse(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Take folders and `--stages` apart."""
    folders: list[str] = []
    stages: tuple[str, ...] = STAGES
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if option == "--stages":
            if not equals and not rest:
                raise UsageError("`--stages` needs names", hint=USAGE)
            stages = _stages(value if equals else rest.pop(0))
        elif word == "--":
            return [*folders, *rest], stages
        elif word.startswith("-"):
            raise UsageError(f"there is no option `{word}`", hint=suggestion(option, _OPTIONS) or USAGE)
        else:
            folders.append(word)
    return folders, stages


def _stages(text: str) -> tuple[str, ...]:
    """Check names of stages as the loader will. Raises `UsageError`."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError("`--stages` needs names", hint=USAGE)
    for name in names:
        try:
            Stages().add_name(name, Place("--stages"))
        except CapifyError as error:
            raise UsageError(error.message, hint=error.hint) from error
    taken = [name for name in names if name in _taken()]
    if taken:
        raise UsageError(f"a stage cannot be called `{taken[0]}`: that is a task or a command", hint="rename it")
    return names


def _taken() -> frozenset[str]:
    from capify.cli.commands import COMMANDS

    return frozenset({"deploy", "multistage", "uname", *COMMANDS})


def _folder(folders: Sequence[str]) -> Path:
    if not folders:
        raise UsageError("please specify the directory to capify, e.g. `capify .`")
    if len(folders) > 1:
        raise UsageError("too many arguments; please specify only the directory to capify", hint=USAGE)
    if not Path(folders[0]).is_dir():
        problem = "is not a directory" if Path(folders[0]).exists() else "does not exist"
        raise UsageError(f"`{folders[0]}` {problem}", hint="`capify .` capifies this one")
    return Path(folders[0])


def _files(stages: Sequence[str]) -> dict[str, str]:
    """The recipes by their path, shared ones first."""
    default = 'config.default_stage = "staging"' if "staging" in stages else _NO_DEFAULT
    names = "[" + ", ".join(f'"{name}"' for name in stages) + "]"
    shared = {
        "capfile.py": template("capfile.py"),
        "config/deploy.py": template("deploy.py", stages=names, default=default),
    }
    return shared | {f"config/deploy/{name}.py": _stage_file(name) for name in stages}


def _stage_file(name: str) -> str:
    """The recipe of one stage: those that everybody has teach more."""
    return template(f"{name}.py" if name in STAGES else "stage.py", stage=name, host=host_like(name))
