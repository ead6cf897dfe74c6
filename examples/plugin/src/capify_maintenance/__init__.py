"""A maintenance page, as a plugin of Capify: a capfile says `load("deploy")`, then `load("maintenance")`."""

from pathlib import Path

from capify.plugins import RecipePlugin

plugin = RecipePlugin(recipe=Path(__file__).with_name("recipe.py"), api=1)
