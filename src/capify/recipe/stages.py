"""Stages: which there are, where each comes from, which names they may have.

Rule: nothing here reads a stage's file; to be listed, refused or suggested a stage needs only its name and place.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.tasks import Body
from capify.wording import near, ticked

NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
RESERVED: Final = frozenset({"stage", "stages"})  # `config.stage` and `config.stages` would mean two things


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: a file of its own, a function marked `@stage`, or only a name in `config.stages`."""

    name: str
    place: Place
    file: Path | None = None
    body: Body | None = None
    protected: bool = False


@dataclass(slots=True)
class Stages:
    """The stages of one project. Without any, it is a project without stages."""

    known: dict[str, Stage] = field(default_factory=dict)
    default: str | None = None
    folder: str = "config/deploy"

    def __bool__(self) -> bool:
        return bool(self.known)

    def __contains__(self, name: object) -> bool:
        return name in self.known

    @property
    def names(self) -> tuple[str, ...]:
        """Every stage's name, in the order in which they were declared."""
        return tuple(self.known)

    def add_function(self, name: str, body: Body, place: Place, *, protected: bool = False) -> Stage:
        """Declare a stage by a function. Raises `RecipeError` for a second one, or a name that cannot be a stage's."""
        earlier = self.known.get(name)
        if earlier is not None and earlier.body is not None:
            raise RecipeError(f"stage `{name}` is declared twice; first at {earlier.place}", place=place)
        return self._add(Stage(name, place, earlier.file if earlier else None, body, protected))

    def add_file(self, name: str, file: Path) -> Stage:
        """Declare a stage by its file. Raises `RecipeError` where two files claim one stage."""
        earlier = self.known.get(name)
        if earlier is not None and earlier.file is not None:
            text = f"stage `{name}` has two files: `{Place(str(earlier.file))}` and `{Place(str(file))}`"
            raise RecipeError(text, place=Place(str(file)), hint="keep one of them")
        stage = replace(earlier, file=file) if earlier else Stage(name, Place(str(file)), file)
        return self._add(stage)

    def add_name(self, name: str, place: Place) -> Stage:
        """Declare a stage by its name alone."""
        return self._add(self.known.get(name) or Stage(name, place))

    def protect(self, names: Iterable[str], place: Place) -> None:
        """Mark stages as protected, with those nested in them. Raises `RecipeError` for a name that is no stage's."""
        for name in names:
            if name not in self.known:
                text = f"`protected_stages` names `{name}`, which is no stage"
                raise RecipeError(text, place=place, hint=self.hint(name))
            self.known[name] = replace(self.known[name], protected=True)
        for name in self.known:
            if any(parent in self.known and self.known[parent].protected for parent in self.lineage(name)):
                self.known[name] = replace(self.known[name], protected=True)

    def choose_default(self, name: str, place: Place) -> None:
        """Let a stage be meant when none is named. Raises `RecipeError` for a protected or unknown one."""
        if name not in self.known:
            raise RecipeError(f"`default_stage` names `{name}`, which is no stage", place=place, hint=self.hint(name))
        if self.known[name].protected:
            text = f"stage `{name}` is protected, so it cannot be the default stage"
            raise RecipeError(text, place=place, hint="a protected stage is only reached by its name")
        self.default = name

    def refuse_collisions(self, taken: Mapping[str, str]) -> None:
        """Refuse a stage whose name already means something else (name → `a task`). Raises `RecipeError`."""
        for stage in self.known.values():
            if stage.name in taken:
                raise _collision(stage, taken[stage.name])

    def lineage(self, name: str) -> tuple[str, ...]:
        """The names whose files a stage is read from, parents first: `eu/west` is `eu`, then `eu/west`."""
        parts = name.split("/")
        return tuple("/".join(parts[:end]) for end in range(1, len(parts) + 1))

    def hint(self, word: str) -> str:
        """Say which stage may be meant, or which there are."""
        found = near(word, self.known)
        if found:
            return f"did you mean {' or '.join(f'`{name}`' for name in found)}?"
        return f"stages are {ticked(self.known)}" if self.known else "this project has no stages"

    def _add(self, stage: Stage) -> Stage:
        _check_name(stage)
        self.known[stage.name] = stage
        return stage


def _check_name(stage: Stage) -> None:
    if stage.name in RESERVED:
        hint = f"rename it: `config.{stage.name}` has its own meaning"
        raise RecipeError(f"a stage cannot be called `{stage.name}`", place=stage.place, hint=hint)
    if not isinstance(stage.name, str) or not NAME.fullmatch(stage.name) or ".." in stage.name:
        hint = "letters, digits, `_`, `-`, `.`, and `/` between nested names"
        raise RecipeError(f"`{stage.name}` cannot be the name of a stage", place=stage.place, hint=hint)


def _collision(stage: Stage, what: str) -> RecipeError:
    text = f"stage `{stage.name}` has the name of {what}"
    return RecipeError(text, place=stage.place, hint="rename the stage: a word of the command line means one thing")
