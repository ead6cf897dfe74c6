"""The `config` of recipes: settings as attributes of the open book."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from capify.errors import RecipeError
from capify.places import here
from capify.recipe.book import current
from capify.recipe.late import UnsetSetting
from capify.recipe.settings import Settings
from capify.recipe.typed import KnownSettings
from capify.wording import near

T = TypeVar("T")


class Config(KnownSettings):
    """Settings of the project: `config.name = value` sets, `config.name` reads; a function without parameters is late.

    A late value is evaluated when first read and remembered until something it read changes. Lists and mappings are
    frozen when set. Reading what nobody set raises `RecipeError`.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return _settings(name).read(name)
        except UnsetSetting as error:
            methods = near(name, (one for one in vars(Config) if not one.startswith("_")), most=1)
            if methods and not error.hint.startswith("did you mean"):
                error.hint = f"did you mean the method `config.{methods[0]}`?"
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse_method(name)
        _settings(name).set(name, value, place=here())

    def __delattr__(self, name: str) -> None:
        _settings(name).hide(name, place=here())

    def __getitem__(self, name: str) -> Any:
        return current().settings.read(name)

    def __setitem__(self, name: str, value: Any) -> None:
        current().settings.set(name, value, place=here())

    def __delitem__(self, name: str) -> None:
        current().settings.hide(name, place=here())

    def __contains__(self, name: object) -> bool:
        return name in current().settings

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *current().settings.names()]

    def __repr__(self) -> str:
        return "<config>"

    __iter__ = None  # else Python would try config[0], config[1], …

    def get(self, name: str, default: Any = None) -> Any:
        """Give a setting's value, or the default where nobody set it. Capistrano: `fetch`."""
        return current().settings.get(name, default)

    def setdefault(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Set settings for the case that nobody else does, whatever the order of the files. Capistrano: `_cset`."""
        for name, value in {**(values or {}), **more}.items():
            current().settings.setdefault(name, value, place=here())

    def update(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Set several settings at once."""
        for name, value in {**(values or {}), **more}.items():
            current().settings.set(name, value, place=here())

    def append(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Add to lists and mappings: `config.append(linked_dirs=["log"], default_env={"LANG": "C"})`.

        What is added stays added when the value below changes; entries that a list has already are not repeated.
        """
        for name, value in {**(values or {}), **more}.items():
            current().settings.append(name, value, place=here())

    def late(self, function: Callable[[], T], /) -> Callable[[], T]:
        """Set a late value by a function: its name is the setting's. For those that need several lines."""
        current().settings.set(function.__name__, function, place=here())
        return function


config: Final = Config()


def _settings(name: str) -> Settings:
    if name.startswith("__"):  # Python asks for these on its own account
        raise AttributeError(name)
    return current().settings


def _refuse_method(name: str) -> None:
    if name in vars(Config) and not name.startswith("__"):
        hint = f'for a setting of that name, write `config["{name}"]`'
        raise RecipeError(f"`config.{name}` is a method of `config`", place=here(), hint=hint)
