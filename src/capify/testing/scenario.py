'''Scenarios: recipes, played against servers that answer as they were told; no server is there, nothing is really run.

    scenario.capfile("capfile.py")
    scenario.on("web1").on_command("systemctl restart shop").fails(1, "boom")
    scenario.runs("production", "restart").shows("""
        …the whole screen…
    """).exits(1)

Rule: words mean what they mean behind `cap`; loading, planning, running and showing are the real parts.
Rule: neither the environment nor the operator's own recipes are seen; local commands answer from the script, too.
'''

import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any, Final, Self, TextIO, TypedDict, Unpack

from capify.app import Fittings, perform
from capify.errors import CapifyError
from capify.events import Event
from capify.machines import LOCAL, Server, parse
from capify.places import short
from capify.plan.line import plan_line
from capify.plan.planner import Plan
from capify.plan.selection import Filters, Names, filters_of
from capify.ports import Remote
from capify.recipe.book import Book
from capify.recipe.discovery import shared_files
from capify.recipe.loader import load
from capify.recipe.protection import admit
from capify.recipe.request import Request
from capify.reporters.plain import Plain
from capify.reporters.plans import plan_lines
from capify.reporters.text import complaint
from capify.testing.fake import FakeRemote
from capify.testing.standins import Kept, Operator, Programs, Replies, StandIns
from capify.testing.transcript import Transcript

_KEYWORDS: Final[Mapping[str, str]] = {
    "-n": "`dry=True`", "--dry-run": "`dry=True`", "-v": "`verbosity=1`", "--verbose": "`verbosity=1`",
    "-q": "`verbosity=-1`", "--quiet": "`verbosity=-1`", "--skip-unreachable": "`skip_unreachable=True`",
    "--allow-unknown-hosts": "`allow_unknown_hosts=True`", "-s": "`scenario.settings`", "--set": "`scenario.settings`",
    "-f": "`scenario.capfile(…)`", "--file": "`scenario.capfile(…)`", "-T": "no part of it", "-e": "no part of it",
}  # fmt: skip


class _Lists(TypedDict, total=False):
    on: str | None
    hosts: Names
    roles: Names


class Narrowing(_Lists, total=False):
    """What narrows the servers of a scenario, as `Deployment.narrowed` does: the options of `cap` by their names."""

    allow_unknown_hosts: bool


