"""`python -m capify` is `cap`."""

from capify.cli.entry import cap

cap()
