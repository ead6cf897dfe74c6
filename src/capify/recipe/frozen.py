"""Frozen lists and mappings: what a setting holds cannot change behind its back.

Rule: equal to the plain list or dict, and usable wherever one is; only changing it in place is refused.
`+=` and `|=` stay possible, because Python then sets the setting anew.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from capify.errors import RecipeError
from capify.places import here


class FrozenList(list[Any]):
    """A list that belongs to a setting."""

    __slots__ = ("setting",)

    def __init__(self, items: Any = (), setting: str = "…") -> None:
        super().__init__(items)
        self.setting = setting

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        hint = f"use `config.append({self.setting}=[…])`, or set a new list"
        text = f"the list in setting `{self.setting}` cannot be changed in place"
        raise RecipeError(text, place=here(), hint=hint)

    append = extend = insert = remove = pop = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __imul__ = _refuse

    def __iadd__(self, other: Any) -> Any:  # type: ignore[misc]  # a new list, which `config.x +=` then sets
        return [*self, *other]

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return list, (list(self),)


class FrozenDict(dict[Any, Any]):
    """A mapping that belongs to a setting."""

    __slots__ = ("setting",)

    def __init__(self, items: Any = (), setting: str = "…") -> None:
        super().__init__(items)
        self.setting = setting

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        hint = f"use `config.append({self.setting}={{…}})`, or set a new mapping"
        text = f"the mapping in setting `{self.setting}` cannot be changed in place"
        raise RecipeError(text, place=here(), hint=hint)

    update = pop = popitem = clear = setdefault = _refuse
    __setitem__ = __delitem__ = _refuse

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # a new mapping, which `config.x |=` then sets
        return {**self, **dict(other)}

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return dict, (dict(self),)


def freeze(value: Any, setting: str) -> Any:
    """Copy lists, mappings, sets and tuples, at every depth, into kinds that cannot change."""
    if isinstance(value, list):
        return FrozenList([freeze(item, setting) for item in value], setting)
    if isinstance(value, dict):
        return FrozenDict({key: freeze(item, setting) for key, item in value.items()}, setting)
    if type(value) is tuple:
        return tuple(freeze(item, setting) for item in value)
    return frozenset(value) if isinstance(value, set) else value


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are interchangeable: `1`, `1.0` and `True` are not."""
    if one is other:
        return True
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)
