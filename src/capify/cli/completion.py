"""`cap completion SHELL`: the script by which a shell asks `cap` for words. The scripts are in `templates/`."""

from typing import Final

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.writing import TEMPLATES
from capify.errors import UsageError
from capify.wording import suggestion, ticked

SHELLS: Final = ("bash", "zsh", "fish")


def show(asked: Asked) -> Answer:
    """Answer `cap completion SHELL`. Raises `UsageError` for a shell that has no script."""
    asked.refuse_words("completion", 1)
    if not asked.words:
        raise UsageError("`completion` needs a shell", hint='bash: `eval "$(cap completion bash)"`; also zsh and fish')
    shell = asked.words[0]
    if shell not in SHELLS:
        hint = suggestion(shell, SHELLS) or f"there are {ticked(SHELLS)}"
        raise UsageError(f"there is no completion for `{shell}`", hint=hint)
    script = (TEMPLATES / f"completion.{shell}").read_text(encoding="utf-8")
    return Answer(tuple(script.rstrip("\n").split("\n")))
