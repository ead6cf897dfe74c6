"""Paths of a deployment as values: `current_path`, `release_path`, `shared_path` and their like.

Rule: a path is read from its setting when it becomes text, not before; `/` joins.
"""

import os
from dataclasses import dataclass

from capify.recipe.book import current


@dataclass(frozen=True, slots=True)
class SettingPath(os.PathLike[str]):
    """A path that a setting names, and what was joined to it."""

    setting: str
    rest: tuple[str, ...] = ()

    def __truediv__(self, part: object) -> "SettingPath":
        return SettingPath(self.setting, (*self.rest, str(part).strip("/")))

    def __fspath__(self) -> str:
        return "/".join([str(current().settings.read(self.setting)).rstrip("/"), *self.rest])

    def __str__(self) -> str:
        return self.__fspath__()

    def __format__(self, spec: str) -> str:
        return format(self.__fspath__(), spec)

    def __add__(self, text: str) -> str:
        return self.__fspath__() + text

    def __radd__(self, text: str) -> str:
        return text + self.__fspath__()


deploy_path = SettingPath("deploy_to")
current_path = SettingPath("current_path")
releases_path = SettingPath("releases_path")
release_path = SettingPath("release_path")
shared_path = SettingPath("shared_path")
