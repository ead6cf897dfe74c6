"""The picture in the README: a real `cap production deploy` on the demonstration's servers, as a terminal shows it.

`script/picture` takes it anew. It is an SVG with text, which any browser shows; it links to nothing, not even a font.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tests.docs.walkthrough import ROOT
from tests.terminals import running

from capify.cli.demo_acts import ACTS
from capify.cli.demo_ground import Ground

PICTURE = ROOT / "docs/picture.svg"
COMMAND = ("cap", "production", "deploy", "greet")
SIZE = (88, 40)
WIDE, HIGH, MARGIN = 8.4, 18, 14  # of a sign, of a line, and around all; in pixels of 14-pixel text
COLOURS = {
    31: "#f47067", 32: "#6bc46d", 33: "#daaa3f", 34: "#6cb6ff", 35: "#dcbdfb", 36: "#56d4dd", 39: "#d1d5da",
    92: "#8ddb8c", 93: "#eac55f", 94: "#96d0ff", 95: "#e5d0ff", 96: "#76e3ea",
}  # fmt: skip
_ESCAPE = re.compile(r"\x1b\[([\d;]*)m")


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks."""

    colour: int = 39
    bold: bool = False
    faint: bool = False

    def after(self, codes: str) -> "Look":
        """Give the look behind an escape with these codes."""
        look = self
        for code in [int(code) for code in codes.split(";") if code] or [0]:
            colour = code if code in COLOURS else look.colour
            look = Look() if code == 0 else Look(colour, look.bold or code == 1, look.faint or code == 2)
        return look

    @property
    def style(self) -> str:
        """Spell it as attributes of SVG."""
        bold = ' font-weight="bold"' if self.bold else ""
        faint = ' opacity="0.6"' if self.faint else ""
        return f'fill="{COLOURS[self.colour]}"{bold}{faint}'


def drawn(screen: str, columns: int) -> str:
    """Draw a screen with its escapes as SVG."""
    lines = screen.rstrip().splitlines()
    width, height = columns * WIDE + 2 * MARGIN, len(lines) * HIGH + 2 * MARGIN
    place = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    font = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {place} {font}>',
        f"<title>{escape(' '.join(COMMAND))}</title>",
        '<rect width="100%" height="100%" rx="8" fill="#1c2128"/>',
        *_spans(lines),
        "</svg>", "",
    ])  # fmt: skip


def _spans(lines: list[str]) -> Iterator[str]:
    look = Look()
    for number, line in enumerate(lines):
        column = 0
        for index, part in enumerate(_ESCAPE.split(line)):
            if index % 2:
                look = look.after(part)
                continue
            text = part.strip()
            left = MARGIN + (column + len(part) - len(part.lstrip())) * WIDE
            column += len(part)
            if text:
                wide = f'textLength="{len(text) * WIDE:g}"'  # whatever font there is
                place = f'x="{left:g}" y="{MARGIN + number * HIGH + 13}"'
                yield f'<text xml:space="preserve" {place} {wide} {look.style}>{escape(text)}</text>'


def taken() -> str:
    """Deploy to throw-away servers in a real terminal; gives what it shows in the end."""
    with tempfile.TemporaryDirectory(prefix="capify-picture-") as name, Ground(Path(name).resolve()) as ground:
        with contextlib.redirect_stdout(io.StringIO()):
            for number, act in enumerate(ACTS[:2], 1):
                act(ground, number)
        environment = {
            **ground.fleet.environment(), "LC_ALL": "C.UTF-8",
            "PATH": f"{ground.folder / 'bin'}:{os.environ['PATH']}",
        }  # fmt: skip
        environment.pop("CAPIFY_SSH_CONFIG", None)  # the recipe says it
        environment.pop("TERM", None)
        setup = ("cap", "production", "deploy:setup")
        with running(setup, size=SIZE, folder=ground.project, environment=environment) as one:
            one.ended(0)
        with running(COMMAND, size=SIZE, folder=ground.project, environment=environment) as one:
            one.ended(0)
            return f"\x1b[2m$\x1b[0m {' '.join(COMMAND)}\n" + one.colours.partition("[exit ")[0]


if __name__ == "__main__":
    PICTURE.write_text(drawn(taken(), SIZE[0]))
