"""The pages that teach: `cap -h` on one screen, `cap -H`, and `cap` alone. Drawn from the tables."""

from collections.abc import Iterator
from typing import Final

from capify.cli.answers import Answer
from capify.cli.arguments import Arguments
from capify.cli.asked import Asked
from capify.cli.commands import COMMANDS
from capify.cli.options import GROUPS, OPTIONS

USAGE: Final = "cap [OPTIONS] [STAGE] TASK [name=value …] [TASK …]"

_EXAMPLES: Final = """\
  cap -T                       which tasks there are
  cap production deploy        run a task on the servers of a stage
  cap -n production deploy     see what that would do; nothing is changed
  cap staging logs lines=50    give an argument to the task before it"""

_MORE: Final = """\
Words
  Options may stand anywhere; `--` ends them. The first word that is left is the stage, if there is a stage of that
  name; without one the default stage is meant, and the first line of the output says so. One invocation has one
  stage: `cap staging,production deploy` is two, one after the other.
  name=value belongs to the task before it. NAME=value is an environment variable for this invocation.

Variables
  HOSTS=a,b HOSTFILTER=a,b     only on these of the declared servers
  ROLES=x HOSTROLEFILTER=x     only on the declared servers with this role
  CAPIFY_NAME=value            sets `config.name`; stronger than the recipes, weaker than -s
  NO_COLOR=1                   no colour
  CI=true                      nobody is asked anything

Exit status"""


def page(arguments: Arguments) -> Answer | None:
    """Answer what needs no recipes: -h, -H, and no words at all; `None` for everything else.

    `cap` alone does nothing, which is no success: exit status 2 (in Capistrano: 0).
    """
    if arguments.help:
        return Answer(tuple(short()))
    if arguments.long_help:
        return Answer(tuple(long()))
    if arguments.words or arguments.tasks or arguments.explain:
        return None
    return Answer((), (f"usage: {USAGE}", "  `cap -T` lists the tasks, `cap stages` the stages, `cap -h` helps"), 2)


def show(asked: Asked) -> Answer:
    """Answer `cap help [TASK]`."""
    asked.refuse_words("help", 1)
    if not asked.words:
        return Answer(tuple(short()))
    from capify.cli.listing import explain

    return explain(asked.book, asked.words[0], width=asked.width)


def short() -> list[str]:
    """Draw the help screen."""
    return [*_opening(), *_options(every=False), *_commands(), "", "`cap -H` shows the other options, and more"]


def long() -> list[str]:
    """Draw everything."""
    from capify.cli.exits import explained

    return [*_opening(), *_options(every=True), *_commands(), "", *_MORE.split("\n"), *explained()]


def _opening() -> list[str]:
    return [f"usage: {USAGE}", "", *_EXAMPLES.split("\n")]


def _options(*, every: bool) -> Iterator[str]:
    width = max(len(option.spelled) for option in OPTIONS)
    for group in GROUPS:
        options = [option for option in OPTIONS if option.group == group and (every or not option.rare)]
        yield from ("", group, *(f"  {option.spelled:<{width}}  {option.doc}" for option in options))


def _commands() -> list[str]:
    usages = max(len(command.usage) for command in COMMANDS.values())
    commands = [f"  {command.usage:<{usages}}  {command.doc}" for command in COMMANDS.values()]
    title = "Commands (a task of yours with the same name wins; `cap :NAME` always means these)"
    return ["", title, *commands]
