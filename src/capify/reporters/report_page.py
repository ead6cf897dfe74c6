"""The report: one HTML file that tells an invocation, and needs nothing but a browser. Pure.

Rule: no script, nothing from elsewhere; the page itself forbids both.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from capify.events import Failure, InvocationEnded
from capify.machines import Server
from capify.outcomes import Verdict
from capify.reporters.json_lines import Recorded
from capify.reporters.report_commands import LOCAL, Names, commands_section
from capify.reporters.report_markup import Markup, tag
from capify.reporters.report_story import Story, story_of
from capify.reporters.report_timeline import timeline_section
from capify.reporters.text import STATUSES, duration, labels
from capify.wording import counted

GENERATOR: Final = "Capify report"  # by which one of our pages is known
MANY: Final = 10  # servers; of more, those that are well are folded away
LONG: Final = 40  # characters; a longer fact gets a row of its own
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = Path(__file__).parent / "templates" / "report.css"


def page_of(recorded: Iterable[Recorded]) -> str:
    """Draw the report of one invocation."""
    story = story_of(recorded)
    names = _names(story)
    title = _title(story)
    head = tag(
        "head",
        tag("meta", charset="utf-8"), tag("meta", name="generator", content=GENERATOR),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"), tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{title} · {_outcome(story)}"),
        tag("style", Markup(_STYLE.read_text(encoding="utf-8"))),
    )  # fmt: skip
    body = tag(
        "body",
        tag("header", tag("h1", title, " ", _badge(story)), _facts(story)),
        tag("main", _failure(story, names), _outcomes(story, names), timeline_section(story, names),
            commands_section(story, names)),
        tag("footer", f"Invocation {story.id}, told by Capify from its recorded events."),
    )  # fmt: skip
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _names(story: Story) -> Names:
    """Name every server that is spoken of; the operator's machine is one."""
    declared = story.started.servers if story.started else ()
    worked = [server for sent in story.commands for server in sent.parts if server is not None]
    ended = [outcome.server for outcome in story.ended.outcomes] if story.ended else []
    failed = [*story.ended.failure.tails, *story.ended.failure.endings] if story.ended and story.ended.failure else []
    names: dict[Server | None, str] = {None: LOCAL}
    return names | dict(labels(chain(declared, worked, ended, failed)).items())


def _title(story: Story) -> str:
    started = story.started
    if started is None:
        return f"invocation {story.id}"
    words = [word for word in started.words if word != started.stage]
    dry = "dry run of " if started.dry else ""
    return f"{dry}{' '.join(words) or 'invocation'}" + (f" on {started.stage}" if started.stage else "")


def _outcome(story: Story) -> str:
    return "the recording ends early" if story.ended is None else STATUSES.get(story.ended.status, "failed")


def _badge(story: Story) -> Markup:
    kind = "unknown" if story.ended is None else "ok" if story.ended.status == 0 else "failed"
    return tag("span", _outcome(story), class_=f"badge {kind}")


def _facts(story: Story) -> Markup:
    """List what is known of the invocation as a whole."""
    started, ended = story.started, story.ended
    took = ended.seconds if ended and ended.seconds else story.until - story.began
    facts = [
        ("began", datetime.fromtimestamp(story.began, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("took", duration(took)),
        ("exit status", str(ended.status) if ended else "not recorded"),
    ]
    if started:
        chosen = " (the default stage)" if started.chosen == "default" else ""
        facts += [
            ("stage", f"{started.stage}{chosen}" if started.stage else ""),
            ("servers", counted(len(started.servers), "server") if started.servers else "none"),
            ("as", started.user), ("revision", started.revision), ("log", started.log),
        ]  # fmt: skip
    return tag("dl", *(_fact(label, value) for label, value in facts if value))


def _fact(label: str, value: str) -> Markup:
    long = len(value) > LONG or "\n" in value
    return tag("div", tag("dt", label), tag("dd", value), class_="long" if long else False)


def _failure(story: Story, names: Names) -> Markup:
    failure = story.ended.failure if story.ended else None
    if failure is None:
        return Markup("")
    facts = (
        ("task", failure.task), ("wave", failure.wave), ("at", str(failure.place or "")), ("command", failure.command),
        ("changed", failure.changed), ("next", failure.advice),
    )
    return tag(
        "section", tag("h2", "What failed"), tag("pre", failure.message),
        tag("dl", *(_fact(label, value) for label, value in facts if value)),
        *_tails(failure, names),
        *([tag("details", tag("summary", "traceback"), tag("pre", failure.traceback))] if failure.traceback else ()),
        class_="failure",
    )  # fmt: skip


def _tails(failure: Failure, names: Mapping[Server | None, str]) -> list[Markup]:
    """Show the last lines of every server that failed; the same of several once."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for server, tail in failure.tails.items():
        groups.setdefault((tail, failure.endings.get(server, "")), []).append(names[server])
    return [
        tag("details", tag("summary", ", ".join(servers), tag("span", f" {ending}", class_="faint")),
            tag("pre", "\n".join(line.rstrip("\r\n") for line in tail)), open=len(groups) <= 4)
        for (tail, ending), servers in groups.items() if tail
    ]  # fmt: skip


def _outcomes(story: Story, names: Names) -> Markup:
    """Draw the table of servers, first those that are not well; of many, the others are folded away."""
    if story.ended is None or not story.ended.outcomes:
        return Markup("")
    titles = ("server", "outcome", *(("live now",) if story.ended.live else ()), "why")
    rows = _rows(story.ended, names)
    head = tag("tr", *(tag("th", title) for title in titles))
    bad = [row for kind, row in rows if kind != Verdict.OK]
    good = [row for kind, row in rows if kind == Verdict.OK]
    if len(rows) <= MANY or not good:
        return tag("section", tag("h2", "Servers"), _table(head, *bad, *good))
    folded = tag("details", tag("summary", f"{counted(len(good), 'server')} ok"), _table(head, *good))
    return tag("section", tag("h2", "Servers"), *([_table(head, *bad)] if bad else []), folded)


def _table(*rows: Markup) -> Markup:
    return tag("div", tag("table", *rows), class_="wide")


def _rows(ended: InvocationEnded, names: Names) -> list[tuple[Verdict, Markup]]:
    live = {entry.server: " ".join(filter(None, (entry.release or "nothing", entry.revision))) for entry in ended.live}
    return [
        (one.verdict, tag("tr", tag("td", names[one.server]), tag("td", one.verdict, class_=f"verdict {one.verdict}"),
                          *([tag("td", live.get(one.server, "not known"))] if live else []),
                          tag("td", one.detail, class_="why")))
        for one in ended.outcomes
    ]  # fmt: skip
