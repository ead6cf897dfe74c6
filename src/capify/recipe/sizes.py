"""Sizes of waves: what `at_once` of a task may be. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Size: TypeAlias = int | str
Sizes: TypeAlias = Size | Sequence[Size]
AtOnce: TypeAlias = Sizes | Callable[[], Sizes | None]
WHAT = "a number of servers, a share such as `50%`, a list of these, or a function without parameters that gives one"


def are_sizes(given: Any) -> bool:
    """Whether a value is a size, or a list of the sizes of successive waves."""
    if isinstance(given, list | tuple):
        return bool(given) and all(_is_size(one) for one in given)
    return _is_size(given)


def sizes_text(given: AtOnce) -> str:
    """Say sizes in words; those of a function are not known before it is asked."""
    if callable(given):
        return ""
    return str(given) if isinstance(given, int | str) else ", ".join(map(str, given))


def in_servers(size: Size, total: int) -> int:
    """How many of all servers a size means; a share is at least one."""
    return size if isinstance(size, int) else max(total * int(size.removesuffix("%")) // 100, 1)


def _is_size(size: Any) -> bool:
    if isinstance(size, int):
        return not isinstance(size, bool) and size > 0
    share = str(size).removesuffix("%")
    return str(size).endswith("%") and share.isascii() and share.isdigit() and 0 < int(share) <= 100
