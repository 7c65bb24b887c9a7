"""Forms that people filled in a spreadsheet program: every sheet, with what hides in it, so that nothing counts unseen."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from audit.errors import AuditError
from audit.workbook import MOST_ROWS, Broken, check_cells, check_size, refuse_encrypted

_LARGEST_FORM = 30_000_000
_MOST_COLUMNS = 200


class Grid(NamedTuple):
    """A sheet of a form as read: its first row and the others, with what hides: rows, columns, merged cells, formulas that were never calculated."""

    title: str
    head: tuple[object, ...]
    rows: list[tuple[object, ...]]
    hidden: bool
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    merged: tuple[tuple[str, range], ...]
    uncalculated: tuple[tuple[str, int], ...]
    comments: int

    def cell(self, row: int, column: int) -> str:
        """Return a cell's address; row from 1, column from 0."""
        from openpyxl.utils import get_column_letter

        return f"{get_column_letter(column + 1)}{row}"

    def check(self, path: Path, columns: Sequence[int], filled: Sequence[int], error: type[AuditError]) -> None:
        """Raise `error` for what would be seen without being read in these columns (from 0), or read without being seen in the `filled` ones."""
        where = f"{path}, sheet {self.title!r}"
        check_cells(self.rows, columns, where, error)
        formula = next((cell for cell, column in self.uncalculated if column in columns), None)
        if formula:
            raise error(f"the cell {formula} holds a formula that was never calculated", where=where, fix="Type its result in, or open and save the workbook.")
        merged = next((cells for cells, over in self.merged if set(over) & set(columns)), None)
        if merged:
            raise error(f"the cells {merged} are merged", where=where, fix="Unmerge them: only the first of them can be read.")
        for number, values in enumerate(self.rows, 2):
            there = [i for i in filled if i < len(values) and values[i] is not None]
            if there and (self.hidden or number in self.hidden_rows or set(there) & self.hidden_columns):
                raise error(f"the cell {self.cell(number, there[0])} is hidden and holds something", where=where, fix="Show it, or empty it.")


def grids_in(raw: bytes, path: Path, error: type[AuditError]) -> list[Grid]:
    """Return the sheets of a form that people filled, at most 30 MB unpacked. Raises `error`: encrypted, damaged, too large."""
    import warnings

    from openpyxl import load_workbook

    refuse_encrypted(raw, path, error)
    try:
        check_size(raw, path, error, _LARGEST_FORM)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")   # extensions of spreadsheet programs that do not matter here
            values = load_workbook(io.BytesIO(raw), data_only=True, keep_links=False)
            written = load_workbook(io.BytesIO(raw), keep_links=False)
        return [_grid(one, written[one.title], path, error) for one in values.worksheets]
    except AuditError:
        raise
    except Exception as bad:  # a damaged file can raise anything: zip, XML, key and value errors
        raise error(
            f"not a readable .xlsx workbook ({type(bad).__name__})", where=str(path), fix="Open it and save it again as .xlsx."
        ) from None


def _grid(sheet: Any, written: Any, path: Path, error: type[AuditError]) -> Grid:
    last = _last_row(sheet)
    if last > MOST_ROWS:
        raise error(f"the sheet {sheet.title!r} has more than {MOST_ROWS:,} rows", where=str(path))
    rows = [
        tuple(Broken(c.coordinate, str(c.value)) if c.data_type == "e" else c.value for c in row) for row in sheet.iter_rows(max_row=max(last, 1))
    ]
    formulas = [
        (c.coordinate, c.column - 1) for row in written.iter_rows(max_row=max(_last_row(written), 1)) for c in row
        if c.data_type == "f" and sheet[c.coordinate].value is None
    ]
    columns = {
        index - 1 for one in sheet.column_dimensions.values() if one.hidden and one.min and one.max for index in range(one.min, min(one.max, _MOST_COLUMNS) + 1)
    }
    return Grid(
        sheet.title, rows[0] if rows else (), rows[1:], sheet.sheet_state != "visible",
        frozenset(n for n, one in sheet.row_dimensions.items() if one.hidden), frozenset(columns),
        tuple((str(one), range(one.min_col - 1, one.max_col)) for one in sheet.merged_cells.ranges), tuple(formulas),
        sum(c.comment is not None for row in written.iter_rows(max_row=max(_last_row(written), 1)) for c in row),
    )


def _last_row(sheet: Any) -> int:
    """Return the last row with something in it: a format may reach to the millionth."""
    there = sheet._cells  # noqa: SLF001 - openpyxl has no public way to the cells that exist
    return max((row for (row, _), cell in there.items() if cell.value is not None), default=0)
