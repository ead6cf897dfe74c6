"""The options of `cap`, as a table: the parser reads it, and the help screen is drawn from it.

Rule: a letter that Capistrano 2 has keeps its meaning; what is new is a long option.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `name` is its field in `Arguments`; `takes` is what its value is called, empty for a switch.

    One with an `implied` value needs none: `--wait`, `--wait=60`.
    """

    name: str
    short: str
    long: str
    takes: str
    doc: str
    group: str
    repeats: bool = False
    rare: bool = False  # only on the long help page
    implied: str = ""

    @property
    def spelled(self) -> str:
        """How it is typed: `-f, --file FILE`."""
        long = f"--{self.long}[={self.takes}]" if self.implied else f"--{self.long} {self.takes}".rstrip()
        return f"-{self.short}, {long}" if self.short else f"    {long}"


GROUPS: Final = ("Look", "Run", "Set", "Output", "Recipes")

OPTIONS: Final = (
    Option("tasks", "T", "tasks", "", "list tasks; a word behind it is a PATTERN, -v shows all", "Look"),
    Option("tool", "t", "tool", "", "with -T: bare names, for tools", "Look", rare=True),
    Option("explain", "e", "explain", "TASK", "explain a task: what it does, where, and its hooks", "Look"),
    Option("dry", "n", "dry-run", "", "show what would be done; only reads from the servers", "Run"),
    Option("asks", "d", "debug-commands", "", "ask before every remote command", "Run", rare=True),
    Option("confirm", "", "confirm", "STAGE", "confirm a protected stage by its name", "Run", rare=True),
    Option("on", "", "on", "EXPRESSION", "only on these servers: 'role=web & !host=a1'", "Run"),
    Option("hosts", "", "hosts", "A,B*", "only on these hosts", "Run", rare=True),
    Option("roles", "", "roles", "X,Y", "only on servers with one of these roles", "Run", rare=True),
    Option("skip_unreachable", "", "skip-unreachable", "", "go on without servers that are down", "Run", rare=True),
    Option("wait", "", "wait", "SECONDS", "wait for somebody else's lock", "Run", rare=True, implied="900"),
    Option("allow_unknown_hosts", "", "allow-unknown-hosts", "", "HOSTS= may add undeclared hosts", "Run", rare=True),
    Option("no_input", "", "no-input", "", "never ask anything: fail instead", "Run", rare=True),
    Option("password", "p", "password", "", "accepted: ssh asks by itself when it needs to", "Run", rare=True),
    Option("preserve_roles", "r", "preserve-roles", "", "accepted: ROLES= never adds servers", "Run", rare=True),
    Option("early", "S", "set-before", "NAME=VALUE", "set before recipes", "Set", repeats=True, rare=True),
    Option("late", "s", "set", "NAME=VALUE", "set after the recipes: this wins", "Set", repeats=True),
    Option("verbose", "v", "verbose", "", "say more; twice for more still", "Output", repeats=True),
    Option("quiet", "q", "quiet", "", "say only what is important", "Output", repeats=True, rare=True),
    Option("log_to", "l", "logger", "DEST", "progress to stdout, stderr (default) or a FILE", "Output", rare=True),
    Option("events", "", "events", "FILE", "write events as JSON lines, too; - is stdout", "Output", rare=True),
    Option("progress", "", "progress", "HOW", "auto (default), live (drawn anew) or plain", "Output", rare=True),
    Option("color", "", "color", "WHEN", "auto (default), always or never", "Output", rare=True),
    Option("debug", "", "debug", "", "show Python's traceback of an error", "Output", rare=True),
    Option("why", "", "why", "", "with vars: where each value comes from", "Output", rare=True),
    Option("json", "", "json", "", "with vars, status, stages, hosts, plan: as JSON", "Output", rare=True),
    Option("all", "", "all", "", "with status: every stage that is not protected", "Output", rare=True),
    Option("man", "", "man", "", "with help: the manual page, for man(1)", "Output", rare=True),
    Option("files", "f", "file", "FILE", "read this recipe instead of capfile.py", "Recipes", repeats=True),
    Option("with_default", "F", "default-config", "", "with -f: capfile.py too", "Recipes", rare=True),
    Option("skip_user_file", "x", "skip-user-config", "", "without your own capfile.py", "Recipes", rare=True),
    Option("skip_system_file", "X", "skip-system-config", "", "without the machine's capfile.py", "Recipes", rare=True),
    Option("help", "h", "help", "", "this page", "Look"),
    Option("long_help", "H", "long-help", "", "this page, and more about words and variables", "Look"),
    Option("version", "V", "version", "", "which Capify this is", "Look"),
)

BY_LETTER: Final[Mapping[str, Option]] = {option.short: option for option in OPTIONS if option.short}
BY_WORD: Final[Mapping[str, Option]] = {option.long: option for option in OPTIONS}
