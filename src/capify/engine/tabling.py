"""The word that shows a table as data: `table`."""

from collections.abc import Iterable, Sequence

from capify.engine.scene import scene
from capify.errors import RecipeError
from capify.events import Tabled
from capify.places import here


def table(rows: Iterable[Sequence[object]], *, columns: Sequence[str] = (), title: str = "") -> None:
    """Show rows as a table on standard output, with aligned columns, as data that the operator asked for.

    Every cell is shown as its text, `None` as nothing. `columns` are the names above them, `title` a line above all.
    Raises `RecipeError` for a row that is longer than the columns.
    """
    place, emit = here(), scene().invocation.emit
    given = tuple(tuple("" if cell is None else str(cell) for cell in _cells(row)) for row in rows)
    long = next((row for row in given if columns and len(row) > len(columns)), None)
    if isinstance(columns, str) or long is not None:
        wrong = f"row {long!r} is longer than its {len(columns)} columns" if long else "`columns` is a list of names"
        raise RecipeError(f"`table` cannot show it: {wrong}", place=place)
    emit(Tabled(str(title), tuple(map(str, columns)), given))


def _cells(row: object) -> Iterable[object]:
    if isinstance(row, str) or not isinstance(row, Iterable):
        hint = "write `table([(name, value), …])`"
        raise RecipeError(f"a row of `table` is a list of cells, not {row!r}", place=here(), hint=hint)
    return row
