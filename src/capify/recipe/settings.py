"""Settings: named values in layers, each knowing where it was set and what it replaced.

Rule: reading is the only way a late value is evaluated, and reading never changes what another reader gets.
Rule: where no layer is being written (`writing`), the invocation runs: assignments go to the strongest layer.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any

from capify.errors import RecipeError
from capify.places import PACKAGE, Place, here, short
from capify.recipe.early import EarlyRead
from capify.recipe.frozen import freeze, same
from capify.recipe.known import KNOWN, check, defaults
from capify.recipe.late import Frame, Memo, UnsetSetting, evaluate, evaluating, frames, is_late
from capify.recipe.layers import Assignment, Key, Kind, Layer, Mark
from capify.wording import near, ticked

NAME = re.compile(r"[a-z_][A-Za-z0-9_.:-]*")
Watch = Callable[[Place], None]


class Settings:
    """Every setting of one project, for one stage."""

    def __init__(self) -> None:
        self.files: Sequence[Path] = ()  # which recipes were read; errors name them
        self.early: list[EarlyRead] = []
        self._said: dict[str, list[Assignment]] = {}
        self._memory: dict[Assignment, Memo] = {}
        self._sealed: dict[str, str] = {}
        self._watches: dict[str, Watch] = {}
        self._writing: tuple[Layer, int] | None = None
        self._moments = count(1)
        self._moment = 0
        self._evaluation = RLock()
        for name, value in defaults().items():
            self._say(Assignment(name, freeze(value, name), Place("default"), Layer.DEFAULT))

    def set(self, name: str, value: Any, *, place: Place | None = None, layer: Layer | None = None) -> None:
        """Set a setting; a function without parameters becomes a late value.

        Raises `RecipeError` for a name that cannot be one, a value that a known setting cannot have, a sealed setting.
        """
        place = place or here()
        self._allow(name, place)
        if is_late(value, name):
            self._say(self._assignment(name, value, place, layer, Kind.LATE))
        else:
            check(name, value, place)
            self._say(self._assignment(name, freeze(value, name), place, layer, Kind.PLAIN))

    def setdefault(self, name: str, value: Any, *, place: Place | None = None) -> None:
        """Set a setting for the case that nobody else does; of several such defaults the first counts."""
        if not any(said.layer == Layer.RECIPE_DEFAULT for said in self._said.get(name, ())):
            self.set(name, value, place=place, layer=Layer.RECIPE_DEFAULT)

    def append(self, name: str, more: Any, *, place: Place | None = None) -> None:
        """Add to the list or mapping that the layers below give, whenever they give it."""
        place = place or here()
        self._allow(name, place)
        if not isinstance(more, list | tuple | Mapping):
            text = f"`{name}` takes a list or a mapping to append, not a {type(more).__name__}"
            raise RecipeError(text, place=place)
        self._say(self._assignment(name, freeze(more, name), place, None, Kind.ADDED))

    def hide(self, name: str, *, place: Place | None = None) -> None:
        """Make a setting unset, whatever the layers below say. Raises `UnsetSetting` if it is unset already."""
        place = place or here()
        self._allow(name, place)
        if self._effective((name, None)) is None:
            raise self._unset(name, place)
        self._say(self._assignment(name, None, place, None, Kind.HIDDEN))

    def read(self, name: str) -> Any:
        """Give a setting's value. Raises `UnsetSetting` with the nearest names and the files that were read."""
        place = here()
        value = self._observed(name, place)
        if value is Mark.UNSET:
            raise self._unset(name, place)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Give a setting's value, or the default where nobody set it."""
        value = self._observed(name, here())
        return default if value is Mark.UNSET else value

    def __contains__(self, name: object) -> bool:
        """Tell whether somebody set it; a late value is not evaluated for this."""
        key = str(name), Mark.UNSET
        found = self._effective((str(name), None)) is not None
        if frames():
            frames()[-1].seen[key] = found
        return found

    def names(self) -> tuple[str, ...]:
        """Every setting that has a value, sorted."""
        return tuple(sorted(name for name in self._said if self._effective((name, None)) is not None))

    def history(self, name: str) -> tuple[Assignment, ...]:
        """Everything that was said about a setting, the weakest first; the last one counts."""
        return tuple(self._said.get(name, ()))

    def effective(self, name: str) -> Assignment | None:
        """What counts now, even if it hides the setting; `None` where nobody said anything."""
        said = self._said.get(name, ())
        return said[-1] if said else None

    def set_at(self, name: str) -> Place | None:
        """Give the place that decides a setting; `None` where it is as it is by default."""
        decided = self.effective(name)
        return None if decided is None or decided.layer is Layer.DEFAULT else decided.place

    def seal(self, *names: str, why: str = "the first task has started") -> None:
        """Keep these settings as they are from now on; late ones as they are when first read."""
        self._sealed.update(dict.fromkeys(names, why))

    def unseal(self, name: str) -> None:
        """Let a setting change again; for the loader, which alone sets `stage`."""
        self._sealed.pop(name, None)

    def watch(self, name: str, watch: Watch | None) -> None:
        """Call something whenever a setting is read; `None` ends it."""
        self._watches.pop(name, None)
        if watch is not None:
            self._watches[name] = watch

    @property
    def loading(self) -> bool:
        """Whether recipes are being loaded now."""
        return self._writing is not None

    @contextmanager
    def writing(self, layer: Layer, depth: int = 0) -> Iterator[None]:
        """Let plain assignments go to this layer while recipes of it load."""
        outer, self._writing = self._writing, (layer, depth)
        try:
            yield
        finally:
            self._writing = outer

    def trail(self, name: str) -> frozenset[Assignment]:
        """Everything that decides a setting's value now: its own assignment, and those that a late value read."""
        found: dict[Assignment, None] = {}
        self._follow((name, None), found)
        return frozenset(found)

    def _assignment(self, name: str, value: Any, place: Place, layer: Layer | None, kind: Kind) -> Assignment:
        now, depth = self._writing or (Layer.RUNNING, 0)
        return Assignment(name, value, place, now if layer is None else layer, depth if layer is None else 0, kind)

    def _allow(self, name: str, place: Place) -> None:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            hint = "names begin with a lower-case letter or `_`"
            raise RecipeError(f"`{name}` cannot be the name of a setting", place=place, hint=hint)
        if name in self._sealed:
            hint = "" if name == "stage" else f"set it in a recipe, outside of tasks; for once: `-s {name}=…`"
            raise RecipeError(f"setting `{name}` cannot change: {self._sealed[name]}", place=place, hint=hint)

    def _say(self, new: Assignment) -> None:
        said = self._said.setdefault(new.name, [])
        at = sum(1 for old in said if old.rank <= new.rank)
        again = at > 0 and said[at - 1].rank == new.rank and said[at - 1].place == new.place
        if again and new.layer is Layer.RUNNING and new.kind in {Kind.PLAIN, Kind.LATE}:
            self._memory.pop(said[at - 1], None)  # a loop in a task: its turns are not history
            said[at - 1] = new
        else:
            said.insert(at, new)
        self._moment = next(self._moments)

    def _effective(self, key: Key) -> Assignment | None:
        name, above = key
        said = self._said.get(name, [])
        until = said.index(above) if isinstance(above, Assignment) else len(said)
        found = said[until - 1] if until else None
        return None if found is None or found.kind is Kind.HIDDEN else found

    def _observed(self, name: str, place: Place) -> Any:
        if not isinstance(name, str):
            raise RecipeError(f"a setting has a name, not {name!r}", place=place)
        if name in self._watches:
            self._watches[name](place)
        inner = frames()[-1] if frames() else None
        if inner is None:
            value = self._ready(name)
            if value is Mark.BROKEN:
                with self._evaluation:  # two threads that read a late value at once get one evaluation
                    value = self._resolved((name, None))
            if self._writing is not None:
                self.early.append(EarlyRead(name, place, value, self._writing))
            return value
        return self._seen(inner, (name, None))

    def _ready(self, name: str) -> Any:
        """What can be had without evaluating, so without waiting for a thread; else `Mark.BROKEN`."""
        found = self._effective((name, None))
        if found is None:
            return Mark.UNSET
        if found.kind is Kind.PLAIN:
            return found.value
        memo = self._memory.get(found)
        return memo.value if memo is not None and self._current(found, memo) else Mark.BROKEN

    def _current(self, assignment: Assignment, memo: Memo) -> bool:
        return memo.moment == self._moment or assignment.name in self._sealed

    def _seen(self, frame: Frame, key: Key) -> Any:
        frame.seen[key] = Mark.BROKEN
        frame.seen[key] = value = self._resolved(key)
        return value

    def _resolved(self, key: Key) -> Any:
        if key[1] is Mark.UNSET:
            return key[0] in self
        found = self._effective(key)
        if found is None:
            return Mark.UNSET
        return found.value if found.kind is Kind.PLAIN else self._remembered(found)

    def _remembered(self, assignment: Assignment) -> Any:
        memo = self._memory.get(assignment)
        if memo is not None and self._current(assignment, memo):
            return memo.value
        moment = self._moment
        with evaluating(assignment) as frame:
            if memo is not None and all(self._holds(key, value) for key, value in memo.seen.items()):
                self._memory[assignment] = Memo(memo.value, memo.seen, moment)
                return memo.value
            value = self._evaluated(assignment, frame)
        self._memory[assignment] = Memo(value, frame.seen, moment)
        return value

    def _holds(self, key: Key, earlier: object) -> bool:
        try:
            return same(self._resolved(key), earlier)
        except Exception:  # noqa: BLE001 - the evaluation that follows raises it again, in its own words
            return False

    def _evaluated(self, assignment: Assignment, frame: Frame) -> Any:
        if assignment.kind is Kind.ADDED:
            value = self._sum(assignment, frame)
        else:
            value = freeze(evaluate(assignment), assignment.name)
        check(assignment.name, value, assignment.place)
        return value

    def _sum(self, added: Assignment, frame: Frame) -> Any:
        below, more = self._seen(frame, (added.name, added)), added.value
        if below is Mark.UNSET or below is None:
            return more
        if isinstance(below, Mapping) and isinstance(more, Mapping):
            return freeze({**below, **more}, added.name)
        if isinstance(below, list | tuple) and isinstance(more, list | tuple):
            return freeze([*below, *(item for item in more if item not in below)], added.name)
        kinds = f"a {type(more).__name__} to setting `{added.name}`, which is a {type(below).__name__}"
        raise RecipeError(f"cannot append {kinds}", place=added.place)

    def _follow(self, key: Key, found: dict[Assignment, None]) -> None:
        said = self._said.get(key[0], [])
        until = said.index(key[1]) if isinstance(key[1], Assignment) else len(said)
        if not until or said[until - 1] in found:
            return
        found[said[until - 1]] = None
        memo = self._memory.get(said[until - 1])
        for inner in memo.seen if memo else ():
            self._follow(inner, found)

    def _unset(self, name: str, place: Place) -> UnsetSetting:
        gone = self.effective(name)
        if gone is not None and gone.kind is Kind.HIDDEN:
            return UnsetSetting(f"setting `{name}` is not set: it was deleted at {gone.place}", place=place)
        found = near(name, [*self.names(), *KNOWN])
        own = [short(str(file)) for file in self.files if not str(file).startswith(f"{PACKAGE}/")]
        read = f"; read: {ticked(own)}" if own else ""
        hint = f"set it: `config.{name} = …`"
        if name in KNOWN:
            hint += f"; it is {KNOWN[name].doc}"
        elif found:
            hint = f"did you mean {' or '.join(f'`config.{other}`' for other in found)}?"
        return UnsetSetting(f"setting `{name}` is not set{read}", place=place, hint=hint)
