"""Rows as lines: columns below each other, text made harmless, cut only where a terminal would break the line. Pure."""

from collections.abc import Iterable, Sequence

from capify.reporters.text import harmless

ELLIPSIS = "…"


def aligned(rows: Iterable[Sequence[str]], *, gap: str = "  ", margin: str = "") -> list[str]:
    """Set rows in columns; nothing is padded at a line's end."""
    safe = [[harmless(cell) for cell in row] for row in rows]
    count = max(map(len, safe), default=0)
    widths = [max(len(row[at]) if at < len(row) else 0 for row in safe) for at in range(count)]
    kept = [at for at in range(count) if widths[at]]
    return [
        (margin + gap.join((row[at] if at < len(row) else "").ljust(widths[at]) for at in kept)).rstrip()
        for row in safe
    ]


def tabled(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Set a table: its title, the names of its columns, its rows; a line end in a cell is a blank."""
    lines = [[" ".join(cell.split("\n")) for cell in row] for row in ([columns] if columns else []) + list(rows)]
    return [*([harmless(title)] if title else []), *aligned(lines)]


def cut(line: str, width: int | None) -> str:
    """Cut a line to a terminal's width; `None` is no terminal, and cuts nothing."""
    if width is None or len(line) <= width:
        return line
    return line[: max(width - 1, 0)].rstrip() + ELLIPSIS


def filled(text: str, width: int, margin: str = "") -> list[str]:
    """Break a paragraph into lines of at most this width."""
    lines = [margin.rstrip()]
    for word in harmless(" ".join(text.split())).split(" "):
        if lines[-1].strip() and len(lines[-1]) + len(word) + 1 > width:
            lines.append(margin + word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1].strip() else margin + word
    return lines