class Scenario:
    """One project and its stand-ins. `folder` is where recipes given as text are written.

    `environment` (`HOSTS`, `CAPIFY_<NAME>`) and `settings` (as `-s`) may be filled as a test likes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self.settings: dict[str, Any] = {}
        self._recipe = folder / "capfile.py"
        self._root = folder
        self._fakes: dict[str, FakeRemote] = {}
        self._replies: list[Replies] = []
        self._screen = _Screen()
        self._operator = Operator(self._screen.line)
        self._this_machine = FakeRemote(Server(LOCAL))
        self.locally = StandIns({LOCAL: self._this_machine}, self._replies)

    def capfile(self, recipe: str | Path) -> Self:
        """Take a recipe: the path of one (relative to the working folder), or its text, which is written to `folder`.

        A text has several lines. The stages beside a capfile are the scenario's, too.
        """
        if isinstance(recipe, Path) or "\n" not in recipe:
            self._recipe = Path(recipe).resolve(strict=True)
            return self
        self._recipe = self.folder / "capfile.py"
        return self.file("capfile.py", recipe)

    def stage(self, name: str, text: str = "") -> Self:
        """Write a stage's file to `folder`, in Python."""
        return self.file(f"config/deploy/{name}.py", text)

    def file(self, path: str, text: str) -> Self:
        """Write any file to `folder`."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"))
        return self

    def on(self, *servers: str) -> StandIns:
        """Choose servers by name or address, to tell them how to answer, or to see what they were asked."""
        return StandIns({name: self._fake(name) for name in servers}, self._replies)

    def answers(self, question: str, answer: str) -> Self:
        """Lay out the answer to a question that contains this text; each answer serves once."""
        self._operator.answers.append((question, answer))
        return self

    @property
    def asked(self) -> list[str]:
        """All questions that were asked."""
        return self._operator.asked

    def runs(
        self,
        *words: str,
        dry: bool = False,
        verbosity: int = 0,
        confirm: str | None = None,
        skip_unreachable: bool = False,
        **narrowing: Unpack[Narrowing],
    ) -> Transcript:
        """Invoke `cap` with these words. Options are keywords: `on="role=web"` is `--on role=web`, `dry=True` is `-n`.

        `verbosity` is how many `-v` (-1: `-q`). Settings (`-s`) are in `scenario.settings`.
        """
        events: list[Event] = []
        plain = Plain(self._screen.data, self._screen, verbosity=verbosity)
        try:
            book = self._load(words)
            planned = self._plan(book, words, plain, narrowing)
            admit(book, confirm, self._operator)
        except CapifyError as error:
            return self._complains(error)
        fittings = Fittings(
            (plain, Kept(events)), lambda feed: self._operator.at(feed.paused), "0" * 8, words, dry=dry,
            skips_unreachable=skip_unreachable, err=self._screen,
            remotes=self._remote, programs=Programs(self._this_machine),
        )  # fmt: skip
        ended = perform(book, planned, fittings)
        return self._shown(ended.status, tuple(events))

    def plans(self, *words: str, **narrowing: Unpack[Narrowing]) -> Transcript:
        """Show what `cap … plan …` shows for these words: tasks in order, servers, waves, hooks."""
        try:
            book = self._load(words)
            planned = self._plan(book, words, Plain(self._screen.data, self._screen), narrowing)
        except CapifyError as error:
            return self._complains(error)
        self._screen.data.writelines(f"{line}\n" for line in plan_lines(book, planned))
        return self._shown(0)

    @property
    def unused(self) -> list[str]:
        """What was scripted, and never asked for: probably a typo in the test."""
        answers = [f"the answer to `{question}`" for question, _ in self._operator.answers]
        return [*(replies.unused for replies in self._replies if replies.unused), *answers]

    def _load(self, words: tuple[str, ...]) -> Book:
        _refuse_options(words)
        bare = tuple(word for word in words if "=" not in word)
        request = Request(words=bare, files=(str(self._recipe),), cwd=self._recipe.parent, skip_system_file=True)
        self._root, _ = shared_files(request)  # a recipe in a folder of its own may belong to a capfile above it
        return load(replace(request, settings=self.settings, environment=self.environment))

    def _plan(self, book: Book, words: tuple[str, ...], plain: Plain, narrowing: Narrowing) -> Plan:
        rest = tuple(word for word in words if book.chosen != "named" or word != book.stage)
        try:
            return plan_line(book, rest, _filters(self.environment, **narrowing))
        except CapifyError:
            for warned in book.warnings:  # what was probably not meant may be the cause
                plain.handle(warned, 0)
            raise

    def _fake(self, name: str) -> FakeRemote:
        user, host, port = parse(name)
        return self._fakes.setdefault(name, FakeRemote(Server(host, user, port)))

    def _remote(self, server: Server) -> Remote:
        """Find the stand-in that is meant by this server; it is that server from now on."""
        known = (fake for name, fake in self._fakes.items() if server.is_called(name))
        fake = next(known, None) or self._fake(server.address)
        fake.server = server
        return fake

    def _complains(self, error: CapifyError) -> Transcript:
        for line in complaint(error):
            self._screen.line(line)
        return self._shown(error.status)

    def _shown(self, status: int, events: tuple[Event, ...] = ()) -> Transcript:
        """Take what is on the screen, with the project's files named from its folder, wherever that is."""
        screen, data = self._screen.taken()
        root = str(self._root)
        for folder in {root, short(root)} - {"."}:  # where the working folder is the root, names are short already
            screen, data = screen.replace(f"{folder}/", ""), data.replace(f"{folder}/", "")
        return Transcript(screen, status, data, events)


def _filters(
    environment: Mapping[str, str], *, allow_unknown_hosts: bool = False, **narrowing: Unpack[_Lists]
) -> Filters:
    return filters_of(environment, allows_unknown=allow_unknown_hosts, **narrowing)


def _refuse_options(words: Iterable[str]) -> None:
    """Refuse an option among the words: a test would run something else than it says."""
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("-"):
            meant = _KEYWORDS.get(name) or f"`{name.lstrip('-').replace('-', '_')}=…`, if a scenario has it"
            raise ValueError(f"`{word}` is an option of `cap`, and no word: in a scenario it is {meant}")


class _Screen(io.StringIO):
    """What an operator sees: standard error, and standard output, which is `data`, too."""

    def __init__(self) -> None:
        super().__init__()
        self.data = _Data(self)

    def line(self, text: str) -> None:
        self.write(f"{text}\n")

    def taken(self) -> tuple[str, str]:
        """Give all that was shown, and what of it is data; forget both."""
        texts = self.getvalue(), self.data.getvalue()
        for stream in (self, self.data):
            stream.seek(0)
            stream.truncate()
        return texts


class _Data(io.StringIO):
    """Standard output, which is seen on the screen."""

    def __init__(self, screen: TextIO) -> None:
        super().__init__()
        self._seen = screen

    def write(self, text: str) -> int:
        self._seen.write(text)
        return super().write(text)
