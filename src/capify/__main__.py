"""`python -m capify` is `cap`."""

from capify.cli.main import script

script()
