"""The commands of a report: under each task its commands, and behind each what the servers said, on demand. Pure.

Rule: what is the same on several servers stands once, with all their names; a failure stands open.
"""

from collections.abc import Iterator, Mapping

from capify.machines import Server
from capify.reporters.report_markup import Markup, tag, together
from capify.reporters.report_story import FINE, Chapter, Part, Sent, Story
from capify.reporters.text import duration, named
from capify.wording import counted

HEAD, TAIL = 200, 400  # lines of one output that a page can carry
SHORT = 12  # lines; so few need no click of their own
MOST = 8  # servers that a title names; of more, all of them are named below it
LOCAL = "local"

Names = Mapping[Server | None, str]


def anchor(sent: Sent) -> str:
    """Name the place of a command on the page."""
    return f"command-{sent.number}"


def commands_section(story: Story, names: Names) -> Markup:
    """Draw all tasks with their commands."""
    chapters = [_chapter(chapter, names) for chapter in story.chapters if chapter.title or chapter.content]
    return tag("section", tag("h2", "Tasks and commands"), *chapters) if chapters else Markup("")


def _chapter(chapter: Chapter, names: Names) -> Markup:
    state = "" if chapter.ok is None else f"done in {duration(chapter.seconds)}" if chapter.ok else "failed"
    title = [tag("span", chapter.title or "before any task", class_="task"), " "]
    if chapter.about:
        title += [tag("span", f" {chapter.about} ", class_="faint")]
    if state:
        title += [tag("span", state, class_="bad" if chapter.ok is False else "faint")]
    inner = [
        _command(one, names) if isinstance(one, Sent) else tag("p", one, class_="remark") for one in chapter.content
    ]
    depth = min(chapter.depth, 6)
    return tag("div", tag("h3", *title), *inner, class_=f"chapter depth-{depth}")


def _command(sent: Sent, names: Names) -> Markup:
    first, _, rest = (sent.command or "(what was said between commands)").partition("\n")
    seconds = max((part.ended - part.began for part in sent.parts.values()), default=0.0)
    summary = tag(
        "summary",
        tag("span", "", class_=f"dot {worst_kind(sent)}"),
        tag("code", first + (" …" if rest else "")),
        tag("span", f"{_where(sent, names)} · {duration(seconds)}", class_="faint meta"),
    )
    whole = [tag("pre", sent.command, class_="command")] if rest else []
    text = [tag("details", tag("summary", "what was sent"), tag("pre", sent.text))] if sent.text else []
    # The anchor lies inside, because browsers open what hides the place that a link leads to.
    body = tag("div", *whole, *text, *_outputs(sent, names), id=anchor(sent), class_="command-body")
    return tag("details", summary, body, class_="sent", open=sent.failed)


def worst_kind(sent: Sent) -> str:
    """Tell the worst that a command came to on any server."""
    kinds = {part.kind for part in sent.parts.values()}
    return next((kind for kind in ("unknown", "failed", "skipped", "no") if kind in kinds), "ok")


def _where(sent: Sent, names: Names) -> str:
    bad = [names[server] for server, part in sent.parts.items() if part.kind not in FINE]
    everywhere = named([names[server] for server in sent.parts], 3)
    where = everywhere if len(sent.parts) <= 3 else counted(len(sent.parts), "server")
    return f"{where}, not well on {named(bad, 5)}" if bad and len(sent.parts) > 1 else where


def _outputs(sent: Sent, names: Names) -> Iterator[Markup]:
    """Group servers that ended alike and said the same; failures come first."""
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[tuple[Server | None, Part]]] = {}
    for server, part in sent.parts.items():
        groups.setdefault((part.kind, part.ending, tuple(part.lines)), []).append((server, part))
    for (kind, said, lines), members in sorted(groups.items(), key=lambda group: group[0][0] in FINE):
        yield _output(kind, said, lines, [names[server] for server, _ in members])


def _output(kind: str, said: str, lines: tuple[tuple[str, str], ...], servers: list[str]) -> Markup:
    count = counted(len(lines), "line") if lines else "no output"
    title = [
        tag("span", "", class_=f"dot {kind}"), tag("span", named(servers, MOST), class_="servers"),
        tag("span", f"{said} · {count}", class_="faint meta"),
    ]  # fmt: skip
    everybody = [tag("p", ", ".join(servers), class_="faint")] if len(servers) > MOST else []
    if not lines and not everybody:
        return tag("div", *title, class_="said")
    whole = [tag("pre", together(_lines(lines)))] if lines else []
    opened = bool(lines) and (kind not in FINE or len(lines) <= SHORT)
    return tag("details", tag("summary", *title), *everybody, *whole, class_="said", open=opened)


def _lines(lines: tuple[tuple[str, str], ...]) -> Iterator[Markup]:
    left_out = len(lines) - HEAD - TAIL
    shown = lines if left_out <= 0 else lines[:HEAD]
    yield from map(_line, shown)
    if left_out > 0:
        yield tag("span", f"… {counted(left_out, 'line')} left out here; the log has them …\n", class_="faint")
        yield from map(_line, lines[-TAIL:])


def _line(line: tuple[str, str]) -> Markup:
    stream, said = line
    whole = said.replace("\n", "\\n") + "\n"
    return tag("span", whole, class_="err") if stream == "err" else together([whole])
