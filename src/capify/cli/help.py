"""The pages that teach: `cap -h` on one screen, `cap -H`, and `cap` alone. Drawn from the tables."""

from collections.abc import Iterator
from typing import Final

from capify.cli.answers import Answer
from capify.cli.arguments import Arguments
from capify.cli.asked import Asked
from capify.cli.commands import COMMANDS
from capify.cli.options import GROUPS, OPTIONS

USAGE: Final = "cap [OPTIONS] [STAGE] TASK [name=value …] [TASK …]"

EXAMPLES: Final = (
    ("cap -T", "which tasks there are"),
    ("cap production deploy", "run a task on the servers of a stage"),
    ("cap -n production deploy", "see what that would do; nothing is changed"),
    ("cap staging logs lines=50", "give an argument to the task before it"),
    ("cap staging -- uptime", "run one command on the servers"),
)

WORDS: Final = """\
Options may stand anywhere before `--`. The first word that is left is the stage, if there is a stage of that name;
without one the default stage is meant, and the first line of the output says so. One invocation has one stage:
`cap staging,production deploy` is two, one after the other.
name=value belongs to the task before it. NAME=value is an environment variable for this invocation.
Behind `--` stands a command for the servers: one word is shell text (`-- 'ls | wc -l'`), several arrive as typed."""

VARIABLES: Final = (
    ("HOSTS=a,b HOSTFILTER=a,b", "only on these of the declared servers"),
    ("ROLES=x HOSTROLEFILTER=x", "only on the declared servers with this role"),
    ("COMMAND=text SUDO=1", "what `cap invoke` runs, and that it does so as root"),
    ("CAPIFY_NAME=value", "sets `config.name`; stronger than the recipes, weaker than -s"),
    ("NO_COLOR=1", "no colour"),
    ("CI=true", "nobody is asked anything"),
)


def page(arguments: Arguments) -> Answer | None:
    """Answer what needs no recipes: -h, -H, and no words at all; `None` for everything else.

    `cap` alone does nothing, which is no success: exit status 2 (in Capistrano: 0).
    """
    if arguments.help:
        return Answer(tuple(short()))
    if arguments.long_help:
        return Answer(tuple(long()))
    if arguments.words or arguments.command or arguments.tasks or arguments.explain:
        return None
    return Answer((), (f"usage: {USAGE}", "  `cap -T` lists the tasks, `cap stages` the stages, `cap -h` helps"), 2)


def show(asked: Asked) -> Answer:
    """Answer `cap help [TASK]` and `cap help --man`."""
    asked.refuse_words("help", 0 if asked.arguments.man else 1)
    if asked.arguments.man:
        from capify.cli.manual import manual

        return Answer(tuple(manual()))
    if not asked.words:
        return Answer(tuple(short()))
    from capify.cli.listing import explain

    return explain(asked.book, asked.words[0], width=asked.width)


def short() -> list[str]:
    """Draw the help screen."""
    return [*_opening(), *_options(every=False), *_commands(every=False), "", "`cap -H` shows all of them, and more"]


def long() -> list[str]:
    """Draw everything."""
    from capify.cli.exits import explained

    words = [f"  {line}" for line in WORDS.split("\n")]
    variables = [f"  {name:<29}{doc}" for name, doc in VARIABLES]
    return [
        *_opening(), *_options(every=True), *_commands(every=True), "", "Words", *words, "", "Variables", *variables,
        "", "Exit status", *explained(),
    ]  # fmt: skip


def _opening() -> list[str]:
    return [f"usage: {USAGE}", "", *(f"  {typed:<29}{doc}" for typed, doc in EXAMPLES)]


def _options(*, every: bool) -> Iterator[str]:
    width = max(len(option.spelled) for option in OPTIONS)
    for group in GROUPS:
        options = [option for option in OPTIONS if option.group == group and (every or not option.rare)]
        yield from ("", group, *(f"  {option.spelled:<{width}}  {option.doc}" for option in options))


def _commands(*, every: bool) -> list[str]:
    shown = [command for command in COMMANDS.values() if every or not command.rare]
    usages = max(len(command.usage) for command in shown)
    commands = [f"  {command.usage:<{usages}}  {command.doc}" for command in shown]
    title = "Commands (a task of yours with the same name wins; `cap :NAME` always means these)"
    return ["", title, *commands]
