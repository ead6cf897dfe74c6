"""The timeline of a report: a row for each server, a bar for each command that it ran. Pure."""

from collections.abc import Iterator

from capify.machines import Server
from capify.reporters.report_commands import Names, anchor
from capify.reporters.report_markup import Markup, tag
from capify.reporters.report_story import Part, Sent, Story
from capify.reporters.text import duration

LEGEND = (
    ("ok", "ok"), ("no", "answered no"), ("skipped", "not run"), ("failed", "failed"), ("unknown", "end unknown"),
)
TICKS = 4


def timeline_section(story: Story, names: Names) -> Markup:
    """Draw what every server did when; empty where no server did anything."""
    parts: dict[Server | None, list[tuple[Sent, Part]]] = {server: [] for server in names if server is not None}
    for sent in story.commands:
        for server, part in sent.parts.items():
            parts.setdefault(server, []).append((sent, part))
    if not any(parts.values()):
        return Markup("")
    rows = [_row(story, names[server], taken) for server, taken in parts.items()]
    return tag(
        "section", tag("h2", "Timeline"), _legend(story), _axis(story), tag("div", *rows, class_="rows"),
        class_="timeline",
    )  # fmt: skip


def _legend(story: Story) -> Markup:
    seen = {part.kind for sent in story.commands for part in sent.parts.values()}
    items = [
        tag("span", tag("span", "", class_=f"dot {kind}"), label) for kind, label in LEGEND if kind in seen
    ]
    return tag("p", *items, class_="legend")


def _axis(story: Story) -> Markup:
    whole = story.until - story.began
    ticks = [tag("span", duration(whole * number / TICKS) if number else "0") for number in range(TICKS + 1)]
    return tag("div", tag("span", "", class_="name"), tag("div", *ticks, class_="ticks"), class_="row axis")


def _row(story: Story, name: str, taken: list[tuple[Sent, Part]]) -> Markup:
    bars = tag("div", *_bars(story, name, taken), class_="track")
    return tag("div", tag("span", name, class_="name"), bars, class_="row")


def _bars(story: Story, name: str, taken: list[tuple[Sent, Part]]) -> Iterator[Markup]:
    whole = max(story.until - story.began, 0.001)
    for sent, part in taken:
        left = 100 * (part.began - story.began) / whole
        width = 100 * max(part.ended - part.began, 0.0) / whole
        first = sent.command.partition("\n")[0] or "said"
        about = f"{name}: {first}: {part.ending}, {duration(part.ended - part.began)} ({sent.task})"
        yield tag(
            "a", "", href=f"#{anchor(sent)}", class_=f"bar {part.kind}", title=about, aria_label=about,
            style=f"left:{min(left, 100):.2f}%;width:{min(width, 100):.2f}%",
        )  # fmt: skip
